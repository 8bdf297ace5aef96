"""The next deployment completes one that was declined, killed or failed half-way."""

import json
import re
import shutil
from dataclasses import replace

import package
import pytest

from operating import stacks
from operating.aws_cli import Aws
from tests.e2e.package.building import MACHINE, clone_repository
from tests.e2e.package.deploying.deployed import session, vending
from tests.e2e.package.deploying.operator import (
    TABLE,
    all_except,
    read_until,
    wait_until,
)

FOUNDATION_QUESTION = "Make these changes to the stack daypass-foundation in us-east-1?"
DONE = "Daypass is deployed."


def test_a_deployment_recovers_from_every_unfinished_state(operator):
    operator.fail_to_create("daypass")

    with operator.deploying(until=FOUNDATION_QUESTION):
        pass
    assert operator.stacks()["daypass-foundation"] == "REVIEW_IN_PROGRESS"

    with operator.deploying(until="  daypass-foundation: ", YES="1"):
        pass
    wait_until(lambda: operator.stacks()["daypass-foundation"] == "CREATE_COMPLETE")

    question = "Delete the incomplete stack daypass, and create it again? Yes (YES=1)."
    with operator.deploying(until=question, YES="1") as process:
        read_until(process, until="  daypass: ")
    assert DONE in operator.deploy()
    assert set(operator.stacks().values()) == {"CREATE_COMPLETE"}


def test_answering_no_leaves_nothing_behind(operator):
    with operator.deploying(until=FOUNDATION_QUESTION) as process:
        output, _ = process.communicate("n\n")
    assert "Daypass: Nothing was changed in daypass-foundation." in output
    assert process.returncode != 0
    assert operator.stacks() == {}


def test_a_foundation_that_failed_half_way_is_continued(operator):
    """A rollback would keep the tables and the role, which would then block the next attempt."""
    dynamodb = operator.client("dynamodb")
    with operator.deploying(until=FOUNDATION_QUESTION) as process:
        dynamodb.create_table(TableName="daypass-trail", **TABLE)
        output, _ = process.communicate("y\n")
    assert "daypass-foundation could not be deployed: TrailTable: " in output
    assert "Keep the settings of the first try" in output
    assert operator.stacks() == {"daypass-foundation": "CREATE_FAILED"}
    table_id = dynamodb.describe_table(TableName="daypass-state")["Table"]["TableId"]

    # The table blocks two more attempts, after the confirmation. They roll nothing back either.
    dynamodb.delete_table(TableName="daypass-trail")
    for _ in range(2):
        with operator.deploying(until=FOUNDATION_QUESTION) as process:
            dynamodb.create_table(TableName="daypass-trail", **TABLE)
            output, _ = process.communicate("y\n")
        dynamodb.delete_table(TableName="daypass-trail")
        assert "daypass-foundation could not be deployed: TrailTable: " in output
        assert operator.stacks() == {"daypass-foundation": "UPDATE_FAILED"}
        findings = operator.output_of("doctor")
        assert (
            "note  The last deployment of the stack daypass-foundation failed (UPDATE_FAILED)"
            in findings
        )

    with operator.deploying(until="  daypass-foundation: UPDATE_COMPLETE", YES="1"):
        pass
    assert dynamodb.describe_table(TableName="daypass-state")["Table"]["TableId"] == table_id


def test_the_failures_reason_is_found_behind_a_long_rollback(operator, monkeypatch):
    """The AWS CLI pages through the events: each topic has two, and two more for its rollback."""
    topics = {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(110)}
    invalid = {"Type": "None", "Value": "x"}
    last = {"Type": "AWS::SSM::Parameter", "DependsOn": list(topics), "Properties": invalid}
    cloudformation = operator.client("cloudformation")
    template = json.dumps({"Resources": topics | {"Wrong": last}})
    cloudformation.create_stack(StackName="many", TemplateBody=template)
    wait_until(lambda: operator.stacks() == {"many": "ROLLBACK_COMPLETE"})

    for name, value in operator.environment.items():
        monkeypatch.setenv(name, value)
    aws = Aws(operator.aws.region, str(operator.aws_cli / "aws"))
    assert stacks.find_failure_reason(aws, stacks.get_stack(aws, "many")).startswith("Wrong: ")


def test_the_api_answers_while_a_failed_update_is_rolled_back(deployed, tmp_path):
    """The last resource cannot be created, so the update fails after it has changed the
    functions."""
    template = package.read_template(deployed.operator.packaged / "sam.yaml")
    template["Resources"]["Conflicting"] = {
        "Type": "AWS::DynamoDB::Table",
        "DependsOn": ["APIHandler", "Enter", "RestAPI"],
        "Properties": {"TableName": "daypass-state", **TABLE},
    }
    (tmp_path / "sam.yaml").write_text(json.dumps(template), encoding="utf-8")
    zip_name = "deployment.zip"
    shutil.copyfile(deployed.operator.packaged / zip_name, tmp_path / zip_name)
    nadia = deployed.add_member("nadia")
    deployed.open_engagement("acme-rollback", "RollbackRole", "nadia")
    parameters = deployed.parameters()

    with vending(deployed, nadia, "acme-rollback") as vended:
        settings = {"PACKAGED": str(tmp_path), "FIRM_CONTACT": "new@example.com"}
        process = deployed.operator.make("deploy", YES="1", **settings)
    assert "  daypass: UPDATE_ROLLBACK_COMPLETE" in process.stdout
    assert "daypass could not be deployed: Conflicting: " in process.stderr
    assert len(vended) > 5
    assert deployed.parameters() == parameters
    assert DONE in deployed.operator.deploy()


def with_another_resource(clone, name, another):
    """Let the clone's foundation create a resource under another name."""
    template = clone / ".chalice" / "foundation.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(re.sub(rf"\b{name}\b", another, text), encoding="utf-8")


def test_an_upgrade_keeps_the_data_and_removes_a_role_but_no_table(deployed, clone):
    """From a version whose foundation has a resource that this one lacks, such as the role of a
    removed function."""
    uma = deployed.add_member("uma")
    deployed.open_engagement("acme-upgrade", "UpgradeRole", "uma")
    ids = deployed.permanent_ids()
    in_clone = replace(deployed.operator, folder=clone)
    with_another_resource(clone, "GatewayInUse", "SomethingElse")
    assert "remove  GatewayInUse " in in_clone.deploy()
    output = deployed.operator.deploy()
    assert "remove  SomethingElse " in output
    assert "  daypass-foundation: UPDATE_COMPLETE" in output
    assert deployed.permanent_ids() == ids
    assert session(deployed, uma, "acme-upgrade")["credentials"]

    stacks_before = deployed.operator.stacks()
    with_another_resource(clone, "TrailTable", "AnotherTable")
    process = in_clone.make("deploy", YES="1", PACKAGED=str(in_clone.packaged))
    expected = "This deployment would remove or replace TrailTable of daypass-foundation."
    assert expected in process.stderr
    assert deployed.operator.stacks() == stacks_before


@pytest.fixture
def clone(tmp_path):
    return clone_repository(tmp_path)


def test_make_deploy_in_a_clone_packages_and_deploys(operator, clone):
    user = replace(operator.as_iam_user(*all_except("s3:DeleteBucket")), folder=clone)
    output = user.output_of("deploy", YES="1", ARCH=MACHINE)
    assert "IAM's policy simulator allows you every action of a deployment." in output
    assert "deployment.zip (" in output
    assert DONE in output
    functions = operator.client("lambda").list_functions()["Functions"]
    assert {tuple(function["Architectures"]) for function in functions} == {(MACHINE,)}
