"""A client ends our access, with the commands that it was given and without us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.credential_actions import NO_CHAINING
from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup import removal as leaving
from chalicelib.domain.onboarding.setup.formats import script
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe
from tests.domain.onboarding.setup.specs import EXTERNAL_ID, a_spec
from tests.e2e.setup.conftest import Aws
from tests.e2e.setup.creating import by_plain
from tests.local.scene import FIRM, Credentials, new_role, refusal, trusting

LET_IN = ProbeOutcome.LET_IN
FROM_FIRM = trusting({"AWS": FIRM})


@pytest.fixture
def spec(aws: Aws, account_id: str) -> RoleSpec:
    made = a_spec(
        role_arn=f"arn:aws:iam::{account_id}:role/ContractorRole",
        permissions=permissions.own(
            '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
        ),
        makes_boundary=True,
    )
    by_plain(aws, made)
    return made


def come_in(aws: Aws, spec: RoleSpec) -> Credentials:
    return aws.broker.enter(spec.role_arn, ExternalId=EXTERNAL_ID)


def can_look(session: Credentials) -> bool:
    return refusal(session.client("s3").list_buckets) is None


def run(aws: Aws, spec: RoleSpec, number: int) -> None:
    done = aws.run("set -eu\n" + leaving.removal_options(spec)[number].commands, spec.account_id)
    assert (done.returncode, done.stderr) == (0, "")


def test_deleting_the_role_ends_everything_and_leaves_nothing(aws: Aws, spec: RoleSpec) -> None:
    # Run twice, the script has left a boundary of two versions.
    assert aws.run(script.script(spec), spec.account_id).returncode == 0
    session = come_in(aws, spec)
    assert can_look(session)
    aws.iam(spec.account_id).attach_role_policy(
        RoleName=spec.role_name, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )
    run(aws, spec, 0)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is ProbeOutcome.REFUSED
    assert not can_look(session)
    assert aws.iam(spec.account_id).list_roles()["Roles"] == []
    assert aws.iam(spec.account_id).list_policies(Scope="Local")["Policies"] == []


def test_a_shut_door_lets_nobody_in_and_ends_no_session(aws: Aws, spec: RoleSpec) -> None:
    session = come_in(aws, spec)
    run(aws, spec, 1)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is ProbeOutcome.REFUSED
    assert can_look(session)


@pytest.mark.parametrize(("seconds_after_the_issue", "ended"), [(-1, False), (0, True), (1, True)])
def test_a_cut_off_ends_the_sessions_that_were_issued_until_its_second(
    aws: Aws, spec: RoleSpec, seconds_after_the_issue: int, *, ended: bool
) -> None:
    issued = aws.broker.assume(spec.role_arn, ExternalId=EXTERNAL_ID, DurationSeconds=900)
    keys = issued["Credentials"]
    session = Credentials(
        aws.endpoint, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    assert can_look(session)
    second = keys["Expiration"] + timedelta(seconds=seconds_after_the_issue - 900)
    told = f"printf {second:%Y-%m-%dT%H:%M:%SZ}; : date"
    commands = leaving.removal_options(spec)[2].commands
    assert commands.count("date -u") == 1
    done = aws.run(commands.replace("date -u", told), spec.account_id)
    assert (done.returncode, done.stderr) == (0, "")
    assert can_look(session) is not ended


def test_a_cut_off_now_leaves_the_door_open(aws: Aws, spec: RoleSpec) -> None:
    session = come_in(aws, spec)
    run(aws, spec, 2)
    assert not can_look(session)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is LET_IN


@pytest.mark.parametrize(("policy", "given"), [({}, True), ({"Policy": NO_CHAINING}, False)])
def test_a_session_that_may_not_chain_takes_no_word_for_elsewhere_along(
    aws: Aws, account_id: str, policy: dict[str, str], *, given: bool
) -> None:
    """A signed token of who it is would be good outside AWS, where no cut-off is asked for."""
    role = new_role(aws.endpoint, account_id, trust=[FROM_FIRM])
    onward = new_role(aws.endpoint, account_id, trust=[trusting({"AWS": role})])
    session = aws.broker.enter(role, **policy)
    asked = {"Audience": ["https://elsewhere.example"], "SigningAlgorithm": "RS256"}
    error = refusal(session.client("sts").get_web_identity_token, **asked)
    assert (error is None) is given
    assert session.may(onward) is given
    assert can_look(session)
    if error is not None:
        assert error.code == "AccessDenied"
        assert "sts:GetWebIdentityToken" in error.message
