"""The foundation's template: what outlives its stack, and what each role may do."""

from __future__ import annotations

import json
from typing import Any

import package
import pytest

from chalicelib.entrypoints.http.routes import Function
from local import functions

FOUNDATION: dict[str, Any] = package.foundation()["Resources"]


# Whose address is not given any more is to get no mail. And roles that are named in this account
# alone would only be open doors, if they were left behind.
FOR_NOW = {
    "AlarmMail",
    "AnonymousRole",
    "ApiRole",
    "GatewayInUse",
    "NoticeMail",
    "NoticeTopic",
    "NoticeTopicPolicy",
    "NotifyRole",
    "OperatorRole",
    "ProberRole",
    "SlackRole",
    "StaticRole",
    "WatchRole",
}
ROLES = {
    one["Properties"]["RoleName"]: name
    for name, one in FOUNDATION.items()
    if one["Type"] == "AWS::IAM::Role" and name != "GatewayLogsRole"
}


@pytest.mark.parametrize("name", FOUNDATION)
def test_what_others_go_by_outlives_the_stack_and_nothing_else_does(name: str) -> None:
    """Tables and broker for what they are; the bucket, so that nobody else makes one like it."""
    made = FOUNDATION[name]
    kept = (None, None) if name in FOR_NOW else ("Retain", "Retain")
    assert (made.get("DeletionPolicy"), made.get("UpdateReplacePolicy")) == kept


def statements(role: str) -> list[dict[str, Any]]:
    (policy,) = FOUNDATION[ROLES[role]]["Properties"]["Policies"]
    statement: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return [
        item for item in statement if "Effect" in item
    ]  # without those that hang on a parameter


def test_every_function_runs_as_a_role_of_the_foundations_and_none_is_left_over() -> None:
    app = package.app()["Resources"]
    runs = {name for name, first in app.items() if "Role" in first.get("Properties", {})}
    assert set(functions.roles()) == runs
    assert set(functions.roles().values()) == set(ROLES)
    assert {item.value for item in Function} <= runs


@pytest.mark.parametrize("role", ROLES)
def test_a_role_trusts_lambda_alone_and_for_this_account_alone(role: str) -> None:
    trust = FOUNDATION[ROLES[role]]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }


@pytest.mark.parametrize("role", sorted(ROLES.keys() - {"daypass-broker"}))
def test_only_the_broker_may_ask_to_be_let_in_anywhere(role: str) -> None:
    actions = {action for statement in statements(role) for action in listed(statement["Action"])}
    services = {action.partition(":")[0] for action in actions}
    assert services <= {"dynamodb", "lambda", "logs", "s3", "sns", "ssm"}


def test_slacks_function_may_begin_the_work_and_invoke_nothing_else() -> None:
    (work,) = [statement for statement in statements("daypass-slack") if statement["Sid"] == "Work"]
    assert (work["Action"], listed(work["Resource"])[0]["Fn::Sub"].rpartition(":")[2]) == (
        "lambda:InvokeFunction",
        "daypass-SlackWork-*",
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_do_whatever_there_is_nor_change_or_remove_a_record(role: str) -> None:
    for statement in statements(role):
        if statement["Effect"] == "Allow":
            assert not [action for action in listed(statement["Action"]) if "*" in action]
            assert "*" not in listed(statement["Resource"])
            assert not {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} & set(
                listed(statement["Action"])
            )


BY_KEY = {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_puts_or_checks_it_does_under_keys_that_are_named(role: str) -> None:
    for statement in statements(role):
        if statement["Effect"] == "Allow" and BY_KEY & set(listed(statement["Action"])):
            condition = statement["Condition"]
            assert condition["ForAllValues:StringLike"].keys() == {"dynamodb:LeadingKeys"}
            assert "*" not in condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
            assert len(listed(statement["Action"])) == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_tables_and_clients_in_its_own_functions_alone(role: str) -> None:
    used = {action for statement in statements(role) for action in listed(statement["Action"])}
    elsewhere = [
        statement for statement in statements(role) if statement["Sid"] == "OnlyInItsFunctions"
    ]
    if not any(action.startswith(("dynamodb:", "sts:")) for action in used):
        assert not elsewhere
        return
    (denied,) = elsewhere
    assert (denied["Effect"], denied["Resource"]) == ("Deny", "*")
    assumes_role = ["sts:*"] if role == "daypass-broker" else []
    assert listed(denied["Action"]) == ["dynamodb:*", *assumes_role]
    ((key, arns),) = denied["Condition"]["ArnNotLike"].items()
    assert key == "lambda:SourceFunctionArn"
    own = [f"daypass-{name}-*" for name, its in functions.roles().items() if its == role]
    assert sorted(item["Fn::Sub"].rpartition(":")[2] for item in listed(arns)) == sorted(own)


def test_the_trails_own_policy_excepts_nobody() -> None:
    """ "IAM JSON policy elements: NotPrincipal" (IAM User Guide): with a Deny it shuts out every
    role that has a permissions boundary."""
    policy = FOUNDATION["TrailTable"]["Properties"]["ResourcePolicy"]["PolicyDocument"]
    (only,) = policy["Statement"]
    assert only.keys() == {"Sid", "Effect", "Principal", "Action", "Resource"}
    assert (only["Effect"], only["Principal"]) == ("Deny", "*")
    name = FOUNDATION["TrailTable"]["Properties"]["TableName"]
    assert only["Resource"]["Fn::Sub"].endswith(f":table/{name}")
    # Whoever could never again change the policy, or the table, would be shut out for good.
    assert not [
        item for item in only["Action"] if "*" in item or "Policy" in item or "Table" in item
    ]


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_policy_is_no_longer_than_aws_takes(role: str) -> None:
    """ "IAM and AWS STS quotas" (IAM User Guide): 10,240 characters without white space. Here with
    the longest names of a region and 50 other accounts, which are the most that can be told."""
    text = json.dumps(FOUNDATION[ROLES[role]]["Properties"]["Policies"], separators=(",", ":"))
    for name, value in (
        ("Region", "ap-southeast-1"),
        ("AccountId", "1" * 12),
        ("Partition", "aws"),
    ):
        text = text.replace(f"${{AWS::{name}}}", value)
    accounts = len(json.dumps(["1" * 12] * 50))
    assert len(text) + accounts < 10_240


def test_the_foundations_template_is_no_longer_than_aws_takes() -> None:
    """ "AWS CloudFormation quotas" (User Guide): 51,200 bytes. It cannot be laid down in the bucket
    that it makes."""
    assert len(json.dumps(package.foundation()).encode()) < 51_200


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_the_logs_of_its_own_functions_alone(role: str) -> None:
    (logs,) = [statement for statement in statements(role) if statement["Sid"] == "Logs"]
    groups = [item["Fn::Sub"].rpartition(":log-group:")[2] for item in listed(logs["Resource"])]
    own = [name for name, its in functions.roles().items() if its == role]
    assert groups == [f"/aws/lambda/daypass-{name}-*" for name in own]


def listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


@pytest.mark.parametrize("name", ["TemplateBucketPolicy", "ArtefactBucketPolicy"])
def test_a_bucket_refuses_everybody_without_encryption_in_transit(name: str) -> None:
    (refuses,) = FOUNDATION[name]["Properties"]["PolicyDocument"]["Statement"]
    assert (refuses["Effect"], refuses["Principal"], refuses["Action"]) == ("Deny", "*", "s3:*")
    assert refuses["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    bucket = name.removesuffix("Policy")
    assert refuses["Resource"] == [
        {"Fn::GetAtt": [bucket, "Arn"]},
        {"Fn::Sub": f"${{{bucket}.Arn}}/*"},
    ]


def test_nobody_else_may_write_to_people_in_our_name() -> None:
    (only,) = FOUNDATION["NoticeTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (only["Effect"], only["Principal"], only["Action"]) == ("Deny", "*", "sns:Publish")
    assert only["Resource"] == {"Ref": "NoticeTopic"}
    ((key, value),) = only["Condition"]["ArnNotEquals"].items()
    assert key == "aws:PrincipalArn"
    role = FOUNDATION["NotifyRole"]["Properties"]["RoleName"]
    assert value["Fn::Sub"].endswith(f":role/{role}")
    mails = [statement for statement in statements(role) if statement["Action"] == "sns:Publish"]
    alarms = {
        "Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:daypass-alarms"
    }
    assert [mail["Resource"] for mail in mails] == [[{"Ref": "NoticeTopic"}, alarms]]


def test_templates_are_laid_down_and_read_in_the_firms_own_account_alone() -> None:
    (policy,) = FOUNDATION["AnonymousRole"]["Properties"]["Policies"]
    of_s3 = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("s3:") for action in statement.get("Action", ()))
    ]
    assert [(item["Effect"], item["Action"], item["Condition"]) for item in of_s3] == [
        (
            "Allow",
            ["s3:GetObject", "s3:PutObject"],
            {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
        )
    ]


def test_api_gateway_may_write_it_as_a_role_that_nobody_else_can_be() -> None:
    """ "Set up CloudWatch logging for REST APIs" (API Gateway Developer Guide)."""
    role = FOUNDATION["GatewayLogsRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert "Policies" not in role
    (managed,) = role["ManagedPolicyArns"]
    assert managed["Fn::Sub"].endswith("/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    account = FOUNDATION["GatewayLogs"]["Properties"]
    assert account == {"CloudWatchRoleArn": {"Fn::GetAtt": ["GatewayLogsRole", "Arn"]}}
