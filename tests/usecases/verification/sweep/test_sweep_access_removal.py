"""Sweep checks after an engagement's end that the client's roles refuse Daypass."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import SCHEDULE, Action, Outcome
from tests.builders import (
    AFTER,
    ROLE_ARN,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.sweep.sweeps import DAY, Sweeping, a_sweep


def end(sweeping: Sweeping, **changes: Any) -> None:
    sweeping.world.add(an_engagement(**({"ends_at": NOON} | changes)))


REMOVED = ("engagement.leave", "acme-prod", "")
REMAINS = ("still-let-in", "acme-prod", "")


@every("ended", [{"ends_at": NOON}, {"ends_at": AFTER, "closed_at": NOON},
              {"ends_at": AFTER, "revoked_at": NOON}])  # fmt: skip
def test_the_removal_of_access_is_stated_once(ended: dict[str, Any]) -> None:
    sweeping = a_sweep()
    end(sweeping, **ended)
    del sweeping.world.roles[ROLE_ARN]

    summary = [
        sweeping.run().access_removed for _ in range(3) if sweeping.world.later(days=1) is None
    ]

    assert summary == [1, 0, 0]
    assert sweeping.notifications() == [REMOVED]
    statements = [
        entry
        for entry in sweeping.world.entries
        if (entry.action, entry.outcome) == (Action.ENGAGEMENT_LEAVE, Outcome.DONE)
    ]
    assert [entry.actor for entry in statements] == [SCHEDULE]
    engagement = sweeping.ports.state.get(Engagement, "acme-prod")
    assert engagement.access_removed_at == NOON + DAY


def test_remaining_access_is_notified_once_a_day() -> None:
    sweeping = a_sweep()
    sweeping.run()
    end(sweeping)
    for _ in range(72):
        sweeping.world.later(hours=1)
        sweeping.run()
    assert sweeping.notifications() == [REMAINS] * 3

    del sweeping.world.roles[ROLE_ARN]
    sweeping.world.later(days=1)
    assert sweeping.run().access_removed == 1
    assert sweeping.notifications() == [*[REMAINS] * 3, REMOVED]


def test_an_engagement_without_roles_gets_no_statement() -> None:
    sweeping = a_sweep()
    sweeping.world.add(an_engagement("umbrella", ends_at=NOON))

    summary = sweeping.run()

    assert (summary.engagements, summary.access_removed) == (5, 0)
    assert not sweeping.notifications()
    assert not [e for e in sweeping.world.entries if e.engagement == "umbrella"]


def test_an_unanswered_probe_is_no_removal() -> None:
    sweeping = a_sweep()
    end(sweeping)
    del sweeping.world.roles[ROLE_ARN]

    summary = sweeping.run(sts=Unanswered(sweeping.world, ROLE_ARN))

    assert sweeping.notifications() == [("daily-check", "acme-prod", "")]
    assert (summary.access_removed, summary.unchecked, summary.checked) == (0, 1, 3)
    sweeping.world.later(days=1)
    assert sweeping.run().access_removed == 1


@every(
    "meanwhile, removed, notifications",
    [
        ({"closed_at": NOON, "client": "ACME"}, 1, REMOVED),
        ({}, 0, ("daily-check", "acme-prod", "")),
    ],
)
def test_a_change_during_the_check(
    meanwhile: dict[str, Any], removed: int, notifications: tuple[str, str, str]
) -> None:
    sweeping = a_sweep()
    end(sweeping, ends_at=AFTER, closed_at=NOON)
    del sweeping.world.roles[ROLE_ARN]
    edit = {"ends_at": AFTER, "version": 2} | meanwhile
    sweeping.world.just_before("change", lambda: end(sweeping, **edit))

    summary = sweeping.run()

    assert (summary.access_removed, summary.unchecked, summary.checked) == (removed, 1 - removed, 3)
    assert sweeping.notifications() == [notifications]
