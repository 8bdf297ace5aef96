"""Whose turn it is: once a day for each, in a fixed order, whatever becomes of the runs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chalicelib.domain.verification.schedule import (
    DAY,
    check_time,
    due,
    full_check_is_due,
    next_due_check,
)
from tests.builders import a_verification
from tests.fakes import NOON

usual = settings(max_examples=300)

ids = st.lists(st.text("abcxyz0189-", min_size=1, max_size=9), min_size=1, max_size=12, unique=True)
gaps = st.one_of(st.integers(0, 2), st.integers(3, 30), st.integers(30, 900)).flatmap(
    lambda hours: st.integers(0, 3599).map(lambda s: timedelta(hours=hours, seconds=s))
)
# How many turns a run comes to before something ends it; mostly to its end.
ends = st.one_of(st.just(1000), st.just(1000), st.integers(0, 5))
runs = st.lists(st.tuples(gaps, ends), min_size=1, max_size=30)


def test_of_seven_daily_checks_one_is_full_on_a_weekday_that_is_spread() -> None:
    days: Counter[int] = Counter()
    for number in range(700):
        place = f"client-{number}"
        turns = [next_due_check(place, NOON + day * DAY) for day in range(21)]
        last, full = turns[0], []
        for turn in turns[1:]:
            proof = a_verification(full_check_at=last)
            if full_check_is_due(proof, place, turn):
                last = turn
                full.append(turn)
        assert [later - one for one, later in pairwise(full)] == [7 * DAY] * (len(full) - 1)
        days[full[0].weekday()] += 1
    assert set(days) == set(range(7))
    assert max(days.values()) < 2 * 100


def test_the_turns_of_a_thousand_fill_the_day() -> None:
    hours = Counter(check_time(f"client-{number}") // timedelta(hours=1) for number in range(1000))

    assert set(hours) == set(range(24))
    assert max(hours.values()) < 2 * 1000 / 24
    assert min(hours.values()) > 1000 / 24 / 2


def test_a_turn_is_the_same_in_every_process() -> None:
    """Python's own hash() is another one in each."""
    assert check_time("acme-prod") == timedelta(hours=16, minutes=35, seconds=22)


@usual
@given(ids, runs)
def test_each_is_checked_in_every_day_and_gap(
    places: list[str], plan: list[tuple[timedelta, int]]
) -> None:
    """After a run that comes to its end there is none that was not checked in the day before it.

    So between two checks there is a day, and what it took until a run came to its end again.
    """
    now, done_until = NOON, None
    checked: dict[str, datetime] = {}
    for gap, most in plan:
        now += gap
        turns = due(places, done_until, now)
        for turn in turns[:most]:
            checked |= dict.fromkeys(turn.engagements, now)
            done_until = turn.at
        if most >= len(turns):
            event("a run to the end")
            assert all(checked[place] > now - DAY for place in places)


@usual
@given(ids, runs)
def test_nobody_has_a_second_turn_before_everybody_had_one(
    places: list[str], plan: list[tuple[timedelta, int]]
) -> None:
    now, done_until = NOON, None
    order: list[str] = []
    for gap, most in plan:
        now += gap
        for turn in due(places, done_until, now)[:most]:
            assert turn.at <= now
            order += turn.engagements
            done_until = turn.at
    around = sorted(places, key=lambda place: (check_time(place), place))
    after = dict(pairwise([*around, around[0]]))
    event(f"{len(order) // len(places)} rounds")
    assert all(after[one] == other for one, other in pairwise(order))


@usual
@given(ids, gaps, gaps)
def test_a_run_takes_nobody_twice(places: list[str], gap: timedelta, more: timedelta) -> None:
    for done_until in (None, NOON - gap - more):
        taken = [place for turn in due(places, done_until, NOON) for place in turn.engagements]
        assert len(taken) == len(set(taken))
