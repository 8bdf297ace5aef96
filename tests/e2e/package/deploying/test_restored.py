"""The commands of docs/recovery.md, as they stand there, on a deployment of their own.

The local AWS restores a table as it is now. So the test makes the changes that a restore loses
after the restore.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sample_accounts import FIRM
from tests.e2e.package.building import Build
from tests.e2e.package.deploying.conftest import an_aws_that_runs
from tests.e2e.package.deploying.deployed import CODE, Deployed, session
from tests.e2e.package.deploying.operator import Operator
from tests.running import ROOT

PAGE = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(heading: str) -> list[str]:
    """The blocks to be pasted under a heading, in their order."""
    (section,) = re.findall(rf"^##+ {heading}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    matches = BLOCK.findall(section)
    assert matches
    return list(matches)


(STOP,) = commands("Stop all functions")
DEFINED, _, _ = STOP.rpartition("\nstop_functions ")  # the definitions alone
(RESTORE_BESIDE,) = commands("Restore beside")
(SOME_ITEMS,) = commands("Some items")
(PUT_BACK, PROTECT) = commands("The whole state table")
(ONE_LEAD, RECOVER_LEAD, DRIFTED, THE_API, READ_THE_TRAIL) = commands("Revoke again")
(START,) = commands("Start all functions")
(GUARD_THE_TRAIL,) = commands("The trail's own policy")


@pytest.fixture
def to_restore(aws_cli: Path, build: Build) -> Iterator[Deployed]:
    """In an AWS that nothing else is looked at in: its tables are not the same afterwards."""
    with an_aws_that_runs(build) as endpoint:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        yield Deployed(operator, operator.deploy())


def pasted(deployed: Deployed, text: str, *, folder: Path = ROOT, **variables: str) -> str:
    """Return the output of the commands, in a shell with the functions that the page defines."""
    operator = deployed.operator
    path = f"{operator.aws_cli}:{operator.environment['PATH']}"
    done = subprocess.run(
        ["sh", "-e"],
        cwd=folder,
        input=f"{DEFINED}\n{text}",
        env=operator.environment | {"PATH": path} | variables,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(call: Any, *asked: Any, **body: Any) -> int:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(*asked, **body)
    with refusal.value as answer:
        return answer.code


def item(deployed: Deployed, table: str) -> Any:
    key = {"pk": {"S": "MEMBER#alice"}, "sk": {"S": "MEMBER"}}
    return deployed.client("dynamodb").get_item(TableName=table, Key=key)["Item"]


def as_it_must_be(deployed: Deployed) -> dict[str, Any]:
    """Of the state table, what the foundation's template says and the local AWS restores."""
    dynamodb = deployed.client("dynamodb")
    table = dynamodb.describe_table(TableName="daypass-state")["Table"]
    response = dynamodb.describe_continuous_backups(TableName="daypass-state")
    kept = ("TableName", "TableArn", "KeySchema", "DeletionProtectionEnabled")
    return {name: table[name] for name in kept} | {
        "indexes": {
            index["IndexName"]: index["KeySchema"] for index in table["GlobalSecondaryIndexes"]
        },
        "billing": table["BillingModeSummary"]["BillingMode"],
        "recovery": response["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
            "PointInTimeRecoveryStatus"
        ],
    }


def test_nobody_is_let_in_by_a_restored_table_before_it_is_revoked_again(
    to_restore: Deployed, tmp_path: Path
) -> None:
    deployed = to_restore
    lena, alice = deployed.lena, deployed.member("alice")
    deployed.engagement("acme", "RestoredRole", "alice")
    assert session(deployed, alice, "acme")["credentials"]
    as_before = as_it_must_be(deployed)

    pasted(deployed, RESTORE_BESIDE, MOMENT="2026-11-24T19:00:00Z")
    deployed.api(lena)("POST", "/v1/members/alice/revoke", reason="laptop lost")
    assert refused(session, deployed, alice, "acme") == 403

    pasted(deployed, STOP.removeprefix(DEFINED))
    functions = deployed.resources("AWS::Lambda::Function")
    assert set(STOP.splitlines()[-1].split()[1:]) == set(functions)
    assert set(START.split()[1:]) == set(functions)
    pasted(deployed, SOME_ITEMS, folder=tmp_path, PK="MEMBER#alice", SK="MEMBER")
    assert item(deployed, "daypass-state") == item(deployed, "daypass-state-restored")
    pasted(deployed, PUT_BACK)
    pasted(deployed, PROTECT)
    assert as_it_must_be(deployed) == as_before
    assert "STOP" not in deployed.operator.made("doctor")
    assert refused(session, deployed, alice, "acme") >= 429
    assert refused(deployed.api(lena), "GET", "/v1/me") >= 429

    pasted(deployed, ONE_LEAD)
    assert RECOVER_LEAD == "make recover-lead ID=lena LOST=1\n"
    code = CODE.findall(deployed.operator.made("recover-lead", ID="lena", LOST="1"))[0]
    assert '"ended":"all-done"' in pasted(deployed, DRIFTED).replace(" ", "")

    pasted(deployed, THE_API)
    assert refused(deployed.api(lena), "GET", "/v1/me") == 401
    again = deployed.enrolled(code)
    # What the page warns of: she was suspended, and the table knows nothing of it.
    assert deployed.api(alice)("GET", "/v1/me")["member"]["id"] == "alice"
    assert refused(session, deployed, alice, "acme") >= 429

    read = READ_THE_TRAIL.replace("$DAYPASS", deployed.url())
    response = pasted(deployed, read, LENA=again, MOMENT="2026-11-24T19:00:00Z")
    assert "member.revoke" in response
    deployed.api(again)("POST", "/v1/members/alice/revoke", reason="again, after a restore")

    pasted(deployed, START)
    assert refused(session, deployed, alice, "acme") == 403
    assert deployed.api(again)("GET", "/v1/me")["member"]["id"] == "lena"


def test_the_trails_own_policy_is_put_back_as_it_was_deployed(deployed: Deployed) -> None:
    dynamodb = deployed.client("dynamodb")
    arn = dynamodb.describe_table(TableName="daypass-trail")["Table"]["TableArn"]
    as_deployed = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    is_missing = "The table daypass-trail has no resource policy"
    assert is_missing not in told_by_the_doctor(deployed)
    dynamodb.delete_resource_policy(ResourceArn=arn)
    assert is_missing in told_by_the_doctor(deployed)

    pasted(deployed, GUARD_THE_TRAIL)

    assert json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]) == as_deployed
    assert is_missing not in told_by_the_doctor(deployed)


def told_by_the_doctor(deployed: Deployed) -> str:
    return " ".join(deployed.operator.made("doctor").split())
