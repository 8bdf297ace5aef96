"""What a deployment stops at, with a sentence, before it changes anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.e2e.package.deploying.deployed import Deployed
from tests.e2e.package.deploying.operator import Operator, but

FOREIGN = "299999999999"
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


def with_a_table(operator: Operator) -> Operator:
    operator.client("dynamodb").create_table(TableName="daypass-trail", **TABLE)
    return operator


def with_a_bucket_of_somebody_elses(operator: Operator) -> Operator:
    """Who lets us in, to be handed what is to be deployed, and to choose what is."""
    name = f"daypass-artefacts-{operator.account}-us-east-1"
    s3 = operator.client("s3", FOREIGN)
    s3.create_bucket(Bucket=name)
    let_in = {
        "Effect": "Allow",
        "Principal": {"AWS": operator.account},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [let_in]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    operator.client("s3").head_bucket(Bucket=name)  # and is let in
    return operator


def without_permission(operator: Operator) -> Operator:
    return operator.as_iam_user(*but("dynamodb:CreateTable", "iam:PutRolePolicy"))


def without_what_aws_asks_beside(operator: Operator) -> Operator:
    return operator.as_iam_user(*but(*BESIDE))


def without_any_permission(operator: Operator) -> Operator:
    return operator.as_iam_user(*but("cloudformation:*"))


def with_keys_that_are_not_valid(operator: Operator) -> Operator:
    return replace(operator, key=("AKIAIOSFODNN7EXAMPLE", "no longer valid"))


def with_no_network(operator: Operator) -> Operator:
    return replace(operator, aws=replace(operator.aws, url="http://127.0.0.1:1"))


def with_what_was_rolled_back(operator: Operator) -> Operator:
    operator.fail_to_make("daypass-foundation")
    return operator


def without_waf(operator: Operator) -> Operator:
    return replace(operator, more={"AWS_ENDPOINT_URL_WAFV2": "http://127.0.0.1:1"})


@dataclass(frozen=True, slots=True)
class Stopped:
    given: Callable[[Operator], Operator]
    says: str
    settings: tuple[tuple[str, str], ...] = ()
    command: str = "deploy"


# What AWS CloudFormation needs in the deployer's name beside making a resource, or a command reads.
BESIDE = (
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
    "a table that is not ours": Stopped(
        with_a_table,
        "STOP  The table daypass-trail exists, and the stack daypass-foundation in"
        " us-east-1 did not create it.",
    ),
    "a bucket of somebody else's": Stopped(
        with_a_bucket_of_somebody_elses,
        "exists, but in another account, or you lack s3:ListBucket on it.",
    ),
    "two permissions are missing": Stopped(
        without_permission,
        "STOP  IAM's policy simulator denies you these actions: dynamodb:CreateTable,"
        " iam:PutRolePolicy.",
        command="doctor",
    ),
    "what AWS asks beside is missing": Stopped(
        without_what_aws_asks_beside,
        f"STOP  IAM's policy simulator denies you these actions: {', '.join(BESIDE)}.",
        (("RATE_LIMIT", "1000"), ("ANONYMOUS_CONCURRENCY", "5")),
    ),
    "AWS CloudFormation may not be asked": Stopped(
        without_any_permission, "STOP  AWS refused DescribeStacks (AccessDenied): "
    ),
    "keys that are not valid": Stopped(
        with_keys_that_are_not_valid,
        "STOP  AWS does not accept these credentials in us-east-1: they are no longer valid,",
    ),
    "no region of this name": Stopped(
        with_no_network, "STOP  AWS does not answer in eu-wset-1. Did you mean eu-west-1?",
        (("REGION", "eu-wset-1"),),
    ),
    "more is reserved than there is": Stopped(
        lambda operator: operator,
        "STOP  ANONYMOUS_CONCURRENCY would reserve 1600 concurrent executions and leave",
        (("ANONYMOUS_CONCURRENCY", "400"),),
    ),
    "AWS WAF is not in this region": Stopped(
        without_waf,
        "STOP  AWS WAF does not answer in us-east-1. To deploy without its rate limit, set"
        " RATE_LIMIT=0.",
        command="doctor",
    ),
    "a foundation that was rolled back": Stopped(
        with_what_was_rolled_back,
        "STOP  The last deployment of the stack daypass-foundation failed (ROLLBACK_COMPLETE)."
        " Check",
        command="doctor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_it_stops_before_anything_changes(operator: Operator, name: str) -> None:
    stopped = STOPS[name]
    response = stopped.given(operator)
    before = what_there_is(operator)

    settings = {"YES": "1", "PACKAGED": str(response.packaged)} | dict(stopped.settings)
    done = response.make(stopped.command, **settings)

    assert stopped.says in done.stdout
    assert done.stderr.startswith("Daypass: Fix what is marked STOP first. Nothing was changed.\n")
    assert done.returncode != 0
    assert what_there_is(operator) == before


def test_the_doctor_finds_nothing_to_stop_in_an_empty_account(operator: Operator) -> None:
    output = operator.made("doctor")
    assert "STOP" not in output
    assert "simulator" not in output  # it is not asked about the root user
    assert output.endswith("Daypass can be deployed here.\n")
    assert what_there_is(operator) == what_there_is(operator, "299999999998")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "after 1000 requests in five minutes. It costs 6 USD a month, and 0.60 USD for"),
        ({"RATE_LIMIT": "99"}, "note  RATE_LIMIT is 99, but the prober sends some 70 requests in"),
        ({"RATE_LIMIT": "0"}, "note  RATE_LIMIT is 0, so AWS WAF blocks no address"),
    ],
)
def test_the_price_of_aws_waf_is_told_before_it_is_created(
    operator: Operator, settings: dict[str, str], says: str
) -> None:
    assert says in operator.made("doctor", **settings)


def test_what_is_paid_for_already_has_its_price_told_no_more(deployed: Deployed) -> None:
    output = deployed.operator.made("doctor", RATE_LIMIT="1000")
    assert "  ok    AWS WAF blocks an address after 1000 requests in five minutes" in output
    assert "USD" not in output


def test_what_one_may_not_ask_is_not_known_and_stops_nothing(operator: Operator) -> None:
    quiet = operator.as_iam_user(
        *but(
            "dynamodb:DescribeTable",
            "iam:SimulatePrincipalPolicy",
            "organizations:DescribeOrganization",
            "sns:GetTopicAttributes",
        ),
    )
    output = quiet.made("doctor")
    assert output.count("note  Could not check") == 2
    assert output.count("note  You lack the permission to check whether these exist") == 1
    assert "daypass-trail, daypass-alarms, daypass-notices" in output


MISTYPED = {
    "a setting that there is not": (
        {"FIRM_NAM": "Example"},
        ["There is no setting FIRM_NAM. Did you mean FIRM_NAME? `make help` lists all settings."],
    ),
    "accounts that are none": (
        {"OTHER_ACCOUNTS": "2222 3333"},
        ["OTHER_ACCOUNTS cannot be '2222 3333'. Expected: Account IDs of 12 digits"],
    ),
    "no list of providers": (
        {"IDENTITY_PROVIDERS": "{"},
        ["IDENTITY_PROVIDERS cannot be '{': it is invalid: "],
    ),
    "a mailbox that is none": (
        {"ALARM_EMAIL": "me"},
        ["ALARM_EMAIL cannot be 'me'. Expected: One e-mail address."],
    ),
    "a number that is none": (
        {"ANONYMOUS_CONCURRENCY": "x"},
        ["ANONYMOUS_CONCURRENCY cannot be 'x'. Expected: A whole number from 0 to 1000."],
    ),
    "a folder that is not there": (
        {"PACKAGED": "/nope"},
        ["PACKAGED cannot be /nope: it has no sam.yaml and no deployment.zip."],
    ),
    "a region that is none": ({"REGION": "mars-1"}, ["There is no AWS region mars-1. "]),
    "several at once": (
        {"FIRM_CONTACT": "nobody", "REGIO": "eu-central-1", "RATE_LIMIT": "9"},
        [
            "There is no setting REGIO. Did you mean REGION?",
            "FIRM_CONTACT cannot be 'nobody'. Expected: ",
            "RATE_LIMIT cannot be '9'. Expected: ",
        ],
    ),
}


@pytest.mark.parametrize(
    ("name", "command"), [*((name, "deploy") for name in MISTYPED), ("several at once", "doctor")]
)
def test_a_setting_is_refused_before_anything_changes(
    operator: Operator, name: str, command: str
) -> None:
    settings, message = MISTYPED[name]
    before = what_there_is(operator)
    done = operator.make(command, YES="1", **{"PACKAGED": str(operator.packaged)} | settings)
    lines = done.stdout.splitlines()
    assert len(lines) == len(message), done.stdout
    for line, texts in zip(lines, message, strict=True):
        assert line.startswith(f"  STOP  {texts}")
    assert done.stderr.startswith("Daypass: Fix what is marked STOP first. Nothing was changed.\n")
    assert done.returncode != 0
    assert what_there_is(operator) == before


@pytest.mark.parametrize("command", ["destroy", "first-lead", "permissions", "slack-secrets"])
def test_no_command_ignores_a_setting_that_there_is_not(operator: Operator, command: str) -> None:
    done = operator.make(command, YES="1", NAME="Lena", REGIO="eu-central-1")
    assert done.stderr.startswith("Daypass: There is no setting REGIO. Did you mean REGION?")
    assert (done.stdout, done.returncode != 0) == ("", True)


def test_it_uploads_nothing_where_the_bucket_has_gone(operator: Operator) -> None:
    """Somebody has deleted it; whoever makes one of its name would be handed the code."""
    with operator.deploying(until="  daypass-foundation: CREATE_COMPLETE", YES="1"):
        pass
    name = f"daypass-artefacts-{operator.account}-us-east-1"
    s3 = operator.client("s3")
    s3.delete_bucket(Bucket=name)
    done = operator.make("deploy", YES="1", PACKAGED=str(operator.packaged), FIRM_NAME="Another")
    assert f"STOP  The stack daypass-foundation created the bucket {name}, but" in done.stdout


def test_another_region_than_daypass_is_in_stops_it(deployed: Deployed) -> None:
    done = deployed.operator.make("deploy", YES="1", REGION="eu-west-1")
    assert "STOP  The role daypass-broker exists, and the stack" in done.stdout
    assert "set that region, as in REGION=eu-central-1." in done.stdout
    assert done.returncode != 0


def what_there_is(operator: Operator, account: str = "") -> dict[str, list[str]]:
    """Of what a deployment makes, by its names."""
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
