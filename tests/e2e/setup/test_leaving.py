"""A client throws us out, with the commands that it was given and without us."""

from __future__ import annotations

import pytest

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup import ways_out as leaving
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.forms import script
from chalicelib.domain.verification.proof import Answer
from tests.domain.onboarding.setup.setups import EXTERNAL_ID, a_setup
from tests.e2e.setup.conftest import Aws
from tests.local.scene import Credentials, refusal

LET_IN = Answer.LET_IN


@pytest.fixture
def setup(aws: Aws, account_id: str) -> Setup:
    made = a_setup(
        role_arn=f"arn:aws:iam::{account_id}:role/ContractorRole",
        permissions=permissions.own(
            '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
        ),
        makes_boundary=True,
    )
    assert aws.run(script.script(made), account_id).returncode == 0
    return made


def come_in(aws: Aws, setup: Setup) -> Credentials:
    return aws.broker.enter(setup.role_arn, ExternalId=EXTERNAL_ID)


def can_look(session: Credentials) -> bool:
    return refusal(session.client("s3").list_buckets) is None


def run(aws: Aws, setup: Setup, number: int) -> None:
    done = aws.run("set -eu\n" + leaving.ways_out(setup)[number].commands, setup.account_id)
    assert (done.returncode, done.stderr) == (0, "")


def test_deleting_the_role_ends_everything_and_leaves_nothing(aws: Aws, setup: Setup) -> None:
    # Run twice, the script has left a boundary of two versions.
    assert aws.run(script.script(setup), setup.account_id).returncode == 0
    session = come_in(aws, setup)
    assert can_look(session)
    aws.iam(setup.account_id).attach_role_policy(
        RoleName=setup.role_name, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )
    run(aws, setup, 0)
    assert aws.sts.probe(setup.role_arn, external_id=EXTERNAL_ID) is Answer.REFUSED
    assert not can_look(session)
    assert aws.iam(setup.account_id).list_roles()["Roles"] == []
    assert aws.iam(setup.account_id).list_policies(Scope="Local")["Policies"] == []


def test_a_shut_door_lets_nobody_in_and_ends_no_session(aws: Aws, setup: Setup) -> None:
    session = come_in(aws, setup)
    run(aws, setup, 1)
    assert aws.sts.probe(setup.role_arn, external_id=EXTERNAL_ID) is Answer.REFUSED
    assert can_look(session)


def test_a_cut_off_ends_the_sessions_that_run(aws: Aws, setup: Setup) -> None:
    session = come_in(aws, setup)
    # Sessions and cut-offs have whole seconds: let one pass between them.
    done = aws.run("sleep 1.1\n" + leaving.ways_out(setup)[2].commands, setup.account_id)
    assert (done.returncode, done.stderr) == (0, "")
    assert not can_look(session)
    assert aws.sts.probe(setup.role_arn, external_id=EXTERNAL_ID) is LET_IN
