"""`make destroy EVERYTHING=1` leaves nothing of Daypass, also after it was killed at each stage."""

import csv
import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from local.sample_accounts import ACME, FIRM
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.deployed import Deployed, session
from tests.e2e.package.deploying.operator import Operator, read_until

PREFIXES = ("/aws/lambda/daypass", "/daypass", "alias/daypass", "daypass")
STAGES = (
    "Deleting the stack daypass",
    "Saving the trail",
    "Deleting the stack daypass-foundation",
    "  Deleting daypass-broker",
    "  Deleting /daypass/slack/signing",
    "  Deleting alias/daypass-digests",
    "  Deleting daypass-digests-",
    "  Deleting daypass-trail",
    "  Deleting daypass-state",
)


@pytest.fixture
def used(aws_cli, build):
    """Deploy to a separate AWS, with an engagement, a session and secrets."""
    with aws_running(build) as endpoint:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        yield use(Deployed(operator, operator.deploy()))


def use(deployed):
    operator = deployed.operator
    nadia = deployed.add_member("nadia")
    deployed.open_engagement("acme-prod", f"Uninstalled{operator.account}", "nadia")
    assert session(deployed, nadia, "acme-prod")["credentials"]
    ssm, s3 = deployed.client("ssm"), deployed.client("s3")
    for name in ("/daypass/slack/signing", "/daypass/prober"):
        ssm.put_parameter(Name=name, Value="a secret", Type="SecureString")
    bucket = f"daypass-artefacts-{operator.account}-us-east-1"
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="a")
    return deployed


def list_names(operator):
    """Return the names of all that the account holds of the kinds that Daypass creates."""
    client = operator.client
    pages = client("logs").get_paginator("describe_log_groups").paginate()
    keys = client("kms")
    described = [
        keys.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in keys.list_keys()["Keys"]
    ]
    gateway, cloudwatch = client("apigateway"), client("cloudwatch")
    names = {
        "stacks": [*operator.stacks()],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "roles": [role["RoleName"] for role in client("iam").list_roles()["Roles"]],
        "policies": [it["Arn"] for it in client("iam").list_policies(Scope="Local")["Policies"]],
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "logs": [group["logGroupName"] for page in pages for group in page["logGroups"]],
        "topics": [topic["TopicArn"] for topic in client("sns").list_topics()["Topics"]],
        "parameters": [it["Name"] for it in client("ssm").describe_parameters()["Parameters"]],
        "aliases": [it["AliasName"] for it in keys.list_aliases()["Aliases"]],
        "keys": [key["KeyId"] for key in described if key["KeyState"] != "PendingDeletion"],
        "functions": [it["FunctionName"] for it in client("lambda").list_functions()["Functions"]],
        "apis": [api["name"] for api in gateway.get_rest_apis()["items"]],
        "api keys": [key["name"] for key in gateway.get_api_keys()["items"]],
        "alarms": [it["AlarmName"] for it in cloudwatch.describe_alarms()["MetricAlarms"]],
        "rules": [rule["Name"] for rule in client("events").list_rules()["Rules"]],
        "gateway role": [gateway.get_account().get("cloudwatchRoleArn") or ""],
    }
    own = {kind: [name for name in listed if "daypass" in name] for kind, listed in names.items()}
    return {kind: listed for kind, listed in (own | {"keys": names["keys"]}).items() if listed}


def test_a_used_deployment_is_deleted_completely_and_its_records_are_saved(used, tmp_path):
    operator, folder = used.operator, tmp_path / "records"
    before = list_names(operator)
    assert {"stacks", "tables", "roles", "buckets", "logs", "topics", "keys"} < before.keys()
    entries = used.client("dynamodb").scan(TableName="daypass-trail", Select="COUNT")["Count"]

    process = operator.make("destroy", EVERYTHING="1", YES="1", EXPORT=str(folder))
    assert "YES=1 is not enough." in process.stderr
    assert list_names(operator) == before

    process = operator.make(
        "destroy", typed=f"{operator.account}\n", EVERYTHING="1", EXPORT=str(folder)
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert list_names(operator) == {}
    assert "grants in force: nadia" in process.stdout
    assert "AWS KMS deletes the key" in process.stdout
    announced = process.stdout.partition("Type the account's ID")[0]
    by_id = ("apis", "api keys", "gateway role")
    for name in (name for kind in before.keys() - by_id for name in before[kind]):
        assert name in announced

    (trail,) = folder.glob("trail-*.ndjson")
    lines = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == entries
    assert {"engagement.create", "session.vend"} & {line["action"] for line in lines}
    assert os.stat(trail).st_mode & 0o077 == 0
    with (folder / "clients-roles.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    arn = f"arn:aws:iam::{ACME.account}:role/Uninstalled{operator.account}"
    assert (row["role"], row["grants in force"]) == (arn, "nadia")

    process = operator.make("destroy", EVERYTHING="1", ACCOUNT=operator.account, EXPORT="none")
    assert process.stderr.startswith("Daypass: There is nothing of Daypass in us-east-1")


def test_a_run_that_is_killed_at_any_stage_is_completed_by_the_next(used, tmp_path):
    operator = used.operator
    settings = {"EVERYTHING": "1", "ACCOUNT": operator.account, "EXPORT": str(tmp_path)}
    for stage in STAGES:
        with subprocess.Popen(
            operator.command("destroy", settings),
            cwd=operator.folder,
            env=operator.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            read_until(process, stage)
            os.killpg(process.pid, signal.SIGKILL)
    assert list_names(operator)
    operator.output_of("destroy", **settings)
    assert list_names(operator) == {}


def test_locked_objects_stay_with_their_date_and_go_afterwards(operator):
    """The local AWS CloudFormation does not turn Object Lock on."""
    operator.deploy()
    name, s3 = f"daypass-digests-{operator.account}-us-east-1", operator.client("s3")
    s3.put_bucket_policy(Bucket=name, Policy=without_limits_on_writes(s3, name))
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}}
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    s3.put_object(Bucket=name, Key="2026-11-24T13/digest.txt", Body=b"a digest")
    settings = {"EVERYTHING": "1", "ACCOUNT": operator.account, "EXPORT": "none"}
    output = operator.output_of("destroy", **settings)
    assert "S3 Object Lock keeps 1 versions of its objects." in output
    assert f"The newest is locked until {datetime.now(UTC).date() + timedelta(days=3)}" in output
    assert list_names(operator) == {"buckets": [name]}
    assert "s3:DeleteObjectVersion" in s3.get_bucket_policy(Bucket=name)["Policy"]
    assert f"The bucket {name} stays" in operator.output_of("destroy", **settings)


def without_limits_on_writes(s3, name):
    """Return the bucket's policy, which then lets the tests write objects and delete none."""
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    kept = [it for it in policy["Statement"] if it["Action"] != "s3:PutObject"]
    return json.dumps(policy | {"Statement": kept})


def test_another_region_is_refused_although_the_roles_are_there(deployed):
    operator = deployed.operator
    before = list_names(operator)
    settings = {"EVERYTHING": "1", "ACCOUNT": operator.account, "EXPORT": "none"}
    process = operator.make("destroy", REGION="eu-west-1", **settings)
    assert "Daypass is not in eu-west-1, but its roles exist." in process.stderr
    assert list_names(operator) == before
