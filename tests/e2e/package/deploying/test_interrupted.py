"""A deployment that was refused, killed or that failed half-way is made whole by the next one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import package
import pytest

from operating import stacks
from operating.aws_cli import Aws
from tests.e2e.package.building import MACHINE
from tests.e2e.package.deploying.deployed import Deployed, vending
from tests.e2e.package.deploying.operator import Operator, but, eventually, read
from tests.running import ROOT

ASKS_OF_FOUNDATION = "Make these changes to the stack daypass-foundation in us-east-1?"
DONE = "Daypass is deployed."
A_TABLE: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


def test_whatever_state_one_is_left_in_the_next_makes_it_whole(operator: Operator) -> None:
    operator.fail_to_make("daypass")

    with operator.deploying(until=ASKS_OF_FOUNDATION):
        pass
    assert operator.stacks()["daypass-foundation"] == "REVIEW_IN_PROGRESS"

    with operator.deploying(until="  daypass-foundation: ", YES="1"):
        pass
    eventually(lambda: operator.stacks()["daypass-foundation"] == "CREATE_COMPLETE")

    text = "Delete the rest of daypass, and create it again? Yes (YES=1)."
    with operator.deploying(until=text, YES="1") as process:
        read(process, until="  daypass: ")
    assert DONE in operator.deploy()
    assert set(operator.stacks().values()) == {"CREATE_COMPLETE"}


def test_a_no_leaves_nothing_behind(operator: Operator) -> None:
    with operator.deploying(until=ASKS_OF_FOUNDATION) as process:
        said, _ = process.communicate("n\n")
    assert "Daypass: Nothing was changed in daypass-foundation." in said
    assert process.returncode != 0
    assert operator.stacks() == {}


def test_a_foundation_that_fails_half_way_is_gone_on_with(operator: Operator) -> None:
    """AWS would roll it back, but for its tables and the role: these would be in the way then."""
    dynamodb = operator.client("dynamodb")
    with operator.deploying(until=ASKS_OF_FOUNDATION) as process:
        dynamodb.create_table(TableName="daypass-trail", **A_TABLE)
        said, _ = process.communicate("y\n")
    assert "daypass-foundation could not be deployed: TrailTable: " in said
    assert "Keep the settings of the first try" in said
    assert operator.stacks() == {"daypass-foundation": "CREATE_FAILED"}
    before = dynamodb.describe_table(TableName="daypass-state")["Table"]["TableId"]

    # Twice more it is in the way, once the question has been asked: nothing is taken back either.
    dynamodb.delete_table(TableName="daypass-trail")
    for _ in range(2):
        with operator.deploying(until=ASKS_OF_FOUNDATION) as process:
            dynamodb.create_table(TableName="daypass-trail", **A_TABLE)
            said, _ = process.communicate("y\n")
        dynamodb.delete_table(TableName="daypass-trail")
        assert "daypass-foundation could not be deployed: TrailTable: " in said
        assert operator.stacks() == {"daypass-foundation": "UPDATE_FAILED"}
        output = operator.made("doctor")
        assert (
            "note  The last deployment of the stack daypass-foundation failed (UPDATE_FAILED)"
            in output
        )

    with operator.deploying(until="  daypass-foundation: UPDATE_COMPLETE", YES="1"):
        pass
    assert dynamodb.describe_table(TableName="daypass-state")["Table"]["TableId"] == before


def test_the_reason_is_read_however_much_was_taken_back_since(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the AWS CLI's own pages: every topic that was made is two events, and two more later."""
    many: dict[str, Any] = {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(110)}
    wrong = {"Type": "None", "Value": "x"}
    last = {"Type": "AWS::SSM::Parameter", "DependsOn": list(many), "Properties": wrong}
    cloudformation = operator.client("cloudformation")
    template = json.dumps({"Resources": many | {"Wrong": last}})
    cloudformation.create_stack(StackName="many", TemplateBody=template)
    eventually(lambda: operator.stacks() == {"many": "ROLLBACK_COMPLETE"})

    for name, value in operator.environment.items():
        monkeypatch.setenv(name, value)
    aws = Aws(operator.aws.region, str(operator.aws_cli / "aws"))
    assert stacks.failure(aws, stacks.existing(aws, "many")).startswith("Wrong: ")


def test_an_update_that_fails_is_taken_back_and_the_api_answers_meanwhile(
    deployed: Deployed, tmp_path: Path
) -> None:
    """The last resource is one that cannot be made: the functions have been changed by then."""
    template = package.read(deployed.operator.packaged / "sam.yaml")
    template["Resources"]["InTheWay"] = {
        "Type": "AWS::DynamoDB::Table",
        "DependsOn": ["APIHandler", "Enter", "RestAPI"],
        "Properties": {"TableName": "daypass-state", **A_TABLE},
    }
    (tmp_path / "sam.yaml").write_text(json.dumps(template), encoding="utf-8")
    zipped = "deployment.zip"
    shutil.copyfile(deployed.operator.packaged / zipped, tmp_path / zipped)
    nadia = deployed.member("nadia")
    deployed.engagement("acme-rollback", "RollbackRole", "nadia")
    before = deployed.parameters()

    with vending(deployed, nadia, "acme-rollback") as vended:
        settings = {"PACKAGED": str(tmp_path), "FIRM_CONTACT": "new@example.com"}
        done = deployed.operator.make("deploy", YES="1", **settings)
    assert "  daypass: UPDATE_ROLLBACK_COMPLETE" in done.stdout
    assert "daypass could not be deployed: InTheWay: " in done.stderr
    assert len(vended) > 5
    assert deployed.parameters() == before
    assert DONE in deployed.operator.deploy()


def test_no_deployment_takes_a_table_out_of_its_stack(deployed: Deployed, clone: Path) -> None:
    before = deployed.operator.stacks()
    template = clone / ".chalice" / "foundation.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(re.sub(r"\bTrailTable\b", "AnotherTable", text), encoding="utf-8")
    elsewhere = replace(deployed.operator, folder=clone)
    done = elsewhere.make("deploy", YES="1", PACKAGED=str(elsewhere.packaged))
    assert "This would remove TrailTable from daypass-foundation, or replace it." in done.stderr
    assert deployed.operator.stacks() == before


def test_what_hangs_on_nothing_may_leave_its_stack(deployed: Deployed, clone: Path) -> None:
    """As a role does that no function runs as any more."""
    template = clone / ".chalice" / "foundation.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(re.sub(r"\bGatewayInUse\b", "SomethingElse", text), encoding="utf-8")
    elsewhere = replace(deployed.operator, folder=clone)
    output = elsewhere.deploy()
    assert "remove  GatewayInUse " in output
    assert "  daypass-foundation: UPDATE_COMPLETE" in output
    # As it was, for whichever test comes next.
    assert "remove  SomethingElse " in deployed.operator.deploy()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What somebody has who has just cloned the repository, as it is here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.split("\0")[:-1]:
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def git(folder: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=folder, check=True)


def test_from_a_clone_one_command_packages_and_deploys(operator: Operator, clone: Path) -> None:
    somebody = replace(operator.as_iam_user(*but("s3:DeleteBucket")), folder=clone)
    output = somebody.made("deploy", YES="1", ARCH=MACHINE)
    assert "IAM's policy simulator allows you every action of a deployment." in output
    assert "deployment.zip (" in output
    assert DONE in output
    (function,) = functions(operator, "APIHandler")
    assert function["Architectures"] == [MACHINE]


def functions(operator: Operator, logical_id: str) -> list[dict[str, Any]]:
    value = operator.client("lambda").list_functions()["Functions"]
    return [item for item in value if f"daypass-{logical_id}-" in item["FunctionName"]]
