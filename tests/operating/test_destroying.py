"""`make destroy` lists the resources that it deletes and that stay by type."""

from operating import stacks


def test_resources_are_listed_by_type_in_order():
    names = {"b": "Logs", "c": "Lambda", "a": "Logs"}
    resources = [
        {"ResourceType": f"AWS::{kind}", "PhysicalResourceId": name} for name, kind in names.items()
    ]
    assert [*stacks.list_by_type(resources)] == ["  AWS::Lambda (1): c", "  AWS::Logs (2): a, b"]
