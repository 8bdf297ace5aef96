"""The list of unused grants: the rule, as a table, and the order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.overview import MAX_ROWS
from chalicelib.domain.engagements.unused import UnusedGrants, list_unused, may_be_unused
from tests.builders import AFTER, NOON, a_grant

DAY = timedelta(days=1)
OLD = NOON - 80 * DAY


def an_old_grant(member: str = "alice", **changes: Any) -> Grant:
    return a_grant(member, **({"created_at": OLD, "starts_at": OLD} | changes))


def unused(*grants: Grant, since: datetime = NOON - 89 * DAY, **uses: datetime) -> UnusedGrants:
    last_uses = {("acme-prod", member): at for member, at in uses.items()}
    return list_unused(grants, last_uses, searched_from=since, now=NOON)


@pytest.mark.parametrize(
    ("grant", "last_use", "searched", "is_unused"),
    [
        (an_old_grant(), None, 89, True),
        (an_old_grant(), 30, 89, True),
        (an_old_grant(), 29.9, 89, False),
        (an_old_grant(), 0, 89, False),
        # Daypass claims nothing about days that it did not search.
        (an_old_grant(), None, 30, True),
        (an_old_grant(), None, 29.9, False),
        # A grant counts as used when it was created and when it starts.
        (an_old_grant(created_at=NOON - 29 * DAY), None, 89, False),
        (an_old_grant(starts_at=NOON - 29 * DAY), None, 89, False),
        (an_old_grant(starts_at=NOON + DAY), None, 89, False),
    ],
)
def test_a_grant_without_a_use_for_thirty_days_is_unused(
    grant: Grant,
    last_use: float | None,
    searched: float,
    is_unused: bool,  # noqa: FBT001
) -> None:
    uses = {} if last_use is None else {"alice": NOON - last_use * DAY}
    listed = unused(grant, since=NOON - searched * DAY, **uses)
    assert listed.count == len(listed.rows) == is_unused


@pytest.mark.parametrize(
    ("changes", "may_be"),
    [
        ({}, True),
        ({"revoked_at": NOON - DAY}, False),
        ({"ends_at": NOON}, False),
        ({"ends_at": AFTER}, True),
        ({"created_at": NOON - 30 * DAY}, True),
        ({"created_at": NOON - 29 * DAY}, False),
        ({"starts_at": NOON - 29 * DAY}, False),
        ({"starts_at": NOON + DAY}, False),
    ],
)
def test_only_a_grant_of_thirty_days_that_has_not_ended_may_be_unused(
    changes: dict[str, Any],
    may_be: bool,  # noqa: FBT001
) -> None:
    assert may_be_unused(an_old_grant(**changes), NOON) is may_be


def test_the_longest_unused_comes_first_and_what_a_lead_kept_lately_last() -> None:
    kept = {"reviewed_at": NOON - 29 * DAY, "reviewed_by": "lena"}
    listed = unused(
        an_old_grant("kept", **kept),
        an_old_grant("once"),
        an_old_grant("carol"),
        an_old_grant("bob"),
        an_old_grant("kept-before", **(kept | {"reviewed_at": NOON - 30 * DAY})),
        once=NOON - 40 * DAY,
    )
    assert [row.member for row in listed.rows] == ["bob", "carol", "kept-before", "once", "kept"]
    assert [row.last_used_at for row in listed.rows] == [None] * 3 + [NOON - 40 * DAY, None]


def test_the_count_has_all_and_the_rows_are_bounded() -> None:
    listed = unused(*(an_old_grant(f"m-{number:03}") for number in range(MAX_ROWS + 5)))
    assert (listed.count, len(listed.rows)) == (MAX_ROWS + 5, MAX_ROWS)


def test_another_engagement_is_no_use_of_this_grant() -> None:
    elsewhere = replace(an_old_grant(), engagement="globex")
    listed = unused(elsewhere, alice=NOON)
    assert [row.engagement for row in listed.rows] == ["globex"]
