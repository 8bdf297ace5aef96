"""The list of unused grants: the rule, the order, and the last uses of a day as text."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.overview import MAX_ROWS
from chalicelib.domain.engagements.unused import (
    MAX_CHARACTERS,
    DayUses,
    UnusedGrants,
    format_uses,
    format_weekly,
    list_unused,
    may_be_unused,
)
from tests.builders import AFTER, NOON, a_grant
from tests.fakes import DAY
from tests.rows import every

OLD = NOON - 80 * DAY


def an_old_grant(member="alice", **changes):
    return a_grant(member, **({"created_at": OLD, "starts_at": OLD} | changes))


def unused(*grants, since=NOON - 89 * DAY, **uses):
    last_uses = {("acme-prod", member): at for member, at in uses.items()}
    return list_unused(grants, last_uses, searched_from=since, now=NOON)


@every(
    "grant, last_use, searched, is_unused",
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
def test_a_grant_without_a_use_for_thirty_days_is_unused(grant, last_use, searched, is_unused):
    uses = {} if last_use is None else {"alice": NOON - last_use * DAY}
    listed = unused(grant, since=NOON - searched * DAY, **uses)
    assert listed.count == len(listed.rows) == is_unused


@every(
    "changes, may_be",
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
def test_only_a_grant_of_thirty_days_that_has_not_ended_may_be_unused(changes, may_be):
    assert may_be_unused(an_old_grant(**changes), NOON) is may_be


def test_the_longest_unused_comes_first_and_what_a_lead_kept_lately_last():
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


def test_the_count_has_all_and_the_rows_are_bounded():
    listed = unused(*(an_old_grant(f"m-{number:03}") for number in range(MAX_ROWS + 5)))
    assert (listed.count, len(listed.rows)) == (MAX_ROWS + 5, MAX_ROWS)


def test_another_engagement_is_no_use_of_this_grant():
    elsewhere = replace(an_old_grant(), engagement="globex")
    listed = unused(elsewhere, alice=NOON)
    assert [row.engagement for row in listed.rows] == ["globex"]


IDS = st.from_regex(r"[a-z][a-z0-9]{1,31}", fullmatch=True)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def stored(text):
    return DayUses(day="2026-11-24", read_at=NOON, is_finished=True, text=text)


@settings(max_examples=20)
@given(st.dictionaries(st.tuples(IDS, IDS), st.tuples(MOMENTS, st.integers(1, 99))))
def test_the_uses_come_back_in_whole_seconds(uses):
    text = format_uses(uses)
    assert text.isascii()
    whole = {grant: (at.replace(microsecond=0), count) for grant, (at, count) in uses.items()}
    assert stored(text).parse_uses() == whole


@every("members, is_stored", [(5_980, True), (6_030, False)])
def test_too_many_uses_are_not_stored(members, *, is_stored):
    text = format_uses({("acme-prod", f"m{n:031}"): (NOON, 1) for n in range(members)})
    assert (text is not None) is is_stored
    assert len(text or "") <= MAX_CHARACTERS
    assert (stored(text).parse_uses() is not None) is is_stored


def test_a_day_is_kept_for_a_hundred_days():
    assert stored("{}").gone_after == NOON + 100 * DAY


def weekly(text):
    return UnusedGrants(taken_at=NOON, searched_from=NOON, count=0, weekly=text).parse_weekly()


def test_a_week_has_seven_days_and_the_last_one_has_today():
    days = [{("acme-prod", "alice"): (NOON, n), ("acme-prod", "bob"): (NOON, 1)} for n in range(20)]
    assert weekly(format_weekly(days)) == {"acme-prod": (77, 28)}
    assert weekly(format_weekly([*days, {("globex", "bob"): (NOON, 2)}]))["globex"] == (2, 0, 0)
    assert len(weekly(format_weekly(days * 9))["acme-prod"]) == 12


def test_too_little_or_too_much_is_not_known():
    assert weekly(format_weekly([{}] * 6)) is None
    assert weekly(format_weekly([{}] * 7)) == {}
    many = {(f"{n:040}", "alice"): (NOON, 1) for n in range(2000)}
    assert weekly(format_weekly([many] * 84)) is None
