"""The Sts port: the fake and the local AWS give the same answers for the same setup."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.policies.credential_actions import NO_CHAINING
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.adapters.scene import new_name
from tests.builders import a_probe
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.refusals import refusal_of, refused

RIGHT, WRONG = "daypass-right", "daypass-wrong"
SAFE = FakeRole(RIGHT)
PLAIN = FakeRole(RIGHT, allows_source_identity=False, allows_tags=False)
OPEN = FakeRole(RIGHT, requires_external_id=False)
IDENTITY = {"source_identity": "alice"}
TAGS = {"tags": (("DaypassMember", "alice"),)}


def terms(arn, **changes):
    fields = {
        "role_arn": arn,
        "external_id": RIGHT,
        "duration": 3600,
        "source_identity": "alice",
        "tags": (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod")),
        "session_policy": NO_CHAINING,
    }
    return Terms(**(fields | changes))


@every(
    "role, external_id, attributes, outcome",
    [
        (SAFE, RIGHT, {}, "accepted"),
        (SAFE, None, {}, "refused"),
        (SAFE, WRONG, {}, "refused"),
        (SAFE, RIGHT.upper(), {}, "refused"),
        (SAFE, RIGHT, IDENTITY, "accepted"),
        (SAFE, RIGHT, TAGS, "accepted"),
        (PLAIN, RIGHT, {}, "accepted"),
        (PLAIN, RIGHT, IDENTITY, "refused"),
        (PLAIN, RIGHT, TAGS, "refused"),
        (OPEN, RIGHT, {}, "accepted"),
        (OPEN, None, {}, "accepted"),
        (OPEN, WRONG, {}, "accepted"),
    ],
    name=new_name,
)
def test_a_probe_reports_whether_the_role_accepts_the_request(
    kit, name, role, external_id, attributes, outcome
):
    arn = kit.set_role(name, role)
    assert kit.ports.sts.probe(a_probe(arn, external_id, **attributes)) == outcome


@every(
    "role, external_id, result",
    [
        (SAFE, RIGHT, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (PLAIN, RIGHT, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (OPEN, WRONG, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (SAFE, WRONG, ProbeResult(ProbeOutcome.REFUSED)),
        (SAFE, RIGHT.upper(), ProbeResult(ProbeOutcome.REFUSED)),
    ],
    name=new_name,
)
def test_an_accepted_probe_reports_the_account(kit, name, role, external_id, result):
    """AWS reports the account to a session that has no permissions."""
    arn = kit.set_role(name, role)
    assert kit.ports.sts.probe_account(a_probe(arn, external_id)) == result


def test_the_broker_may_assume_any_clients_role(kit, name):
    """Only the broker's own policies count, so the role may be missing or refuse the broker."""
    assert kit.ports.sts.may_assume(kit.set_role(name, SAFE)) is True
    assert kit.ports.sts.may_assume(f"arn:aws:iam::987654321098:role/{name}x") is True


def test_a_missing_role_refuses(kit, name):
    arn = f"arn:aws:iam::987654321098:role/{name}"
    assert kit.ports.sts.probe(a_probe(arn, RIGHT)) == "refused"
    error = refused(kit.ports.sts.issue, terms(arn), "alice.1")
    assert (type(error), error.reason) == (AwsRefused, "role-refused-daypass")
    assert error.aws_request_id


def test_a_session_is_issued_on_the_terms(kit, name):
    arn = kit.set_role(name, SAFE)
    credentials = kit.ports.sts.issue(terms(arn, duration=900), "alice.7f3k2m")
    assert (
        credentials.assumed_role_arn
        == f"arn:aws:sts::987654321098:assumed-role/{name}/alice.7f3k2m"
    )
    assert credentials.access_key_id.startswith("ASIA")
    assert credentials.expires_at.utcoffset() == timedelta(0)
    duration = credentials.expires_at - max(kit.ports.now(), datetime(2026, 1, 1, tzinfo=UTC))
    assert timedelta(seconds=890) < duration <= timedelta(seconds=901)


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        (SAFE, {"external_id": WRONG}),
        (PLAIN, {}),
        (PLAIN, {"source_identity": None}),
        (PLAIN, {"tags": ()}),
    ],
)
def test_a_session_on_terms_that_the_role_does_not_allow_is_refused(kit, name, role, changes):
    arn = kit.set_role(name, role)
    refusal = refusal_of(AwsRefused, kit.ports.sts.issue, terms(arn, **changes), "alice.1")
    assert refusal == "role-refused-daypass"


def test_a_role_without_attributes_accepts_terms_without_attributes(kit, name):
    arn = kit.set_role(name, PLAIN)
    assert kit.ports.sts.issue(terms(arn, source_identity=None, tags=()), "alice.1")
