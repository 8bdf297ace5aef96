"""`make permissions`, as the operator runs it."""

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


def make_permissions(on_local_aws: Deployed, **changes: str) -> tuple[int, str, str]:
    """Return the exit status, stdout and stderr."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": on_local_aws.aws.url,
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


def test_the_policy_lists_every_clients_role(on_local_aws: Deployed) -> None:
    on_local_aws.fill_tables(a_scene().world)

    status, printed, errors = make_permissions(on_local_aws)

    policy = json.loads(printed)
    assert status == 0, errors
    assume = statement(policy, "EnterClients")
    assert assume["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    arns = [client.role_arn(client.roles[0]) for client in (ACME, GLOBEX)]
    assert sorted(assume["Resource"]) == sorted(arns)
    firm_roles = [f"arn:aws:iam::{account}:role/*" for account in (FIRM, *OTHER_ACCOUNTS)]
    assert statement(policy, "NeverOurselves")["Resource"] == firm_roles
    deny = statement(policy, "NeverOurOrganization")
    assert deny["Condition"]["StringEquals"] == {"aws:ResourceOrgID": ORGANIZATION}
    assert errors.startswith("daypass-clients-1.json: Managed policy daypass-clients-1")


NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"REGION": ""}, "No AWS region is set. Set it, as in: REGION="),
        (
            {"AWS_ACCESS_KEY_ID": "222233334444"},
            "There is no stack daypass-foundation in us-east-1. `make ",
        ),
        (NO_CREDENTIALS, "The AWS CLI failed: Unable to locate credentials"),
        ({}, "No engagement has a role in use, so no policy is needed."),
    ],
    ids=["no region", "another account", "no credentials", "no client"],
)
def test_an_error_explains_itself(
    on_local_aws: Deployed, changes: dict[str, str], sentence: str
) -> None:
    on_local_aws.fill_tables(World())

    status, printed, errors = make_permissions(on_local_aws, **changes)

    assert (status, printed) == (1, "")
    assert errors.startswith(f"Daypass: {sentence}")
    assert errors.count("\n") == 1
