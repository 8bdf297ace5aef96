"""Problems that stop a deployment before it changes anything, each with a sentence."""

import json
from dataclasses import replace

import pytest

from tests.e2e.package.deploying.operator import TABLE, all_except

FOREIGN = "299999999999"


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
DENIED = sorted([*ADDITIONAL_ACTIONS, "dynamodb:CreateTable", "iam:PutRolePolicy"])


def with_all_that_is_in_the_way(operator):
    """Create a table, a failed foundation, and in a foreign account the bucket, which would read
    and replace the deployed code. Deny permissions, and hide AWS WAF."""
    operator.client("dynamodb").create_table(TableName="daypass-trail", **TABLE)
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
    operator.fail_to_create("daypass-foundation")
    hidden = {"AWS_ENDPOINT_URL_WAFV2": "http://127.0.0.1:1"}
    return replace(operator.as_iam_user(*all_except(*DENIED)), more=hidden)


STOPS = {
    "all that an account can have in the way": (
        with_all_that_is_in_the_way,
        {"ANONYMOUS_CONCURRENCY": "400"},
        (
            (
                "The table daypass-trail exists, and the stack daypass-foundation in us-east-1"
                " did not create it."
            ),
            "exists in another account, or you lack s3:ListBucket on it.",
            f"IAM's policy simulator denies you these actions: {', '.join(DENIED)}.",
            "ANONYMOUS_CONCURRENCY would reserve 2400 concurrent executions and leave",
            (
                "AWS WAF does not answer in us-east-1. To deploy without its rate limit, set"
                " RATE_LIMIT=0."
            ),
            "The last deployment of the stack daypass-foundation failed (ROLLBACK_COMPLETE). Check",
        ),
    ),
    "no permission for AWS CloudFormation": (
        lambda operator: operator.as_iam_user(*all_except("cloudformation:*")),
        {},
        ("AWS refused DescribeStacks (AccessDenied): ",),
    ),
    "invalid keys": (
        lambda operator: replace(operator, key=("AKIAIOSFODNN7EXAMPLE", "no longer valid")),
        {},
        ("AWS does not accept these credentials in us-east-1: they are no longer valid,",),
    ),
    "unknown region": (
        lambda operator: replace(operator, aws=replace(operator.aws, url="http://127.0.0.1:1")),
        {"REGION": "eu-wset-1"},
        ("Cannot reach AWS in eu-wset-1. Did you mean eu-west-1?",),
    ),
    "several invalid settings": (
        lambda operator: operator,
        {"FIRM_CONTACT": "no address", "REGIO": "eu-central-1"},
        (
            "There is no setting REGIO. Did you mean REGION?",
            "FIRM_CONTACT cannot be 'no address'. Expected: ",
        ),
    ),
}


@pytest.mark.parametrize("name", STOPS)
def test_a_problem_stops_the_deployment_before_anything_changes(operator, name):
    prepare, settings, messages = STOPS[name]
    prepared = prepare(operator)
    before = existing_resources(operator)

    settings = {"YES": "1", "PACKAGED": str(prepared.packaged)} | settings
    process = prepared.make("deploy", **settings)

    stops = [line for line in process.stdout.splitlines() if line.startswith("  STOP  ")]
    for message in messages:
        assert any(message in line for line in stops), (message, process.stdout)
    assert len(stops) >= len(messages)
    assert process.stderr.startswith(
        "Daypass: Fix the findings marked STOP first. Nothing was changed.\n"
    )
    assert process.returncode != 0
    assert existing_resources(operator) == before


def test_the_doctor_finds_no_problem_in_an_empty_account_and_states_the_price_of_aws_waf(operator):
    output = operator.output_of("doctor")
    assert "STOP" not in output
    assert "simulator" not in output  # it cannot simulate the root user
    assert (
        "after 1000 requests in five minutes. AWS WAF costs 6 USD a month, and 0.60 USD" in output
    )
    assert "A deployment that no one uses costs some 18 USD a month" in output
    assert output.endswith("Daypass can be deployed here.\n")
    for limit, text in (
        ("99", "note  RATE_LIMIT is 99, but the prober, which tests the deployed API, sends"),
        ("0", "note  RATE_LIMIT is 0, so no AWS WAF limits the requests of one IP address"),
    ):
        assert text in operator.output_of("doctor", RATE_LIMIT=limit)
    assert existing_resources(operator) == existing_resources(operator, "299999999998")


def test_checks_without_permission_are_noted_and_stop_nothing(operator):
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
    assert "daypass-trail, daypass-alarms, daypass-warnings, daypass-notices" in output


@pytest.mark.parametrize("command", ["destroy", "first-lead", "permissions", "slack-secrets"])
def test_every_command_refuses_an_unknown_setting(operator, command):
    process = operator.make(command, YES="1", NAME="Lena", REGIO="eu-central-1")
    assert process.stderr.startswith("Daypass: There is no setting REGIO. Did you mean REGION?")
    assert (process.stdout, process.returncode != 0) == ("", True)


def test_nothing_is_uploaded_if_the_bucket_has_been_deleted(operator):
    """Another account could create a bucket of that name and receive the code."""
    with operator.deploying(until="  daypass-foundation: CREATE_COMPLETE", YES="1"):
        pass
    name = f"daypass-artefacts-{operator.account}-us-east-1"
    s3 = operator.client("s3")
    s3.delete_bucket(Bucket=name)
    process = operator.make("deploy", YES="1", PACKAGED=str(operator.packaged), FIRM_NAME="Another")
    assert f"STOP  The stack daypass-foundation created the bucket {name}, but" in process.stdout


def test_deploying_to_another_region_is_refused(deployed):
    process = deployed.operator.make("deploy", YES="1", REGION="eu-west-1")
    assert "STOP  The role daypass-broker exists, and the stack" in process.stdout
    assert "set that region, as in REGION=eu-central-1." in process.stdout
    assert process.returncode != 0


def existing_resources(operator, account=""):
    """Return the names of all resources of the kinds that a deployment creates."""
    stacks, dynamodb, iam, s3 = (
        operator.client(service, account) for service in ("cloudformation", "dynamodb", "iam", "s3")
    )
    listed = stacks.describe_stacks()["Stacks"]
    return {
        "stacks": [f"{stack['StackName']} {stack['StackStatus']}" for stack in listed],
        "tables": dynamodb.list_tables()["TableNames"],
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
    }
