"""`make destroy` lists the resources that it deletes and that stay by type."""

from operating import destroy


def test_resources_are_listed_by_type_in_order(capsys):
    names = {"b": "Logs", "c": "Lambda", "a": "Logs"}
    destroy._list(
        [
            {"ResourceType": f"AWS::{kind}", "PhysicalResourceId": name}
            for name, kind in names.items()
        ]
    )
    assert capsys.readouterr().out == "  AWS::Lambda (1): c\n  AWS::Logs (2): a, b\n"
