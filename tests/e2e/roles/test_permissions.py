"""`make permissions` prints the article's second step, the broker's policy, for all clients."""

import json
import os
import subprocess
import sys

import pytest

from local.sample_accounts import ACME, FIRM, GLOBEX, ORGANIZATION, OTHER_ACCOUNTS
from tests.builders import a_scene
from tests.fakes import World
from tests.running import ROOT


def make_permissions(deployment, **changes):
    """Return the exit status, stdout and stderr."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": deployment.aws.url,
        "AWS_ACCESS_KEY_ID": FIRM,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGION": "us-east-1",
        "PYTHONPATH": str(ROOT / ".chalice"),
    }
    process = subprocess.run(
        [sys.executable, "-m", "operating.permissions"],
        cwd=ROOT,
        env=environment | changes,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return process.returncode, process.stdout, process.stderr


def statement(policy, sid):
    (statement,) = [item for item in policy["Statement"] if item["Sid"] == sid]
    return statement


def test_make_permissions_prints_a_policy_that_names_every_clients_role(deployment):
    deployment.reset(a_scene().world)

    status, printed, errors = make_permissions(deployment)

    policy = json.loads(printed)
    assert status == 0, errors
    enter_clients = statement(policy, "EnterClients")
    assert enter_clients["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    arns = [client.role_arn(client.roles[0]) for client in (ACME, GLOBEX)]
    assert sorted(enter_clients["Resource"]) == sorted(arns)
    own_roles = [f"arn:aws:iam::{account}:role/*" for account in (FIRM, *OTHER_ACCOUNTS)]
    assert statement(policy, "NeverOurselves")["Resource"] == own_roles
    own_organization = statement(policy, "NeverOurOrganization")
    assert own_organization["Condition"]["StringEquals"] == {"aws:ResourceOrgID": ORGANIZATION}
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
        ({}, "No policy was printed, because no engagement has a role in use."),
    ],
    ids=["no region", "another account", "no credentials", "no client"],
)
def test_a_failure_prints_one_sentence(deployment, changes, sentence):
    deployment.reset(World())

    status, printed, errors = make_permissions(deployment, **changes)

    assert (status, printed) == (1, "")
    assert errors.startswith(f"Daypass: {sentence}")
    assert errors.count("\n") == 1
