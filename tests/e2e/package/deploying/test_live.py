"""`make live` on the local AWS: its stages run, and the clean-up after a kill leaves nothing."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from local.live import accounts
from local.live.ledger import open_ledger
from local.live.report import Status
from local.live.run import Run
from local.live.stages import STAGES, deploy, tables
from local.rehearsal.deployment import api_url, stack
from local.rehearsal.screen import Screen
from local.sample_accounts import ACME, FIRM
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.operator import read_until, wait_until
from tests.running import ROOT

SECRET = re.compile(r"daypass_\w+_\w{20,}|\bASIA\w{12,}|/setup/\w{20,}|[A-Za-z0-9+/]{40,}")
KILLED_AT = {
    "preflight": "Preflight: ",
    "the package is uploaded": "Deploying the stack daypass:",
    "sts": "Create a client's role, ",
    "tables": "Tables, buckets, ",
    "cut-offs": "Cut off a member, ",
}


@pytest.fixture(scope="module")
def sandbox(build):
    """Start a local AWS of this module's own: other tests deploy to the firm's account, too."""
    with aws_running(build) as endpoint:
        for account in (FIRM, ACME.account):
            accounts.permit(endpoint, account)
        yield endpoint


@contextmanager
def live(command, aws, aws_cli, build, folder):
    """Start the command. It is killed at the end of the block, but not what it has started."""
    where = ("--local", "--endpoint", aws.url, "--folder", str(folder))
    with subprocess.Popen(
        [sys.executable, "-m", "local.live", command, *where],
        cwd=ROOT,
        env=os.environ | {"PACKAGED": str(build.folder), "AWS_CLI": str(aws_cli / "aws")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


def run(command, *where):
    """Run the command to its end, and return its exit status and its output."""
    with live(command, *where) as process:
        output, _ = process.communicate()
    return process.returncode, output


def remains(aws, account):
    """List what the account has, except the operator's user and the permit."""

    def client(service):
        return aws.as_root(account, service)

    kms = client("kms")
    keys = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    states = [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys]
    functions = client("lambda").list_functions()["Functions"]
    listed = {
        "stacks": client("cloudformation").describe_stacks()["Stacks"],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "buckets": client("s3").list_buckets()["Buckets"],
        "roles": client("iam").list_roles()["Roles"],
        "policies": client("iam").list_policies(Scope="Local")["Policies"],
        "functions": [function["FunctionName"] for function in functions],
        "log groups": client("logs").describe_log_groups()["logGroups"],
        "keys": [state for state in states if state != "PendingDeletion"],
        "aliases": [
            alias
            for alias in kms.list_aliases()["Aliases"]
            if not alias["AliasName"].startswith("alias/aws/")
        ],
        "topics": client("sns").list_topics()["Topics"],
        "APIs": client("apigateway").get_rest_apis()["items"],
        "API keys": client("apigateway").get_api_keys()["items"],
        "logging role": client("apigateway").get_account().get("cloudwatchRoleArn"),
        "rules": client("events").list_rules()["Rules"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "web ACLs": client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"],
    }
    return {name: items for name, items in listed.items() if items}


def assert_nothing_remains(aws):
    assert remains(aws, FIRM) == {}
    assert remains(aws, ACME.account) == {}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_kill_leaves_nothing_after_the_clean_up(sandbox, aws_cli, build, tmp_path, moment):
    where = (sandbox, aws_cli, build, tmp_path)
    with live("check", *where) as process:
        read_until(process, KILLED_AT[moment])
        wait_until(lambda: "created" in (tmp_path / "ledger.jsonl").read_text())
    status, output = run("check", *where)
    assert (status, "Preflight" in output) == (1, False), output

    with live("clean", *where) as process:  # the clean-up is killed, too
        read_until(process, "deleted  ")
    status, output = run("clean", *where)
    assert (status, "Nothing is left." in output) == (0, True), output
    assert_nothing_remains(sandbox)
    status, output = run("clean", *where)
    assert (status, "deleted" in output) == (0, False), output


def test_all_stages_run_and_no_result_claims_to_show_aws(sandbox, aws_cli, build, tmp_path):
    status, output = run("check", sandbox, aws_cli, build, tmp_path)
    table = (tmp_path / "live-account.md").read_text()
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]
    assert status == 0, output
    assert {row[2] for row in rows} == {Status.NOT_JUDGED, Status.MANUAL}, output
    assert {row[1] for row in rows} == {stage.name for stage in STAGES} | {"by hand"}
    assert_nothing_remains(sandbox)

    written = output + table + (tmp_path / "ledger.jsonl").read_text()
    assert SECRET.findall(written) == []
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["ledger.jsonl", "live-account.md"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_an_account_without_a_permit_is_left_alone(sandbox, aws_cli, build, tmp_path):
    ssm = sandbox.as_root(ACME.account, "ssm")
    ssm.delete_parameter(Name=accounts.PERMIT)
    try:
        for command in ("check", "clean"):
            status, output = run(command, sandbox, aws_cli, build, tmp_path)
            assert status == 1
            assert f"{accounts.PERMIT} does not exist in the account {ACME.account}" in output
    finally:
        accounts.permit(sandbox, ACME.account)
    assert list(tmp_path.iterdir()) == []
    assert_nothing_remains(sandbox)


def test_what_existed_before_is_refused_and_stays(sandbox, aws_cli, build, tmp_path):
    cloudformation = sandbox.as_root(FIRM, "cloudformation")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "theirs"}}
    template = json.dumps({"Resources": {"Topic": topic}})
    cloudformation.create_stack(StackName="daypass", TemplateBody=template)
    try:
        status, output = run("check", sandbox, aws_cli, build, tmp_path)
        assert status == 1
        assert "The stack daypass exists" in output
        assert remains(sandbox, FIRM).keys() == {"stacks", "topics"}
    finally:
        cloudformation.delete_stack(StackName="daypass")
    assert_nothing_remains(sandbox)


def test_checks_fail_on_a_deployment_that_lacks_its_protections(deployed, aws_cli, tmp_path):
    """Each protection is removed from a deployment of another local AWS, and then missed."""
    aws = deployed.aws
    firm = accounts.open_local(aws, FIRM, str(aws_cli / "aws"))
    with open_ledger(tmp_path, wait=False) as ledger, (tmp_path / "out").open("w") as out:
        checks = Run(firm, firm, ledger, Screen(out, steps=1), is_local=True)
        described = stack(aws, FIRM)
        checks.api_url = api_url(aws, described)
        assert tables._see_trail(checks).holds
        assert tables._see_digests(checks).holds
        assert tables._see_topics(checks).holds
        assert deploy._see_method_settings(checks).holds

        with without_policies(firm, deploy.resources(checks, "daypass-foundation")):
            assert not tables._see_trail(checks).holds
            assert not tables._see_digests(checks).holds
            assert not tables._see_topics(checks).holds
        with second_stage(firm, deploy.api_id(checks)):
            assert not deploy._see_method_settings(checks).holds


@contextmanager
def without_policies(firm, resources):
    """Remove the resource policies of the trail, the digests and the notices until the block
    ends."""
    dynamodb, s3, sns = firm.client("dynamodb"), firm.client("s3"), firm.client("sns")
    trail = f"arn:aws:dynamodb:{firm.region}:{firm.id}:table/daypass-trail"
    bucket, topic = resources["DigestBucket"], resources["NoticeTopic"]
    policies = (
        dynamodb.get_resource_policy(ResourceArn=trail)["Policy"],
        s3.get_bucket_policy(Bucket=bucket)["Policy"],
        sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"],
    )
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    dynamodb.delete_resource_policy(ResourceArn=trail)
    s3.delete_bucket_policy(Bucket=bucket)
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    try:
        yield
    finally:
        dynamodb.put_resource_policy(ResourceArn=trail, Policy=policies[0])
        s3.put_bucket_policy(Bucket=bucket, Policy=policies[1])
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policies[2])


@contextmanager
def second_stage(firm, api):
    """Give the API a second stage until the block ends."""
    gateway = firm.client("apigateway")
    (first,) = gateway.get_stages(restApiId=api)["item"]
    gateway.create_stage(restApiId=api, stageName="second", deploymentId=first["deploymentId"])
    try:
        yield
    finally:
        gateway.delete_stage(restApiId=api, stageName="second")
