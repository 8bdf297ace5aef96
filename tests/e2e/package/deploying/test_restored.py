"""The commands of docs/recovery.md, run verbatim on a separate deployment.

The local AWS restores a table's current content. So the changes that a restore loses are made after
the restore.
"""

import json
import re
import subprocess
import urllib.error

import pytest

from local.people import log_in_people
from local.sample_accounts import FIRM
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.deployed import CODE, Deployed, session
from tests.e2e.package.deploying.operator import Operator
from tests.running import ROOT, read_file

PAGE = read_file("docs/recovery.md")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(heading):
    """Return the blocks of commands under a heading, in order."""
    (section,) = re.findall(rf"^##+ {heading}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    blocks = BLOCK.findall(section)
    assert blocks
    return list(blocks)


(STOP,) = commands("Stop all functions")
DEFINED, _, _ = STOP.rpartition("\nstop_functions ")  # the definitions alone
(RESTORE_BESIDE,) = commands("Restore beside")
(SOME_ITEMS,) = commands("Some items")
(PUT_BACK, PROTECT) = commands("The whole state table")
(ONE_LEAD, RECOVER_LEAD, DRIFTED, THE_API, READ_THE_TRAIL) = commands("Revoke again")
(START,) = commands("Start all functions")
(GUARD_THE_TRAIL,) = commands("The trail's own policy")


@pytest.fixture
def to_restore(aws_cli, build):
    """Deploy to a separate AWS, because the test replaces its tables."""
    with aws_running(build) as endpoint:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        yield Deployed(operator, operator.deploy())


def paste(deployed, text, *, folder=ROOT, **variables):
    """Return the output of the commands, in a shell with the functions that the page defines."""
    operator = deployed.operator
    path = f"{operator.aws_cli}:{operator.environment['PATH']}"
    process = subprocess.run(
        ["sh", "-e"],
        cwd=folder,
        input=f"{DEFINED}\n{text}",
        env=operator.environment | {"PATH": path} | variables,
        capture_output=True,
        encoding="utf-8",
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def refusal_status(call, *arguments, **body):
    """Make a call that must be refused, and return the status."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(*arguments, **body)
    with refusal.value as error:
        return error.code


def alice_item(deployed, table):
    key = {"pk": {"S": "MEMBER#alice"}, "sk": {"S": "MEMBER"}}
    return deployed.client("dynamodb").get_item(TableName=table, Key=key)["Item"]


def table_settings(deployed):
    """Return the state table's settings of the foundation's template that the local AWS
    restores."""
    dynamodb = deployed.client("dynamodb")
    table = dynamodb.describe_table(TableName="daypass-state")["Table"]
    response = dynamodb.describe_continuous_backups(TableName="daypass-state")
    copied = ("TableName", "TableArn", "KeySchema", "DeletionProtectionEnabled")
    return {name: table[name] for name in copied} | {
        "indexes": {
            index["IndexName"]: index["KeySchema"] for index in table["GlobalSecondaryIndexes"]
        },
        "billing": table["BillingModeSummary"]["BillingMode"],
        "recovery": response["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
            "PointInTimeRecoveryStatus"
        ],
    }


def test_no_one_gets_a_session_from_a_restored_table_before_revocations_are_repeated(
    to_restore, tmp_path
):
    deployed = to_restore
    lena, alice = deployed.lena, deployed.add_member("alice")
    deployed.open_engagement("acme", "RestoredRole", "alice")
    assert session(deployed, alice, "acme")["credentials"]
    settings_before = table_settings(deployed)

    paste(deployed, RESTORE_BESIDE, MOMENT="2026-11-24T19:00:00Z")
    deployed.api(lena)("POST", "/v1/members/alice/revoke", reason="laptop lost")
    assert refusal_status(session, deployed, alice, "acme") == 403

    paste(deployed, STOP.removeprefix(DEFINED))
    functions = deployed.resources("AWS::Lambda::Function")
    assert set(STOP.splitlines()[-1].split()[1:]) == set(functions)
    assert set(START.split()[1:]) == set(functions)
    paste(deployed, SOME_ITEMS, folder=tmp_path, PK="MEMBER#alice", SK="MEMBER")
    assert alice_item(deployed, "daypass-state") == alice_item(deployed, "daypass-state-restored")
    paste(deployed, PUT_BACK)
    paste(deployed, PROTECT)
    assert table_settings(deployed) == settings_before
    assert "STOP" not in deployed.operator.output_of("doctor")
    assert refusal_status(session, deployed, alice, "acme") >= 429
    assert refusal_status(deployed.api(lena), "GET", "/v1/me") >= 429

    paste(deployed, ONE_LEAD)
    assert RECOVER_LEAD == "make recover-lead ID=lena LOST=1\n"
    code = CODE.findall(deployed.operator.output_of("recover-lead", ID="lena", LOST="1", YES="1"))[
        0
    ]
    assert '"ended":"all-done"' in paste(deployed, DRIFTED).replace(" ", "")

    paste(deployed, THE_API)
    assert refusal_status(deployed.api(lena), "GET", "/v1/me") == 401
    lena_again = deployed.enrol(code)
    # As the page warns: the restored table has lost her suspension.
    assert deployed.api(alice)("GET", "/v1/me")["member"]["id"] == "alice"
    assert refusal_status(session, deployed, alice, "acme") >= 429

    log_in_people(tmp_path, deployed.url(), {"lena": lena_again})
    commands = f"PATH='{tmp_path}/bin':$PATH\n{READ_THE_TRAIL}"
    home = str(tmp_path / "lena")
    trail = paste(deployed, commands, DAYPASS_HOME=home, MOMENT="2026-11-24T19:00:00Z")
    assert "member.revoke" in trail
    deployed.api(lena_again)("POST", "/v1/members/alice/revoke", reason="again, after a restore")

    paste(deployed, START)
    assert refusal_status(session, deployed, alice, "acme") == 403
    assert deployed.api(lena_again)("GET", "/v1/me")["member"]["id"] == "lena"


def test_the_trails_policy_is_restored_as_deployed(deployed):
    dynamodb = deployed.client("dynamodb")
    arn = dynamodb.describe_table(TableName="daypass-trail")["Table"]["TableArn"]
    as_deployed = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    missing_policy = "The table daypass-trail has no resource policy"
    assert missing_policy not in doctor_output(deployed)
    dynamodb.delete_resource_policy(ResourceArn=arn)
    assert missing_policy in doctor_output(deployed)

    paste(deployed, GUARD_THE_TRAIL)

    assert json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]) == as_deployed
    assert missing_policy not in doctor_output(deployed)


def doctor_output(deployed):
    return " ".join(deployed.operator.output_of("doctor").split())
