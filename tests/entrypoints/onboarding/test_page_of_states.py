"""The client's page shows the engagement's state, and near its end says what happens then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.emergencies import EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.life import EngagementState
from chalicelib.domain.values import Item
from tests.builders import a_grant, a_role
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.reading import PageText, change, shown
from tests.fakes import NOON

DAY = timedelta(days=1)
NO_GRANT = [a_grant(revoked_at=NOON), a_grant("sam", revoked_at=NOON)]
CASES: dict[str, tuple[dict[str, Any], Sequence[Item], str]] = {
    "invited": ({}, [a_role(verification=None)], "No role has passed its last check."),
    "proven": ({}, NO_GRANT, "At the moment, none of our consultants has access."),
    "active": ({}, [], "we have given at least one consultant access."),
    "ending": ({"ends_at": NOON + 14 * DAY}, [], "Our work ends within 14 days."),
    "over": ({"closed_at": NOON}, [], "Our work has ended, and we give no one a session."),
    "left": (
        {"closed_at": NOON - DAY, "access_removed_at": NOON},
        [],
        "every role refused us when we last checked.",
    ),
}
OPENED = "open a role themselves, for an hour at most. That has happened"
SOON = "Our work lasts until 8 December 2026, 12:00 UTC. After that we give no one a session"


@pytest.mark.parametrize("state", EngagementState)
def test_the_page_shows_the_state_in_one_line(api: Api, state: EngagementState) -> None:
    changes, items, sentence = CASES[state]
    change(api.world, Engagement, **changes)
    api.world.add(*items)
    text = PageText(shown(api).text).text
    assert text.count("State of our access") == 1
    _, _, line = text.partition("State of our access: ")
    assert line.startswith(f"{state.value}. ")
    assert sentence in line[:120]


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, f"{OPENED} once, on 24 November 2026, 12:00 UTC."), (3, f"{OPENED} 3 times, last on 24")],
)
def test_the_page_says_how_often_a_role_was_opened_in_an_emergency(
    api: Api, count: int, said: str
) -> None:
    assert OPENED not in PageText(shown(api).text).text
    api.world.add(
        EmergencyRecord(engagement="acme-prod", member="alice", count=count, last_at=NOON)
    )
    assert said in PageText(shown(api).text).text


@pytest.mark.parametrize(
    ("changes", "is_near"),
    [
        ({"ends_at": NOON + 14 * DAY}, True),
        ({"ends_at": NOON + 14 * DAY, "starts_at": NOON + DAY}, True),
        ({"ends_at": NOON + 15 * DAY}, False),
        ({"ends_at": NOON + 14 * DAY, "closed_at": NOON}, False),
    ],
)
def test_near_the_end_the_page_begins_with_what_happens_then(
    api: Api, changes: dict[str, Any], *, is_near: bool
) -> None:
    change(api.world, Engagement, **changes)
    text = PageText(shown(api).text).text
    assert (SOON in text) is is_near
    if is_near:
        assert text.index(SOON) < text.index("State of our access")
