"""The Sts port: the fake and the local AWS, set up the same, answer the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.credential_actions import NO_CHAINING
from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.adapters.scene import Kit
from tests.builders import a_probe
from tests.fakes import FakeRole

RIGHT, WRONG = "daypass-right", "daypass-wrong"
GOOD = FakeRole(RIGHT)
BARE = FakeRole(RIGHT, allows_source_identity=False, allows_tags=False)
OPEN = FakeRole(RIGHT, requires_external_id=False)
IDENTITY: dict[str, Any] = {"source_identity": "alice"}
TAGS: dict[str, Any] = {"tags": (("DaypassMember", "alice"),)}


def terms(arn: str, **changes: Any) -> Terms:
    facts = {
        "role_arn": arn,
        "external_id": RIGHT,
        "duration": 3600,
        "source_identity": "alice",
        "tags": (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod")),
        "session_policy": NO_CHAINING,
    }
    return Terms(**(facts | changes))


@pytest.mark.parametrize(
    ("role", "external_id", "more", "answer"),
    [
        (GOOD, RIGHT, {}, ProbeOutcome.ACCEPTED),
        (GOOD, None, {}, ProbeOutcome.REFUSED),
        (GOOD, WRONG, {}, ProbeOutcome.REFUSED),
        (GOOD, RIGHT.upper(), {}, ProbeOutcome.REFUSED),
        (GOOD, RIGHT, IDENTITY, ProbeOutcome.ACCEPTED),
        (GOOD, RIGHT, TAGS, ProbeOutcome.ACCEPTED),
        (BARE, RIGHT, {}, ProbeOutcome.ACCEPTED),
        (BARE, RIGHT, IDENTITY, ProbeOutcome.REFUSED),
        (BARE, RIGHT, TAGS, ProbeOutcome.REFUSED),
        (OPEN, RIGHT, {}, ProbeOutcome.ACCEPTED),
        (OPEN, None, {}, ProbeOutcome.ACCEPTED),
        (OPEN, WRONG, {}, ProbeOutcome.ACCEPTED),
    ],
)
def test_a_probe_shows_whether_the_role_accepts_it(
    kit: Kit, name: str, role: FakeRole, external_id: str | None, more: Any, answer: ProbeOutcome
) -> None:
    arn = kit.set_role(name, role)
    assert kit.ports.sts.probe(a_probe(arn, external_id, **more)) is answer


@pytest.mark.parametrize(
    ("role", "external_id", "arrival"),
    [
        (GOOD, RIGHT, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (BARE, RIGHT, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (OPEN, WRONG, ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")),
        (GOOD, WRONG, ProbeResult(ProbeOutcome.REFUSED)),
        (GOOD, RIGHT.upper(), ProbeResult(ProbeOutcome.REFUSED)),
    ],
)
def test_an_accepted_probe_names_the_account(
    kit: Kit, name: str, role: FakeRole, external_id: str, arrival: ProbeResult
) -> None:
    """By AWS itself, through a session that may do nothing."""
    arn = kit.set_role(name, role)
    assert kit.ports.sts.arrive(a_probe(arn, external_id)) == arrival


def test_the_broker_may_ask_for_any_clients_role(kit: Kit, name: str) -> None:
    """Even for one that refuses it, or is not there: this is about our side alone."""
    assert kit.ports.sts.may_ask(kit.set_role(name, GOOD)) is True
    assert kit.ports.sts.may_ask(f"arn:aws:iam::987654321098:role/{name}x") is True


def test_a_missing_role_refuses(kit: Kit, name: str) -> None:
    arn = f"arn:aws:iam::987654321098:role/{name}"
    assert kit.ports.sts.probe(a_probe(arn, RIGHT)) is ProbeOutcome.REFUSED
    with pytest.raises(AwsRefused) as refused:
        kit.ports.sts.issue(terms(arn), "alice.1")
    assert refused.value.reason is Reason.ROLE_REFUSED_DAYPASS


def test_a_session_is_issued_on_the_terms(kit: Kit, name: str) -> None:
    arn = kit.set_role(name, GOOD)
    response = kit.ports.sts.issue(terms(arn, duration=900), "alice.7f3k2m")
    assert (
        response.assumed_role_arn == f"arn:aws:sts::987654321098:assumed-role/{name}/alice.7f3k2m"
    )
    assert response.access_key_id.startswith("ASIA")
    assert response.expires_at.utcoffset() == timedelta(0)
    left = response.expires_at - max(kit.ports.now(), datetime(2026, 1, 1, tzinfo=UTC))
    assert timedelta(seconds=890) < left <= timedelta(seconds=901)


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        (GOOD, {"external_id": WRONG}),
        (BARE, {}),
        (BARE, {"source_identity": None}),
        (BARE, {"tags": ()}),
    ],
)
def test_a_request_that_the_role_does_not_allow_is_refused(
    kit: Kit, name: str, role: FakeRole, changes: dict[str, Any]
) -> None:
    arn = kit.set_role(name, role)
    with pytest.raises(AwsRefused) as refused:
        kit.ports.sts.issue(terms(arn, **changes), "alice.1")
    assert refused.value.reason is Reason.ROLE_REFUSED_DAYPASS


def test_a_bare_role_takes_bare_terms(kit: Kit, name: str) -> None:
    arn = kit.set_role(name, BARE)
    assert kit.ports.sts.issue(terms(arn, source_identity=None, tags=()), "alice.1")
