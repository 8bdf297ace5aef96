"""`make permissions`, as the operator types it: the article's second step, for all clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from local.sample_accounts import ACME, FIRM, GLOBEX, ORGANIZATION, OTHER_ACCOUNTS
from tests.builders import a_scene
from tests.e2e.roles.deployed import Deployed
from tests.fakes import World
from tests.running import ROOT


def make_permissions(place: Deployed, **changes: str) -> tuple[int, str, str]:
    """The status, and what is printed on the two streams."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": place.aws.url,
        "AWS_ACCESS_KEY_ID": FIRM,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGION": "us-east-1",
        "PYTHONPATH": str(ROOT / ".chalice"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "operating.permissions"],
        cwd=ROOT,
        env=environment | changes,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def statement(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    (match,) = [item for item in policy["Statement"] if item["Sid"] == sid]
    return match


def test_the_operator_is_given_a_policy_that_names_every_clients_role(place: Deployed) -> None:
    place.begin_with(a_scene().world)

    status, printed, said = make_permissions(place)

    policy = json.loads(printed)
    assert status == 0, said
    enter = statement(policy, "EnterClients")
    assert enter["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    arns = [client.role_arn(client.roles[0]) for client in (ACME, GLOBEX)]
    assert sorted(enter["Resource"]) == sorted(arns)
    ours = [f"arn:aws:iam::{account}:role/*" for account in (FIRM, *OTHER_ACCOUNTS)]
    assert statement(policy, "NeverOurselves")["Resource"] == ours
    never = statement(policy, "NeverOurOrganization")
    assert never["Condition"]["StringEquals"] == {"aws:ResourceOrgID": ORGANIZATION}
    assert said.startswith("daypass-clients-1.json: Managed policy daypass-clients-1")


NOBODY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"REGION": ""}, "No region is set. Say which, as in: REGION="),
        (
            {"AWS_ACCESS_KEY_ID": "222233334444"},
            "There is no stack daypass-foundation in us-east-1: `make ",
        ),
        (NOBODY, "The AWS CLI cannot go on: Unable to locate credentials"),
        ({}, "There is no role that may still be vended from: nothing has to be permitted."),
    ],
    ids=["no region", "another account", "nobody", "no client"],
)
def test_who_cannot_be_given_one_is_told_why(
    place: Deployed, changes: dict[str, str], sentence: str
) -> None:
    place.begin_with(World())

    status, printed, said = make_permissions(place, **changes)

    assert (status, printed) == (1, "")
    assert said.startswith(f"Daypass: {sentence}")
    assert said.count("\n") == 1
