"""Sweep: what a client has undone is found within a day, and nothing is vended from it then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Outcome
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.usecases.verification.sweep import RunEnd
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_verification,
    an_engagement,
    an_override,
)
from tests.fakes import NOON, FakeRole, World
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import DAY, IN_TURN, a_sweep

SAFE = FakeRole(EXTERNAL_ID)
DRIFTED = ("role-drifted", "acme-prod", "readonly")

# What the client has done, and some words of what the leads are told about it.
DRIFTS: dict[str, tuple[Callable[[World], Any], str]] = {
    "no longer demands the ID": (
        lambda world: world.roles.update({ROLE_ARN: replace(SAFE, demands_external_id=False)}),
        "can assume the role WITHOUT an external ID",
    ),
    "demands it in other case": (
        lambda world: world.roles.update({ROLE_ARN: FakeRole(EXTERNAL_ID.upper())}),
        "The trust policy has the external ID in a different letter case.",
    ),
    "has deleted the role": (
        lambda world: world.roles.pop(ROLE_ARN),
        "cannot assume the role with the right external ID",
    ),
    "turned the region off": (
        lambda world: world.roles.update({ROLE_ARN: replace(SAFE, region_disabled=True)}),
        "turned off in Daypass's region",
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_role_that_has_drifted_is_not_vended_from_any_more(drift: str) -> None:
    change, words = DRIFTS[drift]
    sweeping = a_sweep()
    assert sweeping.vends() is None
    change(sweeping.world)

    swept = sweeping.run()

    assert sweeping.vends() is Reason.ROLE_UNVERIFIED
    (told,) = sweeping.world.alerts
    assert (told.alert, told.engagement, told.role, told.at) == (*DRIFTED, NOON)
    assert words in told.text
    assert "Daypass does not vend from it" in told.text
    assert EXTERNAL_ID not in told.text
    proof = sweeping.role().verification
    assert proof is not None
    first = next(check for check in Check if proof.results.get(check) is Result.FAILED)
    assert CHECKS[first].failed in told.text
    certain = drift in ("demands it in other case", "turned the region off")
    assert not (certain and "likeliest" in told.text)
    assert (swept.checked, swept.drifted, swept.unchecked) == (4, 1, 0)


def test_the_news_is_told_once() -> None:
    sweeping = a_sweep()
    DRIFTS["has deleted the role"][0](sweeping.world)
    for _ in range(3):
        sweeping.run()
        sweeping.world.later(days=1)

    assert sweeping.news() == [DRIFTED]


def test_a_role_that_was_mended_is_vended_from_again_and_can_drift_again() -> None:
    sweeping = a_sweep()
    for _ in range(2):
        trust = sweeping.world.roles.pop(ROLE_ARN)
        sweeping.world.later(days=1)
        sweeping.run()
        sweeping.world.roles[ROLE_ARN] = trust
        sweeping.world.later(days=1)
        sweeping.run()
        assert sweeping.vends() is None

    assert sweeping.news() == [DRIFTED, DRIFTED]


def test_what_is_only_less_good_is_no_drift() -> None:
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = replace(SAFE, allows_tags=False, longest=900)

    sweeping.run()

    assert sweeping.vends() is None
    assert not sweeping.news()


def test_the_trail_says_that_it_was_the_schedule() -> None:
    sweeping = a_sweep()
    sweeping.run()

    assert {entry.actor for entry in sweeping.world.entries} == {SCHEDULE}
    done = [e for e in sweeping.world.entries if e.outcome is Outcome.DONE]
    assert [(e.action, e.engagement) for e in done] == [
        (Action.ROLE_VERIFY, place) for place in IN_TURN
    ]


def test_an_unanswered_probe_disproves_nothing_and_the_others_are_checked() -> None:
    sweeping = a_sweep()
    before = sweeping.role()
    sts = Probing(sweeping.world, lambda sent: ProbeOutcome.UNKNOWN if sent.number == 3 else None)

    swept = sweeping.run(sts=sts)

    assert sweeping.role() == before
    assert sweeping.vends() is None
    assert sweeping.news() == [("daily-check", "acme-prod", "readonly")]
    assert sweeping.checked() == ["hooli", "initech", "globex"]
    assert (swept.checked, swept.unchecked, swept.ended) == (3, 1, RunEnd.ALL_DONE)


@pytest.mark.parametrize(
    ("role", "is_probed"),
    [
        (a_role(verification=None), False),
        (a_role(verification=a_verification(results={})), True),
        (a_role(verification=None, override=an_override()), True),
        (a_role(verification=None, override=an_override(until=NOON)), False),
        (a_role(ended_at=BEFORE, verification=None), False),
    ],
    ids=["never checked", "failed", "overridden", "override that has run out", "ended"],
)
def test_a_role_that_the_client_has_not_made_yet_is_left_alone(
    role: Role, *, is_probed: bool
) -> None:
    sweeping = a_sweep()
    sweeping.world.add(role)
    sts = Probing(sweeping.world)

    sweeping.run(sts=sts)

    assert (ROLE_ARN in {probe.role_arn for probe in sts.sent}) is is_probed
    assert not sweeping.news()
    if not is_probed:
        assert sweeping.role() == role


def test_an_overridden_role_that_drifts_says_that_it_is_still_vended_from() -> None:
    sweeping = a_sweep()
    sweeping.world.add(a_role(override=an_override(until=NOON + DAY)))
    del sweeping.world.roles[ROLE_ARN]

    sweeping.run()

    (told,) = sweeping.world.alerts
    assert told.alert == "role-drifted"
    assert "still vended from until 2026-11-25T12:00:00Z" in told.text
    assert "Nothing is vended" not in told.text


def test_an_engagement_that_begins_later_is_checked_before_it_begins() -> None:
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(starts_at=NOON + DAY))
    del sweeping.world.roles[ROLE_ARN]

    sweeping.run()

    assert sweeping.news() == [DRIFTED]


def test_each_role_of_an_engagement_is_checked() -> None:
    sweeping = a_sweep()
    for name in ("admin", "deploy"):
        arn = f"arn:aws:iam::987654321098:role/{name}"
        sweeping.world.add(a_role(name, arn=arn, verification=a_verification(role_arn=arn)))

    swept = sweeping.run()

    assert swept.checked == 6
    assert sorted(sweeping.news()) == [
        ("role-drifted", "acme-prod", "admin"),
        ("role-drifted", "acme-prod", "deploy"),
    ]
    assert sweeping.vends() is None


def test_in_between_nothing_is_asked() -> None:
    sweeping = a_sweep()
    sweeping.run()
    steps = len(sweeping.world.steps)
    sweeping.world.later(hours=1)

    swept = sweeping.run()

    assert sweeping.world.steps[steps:] == ["read sweep", "read engagements"]
    assert (swept.engagements, swept.ended) == (0, RunEnd.ALL_DONE)
    sweeping.world.later(hours=4)
    assert sweeping.run().engagements == 1
    assert sweeping.checked() == ["acme-prod"]
