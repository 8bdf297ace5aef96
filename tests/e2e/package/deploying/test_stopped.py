"""Problems that stop a deployment before it changes anything, each with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.e2e.package.deploying.deployed import Deployed
from tests.e2e.package.deploying.operator import Operator, all_except

FOREIGN = "299999999999"
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


def with_a_table(operator: Operator) -> Operator:
    operator.client("dynamodb").create_table(TableName="daypass-trail", **TABLE)
    return operator


def with_a_bucket_of_another_account(operator: Operator) -> Operator:
    """Create the bucket in a foreign account that would read and replace the deployed code."""
    name = f"daypass-artefacts-{operator.account}-us-east-1"
    s3 = operator.client("s3", FOREIGN)
    s3.create_bucket(Bucket=name)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": operator.account},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    operator.client("s3").head_bucket(Bucket=name)  # the operator has access
    return operator


def without_permission(operator: Operator) -> Operator:
    return operator.as_iam_user(*all_except("dynamodb:CreateTable", "iam:PutRolePolicy"))


def without_additional_permissions(operator: Operator) -> Operator:
    return operator.as_iam_user(*all_except(*ADDITIONAL_ACTIONS))


def without_any_permission(operator: Operator) -> Operator:
    return operator.as_iam_user(*all_except("cloudformation:*"))


def with_keys_that_are_not_valid(operator: Operator) -> Operator:
    return replace(operator, key=("AKIAIOSFODNN7EXAMPLE", "no longer valid"))


def with_no_network(operator: Operator) -> Operator:
    return replace(operator, aws=replace(operator.aws, url="http://127.0.0.1:1"))


def with_a_rolled_back_foundation(operator: Operator) -> Operator:
    operator.fail_to_create("daypass-foundation")
    return operator


def without_waf(operator: Operator) -> Operator:
    return replace(operator, more={"AWS_ENDPOINT_URL_WAFV2": "http://127.0.0.1:1"})


@dataclass(frozen=True, slots=True)
class StoppedDeployment:
    prepare: Callable[[Operator], Operator]
    message: str
    settings: tuple[tuple[str, str], ...] = ()
    command: str = "deploy"


# Actions that AWS CloudFormation or a command needs besides creating the resources.
ADDITIONAL_ACTIONS = (
    "apigateway:SetWebACL",
    "cloudformation:GetTemplate",
    "cloudformation:GetTemplateSummary",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:UpdateTimeToLive",
    "kms:DescribeKey",
    "kms:EnableKeyRotation",
    "lambda:PutFunctionConcurrency",
    "lambda:TagResource",
)
STOPS = {
    "a foreign table": StoppedDeployment(
        with_a_table,
        "STOP  The table daypass-trail exists, and the stack daypass-foundation in"
        " us-east-1 did not create it.",
    ),
    "a foreign bucket": StoppedDeployment(
        with_a_bucket_of_another_account,
        "exists in another account, or you lack s3:ListBucket on it.",
    ),
    "two permissions are missing": StoppedDeployment(
        without_permission,
        "STOP  IAM's policy simulator denies you these actions: dynamodb:CreateTable,"
        " iam:PutRolePolicy.",
        command="doctor",
    ),
    "additional permissions are missing": StoppedDeployment(
        without_additional_permissions,
        f"STOP  IAM's policy simulator denies you these actions: {', '.join(ADDITIONAL_ACTIONS)}.",
        (("RATE_LIMIT", "1000"), ("ANONYMOUS_CONCURRENCY", "5")),
    ),
    "no permission for AWS CloudFormation": StoppedDeployment(
        without_any_permission, "STOP  AWS refused DescribeStacks (AccessDenied): "
    ),
    "invalid keys": StoppedDeployment(
        with_keys_that_are_not_valid,
        "STOP  AWS does not accept these credentials in us-east-1: they are no longer valid,",
    ),
    "unknown region": StoppedDeployment(
        with_no_network, "STOP  Cannot reach AWS in eu-wset-1. Did you mean eu-west-1?",
        (("REGION", "eu-wset-1"),),
    ),
    "too much concurrency reserved": StoppedDeployment(
        lambda operator: operator,
        "STOP  ANONYMOUS_CONCURRENCY would reserve 2400 concurrent executions and leave",
        (("ANONYMOUS_CONCURRENCY", "400"),),
    ),
    "no AWS WAF in the region": StoppedDeployment(
        without_waf,
        "STOP  AWS WAF does not answer in us-east-1. To deploy without its rate limit, set"
        " RATE_LIMIT=0.",
        command="doctor",
    ),
    "a foundation that was rolled back": StoppedDeployment(
        with_a_rolled_back_foundation,
        "STOP  The last deployment of the stack daypass-foundation failed (ROLLBACK_COMPLETE)."
        " Check",
        command="doctor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_a_problem_stops_the_deployment_before_anything_changes(
    operator: Operator, name: str
) -> None:
    case = STOPS[name]
    prepared = case.prepare(operator)
    before = existing_resources(operator)

    settings = {"YES": "1", "PACKAGED": str(prepared.packaged)} | dict(case.settings)
    process = prepared.make(case.command, **settings)

    assert case.message in process.stdout
    assert process.stderr.startswith(
        "Daypass: Fix the findings marked STOP first. Nothing was changed.\n"
    )
    assert process.returncode != 0
    assert existing_resources(operator) == before


def test_the_doctor_finds_no_problem_in_an_empty_account(operator: Operator) -> None:
    output = operator.output_of("doctor")
    assert "STOP" not in output
    assert "simulator" not in output  # it cannot simulate the root user
    assert output.endswith("Daypass can be deployed here.\n")
    assert existing_resources(operator) == existing_resources(operator, "299999999998")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "after 1000 requests in five minutes. AWS WAF costs 6 USD a month, and 0.60 USD for"),
        (
            {"RATE_LIMIT": "99"},
            "note  RATE_LIMIT is 99, but the prober, which tests the deployed API, sends",
        ),
        (
            {"RATE_LIMIT": "0"},
            "note  RATE_LIMIT is 0, so no AWS WAF limits the requests of one IP address",
        ),
    ],
)
def test_the_doctor_states_the_price_of_aws_waf_before_it_is_created(
    operator: Operator, settings: dict[str, str], text: str
) -> None:
    assert text in operator.output_of("doctor", **settings)


def test_the_doctor_omits_the_price_of_aws_waf_after_it_was_created(deployed: Deployed) -> None:
    output = deployed.operator.output_of("doctor", RATE_LIMIT="1000")
    assert "  ok    AWS WAF blocks an IP address after 1000 requests in five minutes" in output
    assert "USD" not in output


def test_checks_without_permission_are_noted_and_stop_nothing(operator: Operator) -> None:
    restricted = operator.as_iam_user(
        *all_except(
            "dynamodb:DescribeTable",
            "iam:SimulatePrincipalPolicy",
            "organizations:DescribeOrganization",
            "sns:GetTopicAttributes",
        ),
    )
    output = restricted.output_of("doctor")
    assert output.count("note  Could not check") == 2
    assert output.count("note  You lack the permission to check whether these exist") == 1
    assert "daypass-trail, daypass-alarms, daypass-notices" in output


MISTYPED = {
    "unknown setting": (
        {"FIRM_NAM": "Example"},
        ["There is no setting FIRM_NAM. Did you mean FIRM_NAME? `make help` lists all settings."],
    ),
    "invalid accounts": (
        {"OTHER_ACCOUNTS": "2222 3333"},
        ["OTHER_ACCOUNTS cannot be '2222 3333'. Expected: Account IDs of 12 digits"],
    ),
    "invalid providers": (
        {"IDENTITY_PROVIDERS": "{"},
        ["IDENTITY_PROVIDERS cannot be '{': it is invalid: "],
    ),
    "invalid mailbox": (
        {"ALARM_EMAIL": "me"},
        ["ALARM_EMAIL cannot be 'me'. Expected: One e-mail address."],
    ),
    "invalid number": (
        {"ANONYMOUS_CONCURRENCY": "x"},
        ["ANONYMOUS_CONCURRENCY cannot be 'x'. Expected: A whole number from 0 to 1000."],
    ),
    "missing folder": (
        {"PACKAGED": "/nope"},
        ["PACKAGED cannot be /nope: it has no sam.yaml and no deployment.zip."],
    ),
    "invalid region": ({"REGION": "mars-1"}, ["There is no AWS region mars-1. "]),
    "several problems": (
        {"FIRM_CONTACT": "no address", "REGIO": "eu-central-1", "RATE_LIMIT": "9"},
        [
            "There is no setting REGIO. Did you mean REGION?",
            "FIRM_CONTACT cannot be 'no address'. Expected: ",
            "RATE_LIMIT cannot be '9'. Expected: ",
        ],
    ),
}


@pytest.mark.parametrize(
    ("name", "command"), [*((name, "deploy") for name in MISTYPED), ("several problems", "doctor")]
)
def test_an_invalid_setting_is_refused_before_anything_changes(
    operator: Operator, name: str, command: str
) -> None:
    settings, messages = MISTYPED[name]
    before = existing_resources(operator)
    process = operator.make(command, YES="1", **{"PACKAGED": str(operator.packaged)} | settings)
    lines = process.stdout.splitlines()
    assert len(lines) == len(messages), process.stdout
    for line, message in zip(lines, messages, strict=True):
        assert line.startswith(f"  STOP  {message}")
    assert process.stderr.startswith(
        "Daypass: Fix the findings marked STOP first. Nothing was changed.\n"
    )
    assert process.returncode != 0
    assert existing_resources(operator) == before


@pytest.mark.parametrize("command", ["destroy", "first-lead", "permissions", "slack-secrets"])
def test_every_command_refuses_an_unknown_setting(operator: Operator, command: str) -> None:
    process = operator.make(command, YES="1", NAME="Lena", REGIO="eu-central-1")
    assert process.stderr.startswith("Daypass: There is no setting REGIO. Did you mean REGION?")
    assert (process.stdout, process.returncode != 0) == ("", True)


def test_nothing_is_uploaded_if_the_bucket_has_been_deleted(operator: Operator) -> None:
    """Another account could create a bucket of that name and receive the code."""
    with operator.deploying(until="  daypass-foundation: CREATE_COMPLETE", YES="1"):
        pass
    name = f"daypass-artefacts-{operator.account}-us-east-1"
    s3 = operator.client("s3")
    s3.delete_bucket(Bucket=name)
    process = operator.make("deploy", YES="1", PACKAGED=str(operator.packaged), FIRM_NAME="Another")
    assert f"STOP  The stack daypass-foundation created the bucket {name}, but" in process.stdout


def test_deploying_to_another_region_is_refused(deployed: Deployed) -> None:
    process = deployed.operator.make("deploy", YES="1", REGION="eu-west-1")
    assert "STOP  The role daypass-broker exists, and the stack" in process.stdout
    assert "set that region, as in REGION=eu-central-1." in process.stdout
    assert process.returncode != 0


def existing_resources(operator: Operator, account: str = "") -> dict[str, list[str]]:
    """Return the names of all resources of the kinds that a deployment creates."""
    stacks = operator.client("cloudformation", account).describe_stacks()["Stacks"]
    return {
        "stacks": [f"{stack['StackName']} {stack['StackStatus']}" for stack in stacks],
        "tables": operator.client("dynamodb", account).list_tables()["TableNames"],
        "roles": [
            role["RoleName"] for role in operator.client("iam", account).list_roles()["Roles"]
        ],
        "buckets": [
            bucket["Name"] for bucket in operator.client("s3", account).list_buckets()["Buckets"]
        ],
    }
