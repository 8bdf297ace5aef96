"""Sweep turns round once an engagement is over: then the client's roles should refuse us."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import SCHEDULE, Action, Outcome
from tests.builders import (
    AFTER,
    ROLE_ARN,
    an_engagement,
)
from tests.fakes import NOON
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.sweep.sweeps import DAY, Sweeping, a_sweep

# An engagement that is over: the check turns round.


def over(sweeping: Sweeping, **changes: Any) -> None:
    sweeping.world.add(an_engagement(**({"ends_at": NOON} | changes)))


LEFT = ("engagement.leave", "acme-prod", "")
STILL_IN = ("still-let-in", "acme-prod", "")


@pytest.mark.parametrize(
    "ended", [{"ends_at": NOON}, {"ends_at": AFTER, "closed_at": NOON},
              {"ends_at": AFTER, "revoked_at": NOON}], ids=["ended", "closed", "revoked"],
)  # fmt: skip
def test_the_closing_statement_is_made_once(ended: dict[str, Any]) -> None:
    sweeping = a_sweep()
    over(sweeping, **ended)
    del sweeping.world.roles[ROLE_ARN]

    swept = [
        sweeping.run().access_removed for _ in range(3) if sweeping.world.later(days=1) is None
    ]

    assert swept == [1, 0, 0]
    assert sweeping.news() == [LEFT]
    statements = [
        entry
        for entry in sweeping.world.entries
        if (entry.action, entry.outcome) == (Action.ENGAGEMENT_LEAVE, Outcome.DONE)
    ]
    assert [entry.actor for entry in statements] == [SCHEDULE]
    place = sweeping.ports.state.get(Engagement, "acme-prod")
    assert place is not None
    assert place.access_removed_at == NOON + DAY


def test_while_we_are_still_let_in_it_is_told_once_a_day() -> None:
    sweeping = a_sweep()
    sweeping.run()
    over(sweeping)
    for _ in range(72):
        sweeping.world.later(hours=1)
        sweeping.run()
    assert sweeping.news() == [STILL_IN] * 3

    del sweeping.world.roles[ROLE_ARN]
    sweeping.world.later(days=1)
    assert sweeping.run().access_removed == 1
    assert sweeping.news() == [*[STILL_IN] * 3, LEFT]


def test_an_engagement_without_any_role_needs_no_statement() -> None:
    sweeping = a_sweep()
    sweeping.world.add(an_engagement("umbrella", ends_at=NOON))

    swept = sweeping.run()

    assert (swept.engagements, swept.access_removed) == (5, 0)
    assert not sweeping.news()
    assert not [e for e in sweeping.world.entries if e.engagement == "umbrella"]


def test_unanswered_is_not_shut() -> None:
    sweeping = a_sweep()
    over(sweeping)
    del sweeping.world.roles[ROLE_ARN]

    swept = sweeping.run(sts=Unanswered(sweeping.world, ROLE_ARN))

    assert sweeping.news() == [("daily-check", "acme-prod", "")]
    assert (swept.access_removed, swept.unchecked, swept.checked) == (0, 1, 3)
    sweeping.world.later(days=1)
    assert sweeping.run().access_removed == 1


@pytest.mark.parametrize(
    ("meanwhile", "left", "news"),
    [
        ({"closed_at": NOON, "client": "ACME"}, 1, LEFT),
        ({}, 0, ("daily-check", "acme-prod", "")),
    ],
    ids=["renamed: made at the second try", "reopened: not made"],
)
def test_a_statement_that_meets_a_change(
    meanwhile: dict[str, Any], left: int, news: tuple[str, str, str]
) -> None:
    sweeping = a_sweep()
    over(sweeping, ends_at=AFTER, closed_at=NOON)
    del sweeping.world.roles[ROLE_ARN]
    edit = {"ends_at": AFTER, "version": 2} | meanwhile
    sweeping.world.just_before("change", lambda: over(sweeping, **edit))

    swept = sweeping.run()

    assert (swept.access_removed, swept.unchecked, swept.checked) == (left, 1 - left, 3)
    assert sweeping.news() == [news]
