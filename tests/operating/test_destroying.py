"""`make destroy` lists resources by type, and deletes only in the named account."""

import pytest

from operating import destroy, parameters, stacks
from operating.console import Stop


def test_resources_are_listed_by_type_in_order():
    names = {"b": "Logs", "c": "Lambda", "a": "Logs"}
    resources = [
        {"ResourceType": f"AWS::{kind}", "PhysicalResourceId": name} for name, kind in names.items()
    ]
    assert [*stacks.list_by_type(resources)] == ["  AWS::Lambda (1): c", "  AWS::Logs (2): a, b"]


ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/daypass/1"


@pytest.mark.parametrize(
    ("account", "deletions"), [("", 1), ("123456789012", 1), ("210987654321", 0)]
)
def test_only_the_app_of_the_named_account_is_deleted(cli, monkeypatch, capsys, account, deletions):
    def describe(status):
        return {"Stacks": [{"StackId": ID, "StackName": "daypass", "StackStatus": status}]}

    aws = cli.answers(
        cloudformation__describe_stacks=[describe("CREATE_COMPLETE"), describe("DELETE_COMPLETE")],
        cloudformation__get_template=[{"TemplateBody": {"Resources": {}}}],
        cloudformation__list_stack_resources=[{"StackResourceSummaries": []}],
        cloudformation__delete_stack=[{}],
    )
    monkeypatch.setattr(destroy, "configured_aws", lambda: aws)
    monkeypatch.setattr(parameters, "refuse_unknown_settings", lambda: None)
    monkeypatch.setenv("YES", "1")
    monkeypatch.setenv("ACCOUNT", account)
    if deletions:
        destroy.main()
        assert "in eu-central-1 of the account 123456789012, and" in capsys.readouterr().out
    else:
        with pytest.raises(Stop, match="for the account 123456789012, and ACCOUNT is 210987654321"):
            destroy.main()
    assert len(cli.calls("cloudformation", "delete-stack")) == deletions
