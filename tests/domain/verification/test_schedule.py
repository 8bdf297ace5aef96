"""Each engagement has one due check a day, in a fixed order, whatever happens to the runs."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chalicelib.domain.verification.schedule import (
    DAY,
    compute_check_time,
    find_next_due_time,
    is_full_check_due,
    list_due_checks,
)
from tests.builders import a_verification
from tests.fakes import HOUR, NOON

usual = settings(max_examples=100)

ids = st.lists(st.text("abcxyz0189-", min_size=1, max_size=9), min_size=1, max_size=12, unique=True)
gaps = st.one_of(st.integers(0, 2), st.integers(3, 30), st.integers(30, 900)).flatmap(
    lambda hours: st.integers(0, 3599).map(lambda s: timedelta(hours=hours, seconds=s))
)
# The number of due checks that a run completes; mostly all.
ends = st.one_of(st.just(1000), st.just(1000), st.integers(0, 5))
runs = st.lists(st.tuples(gaps, ends), min_size=1, max_size=30)


def test_one_of_seven_daily_checks_is_full_and_the_weekdays_are_spread():
    days = Counter()
    for number in range(700):
        engagement = f"client-{number}"
        due_checks = [find_next_due_time(engagement, NOON + day * DAY) for day in range(21)]
        last, full = due_checks[0], []
        for due_check in due_checks[1:]:
            proof = a_verification(full_check_at=last)
            if is_full_check_due(proof, engagement, due_check):
                last = due_check
                full.append(due_check)
        assert [later - earlier for earlier, later in pairwise(full)] == [7 * DAY] * (len(full) - 1)
        days[full[0].weekday()] += 1
    assert set(days) == set(range(7))
    assert max(days.values()) < 2 * 100


def test_the_check_times_are_spread_over_the_day():
    hours = Counter(compute_check_time(f"client-{number}") // HOUR for number in range(1000))

    assert set(hours) == set(range(24))
    assert max(hours.values()) < 2 * 1000 / 24
    assert min(hours.values()) > 1000 / 24 / 2


def test_the_check_time_is_the_same_in_every_process():
    """Python's hash() differs between processes."""
    assert compute_check_time("acme-prod") == timedelta(hours=16, minutes=35, seconds=22)


@usual
@given(ids, runs)
def test_a_completed_run_leaves_no_engagement_unchecked_for_a_day(engagements, plan):
    now, done_until = NOON, None
    checked = {}
    for gap, limit in plan:
        now += gap
        due_checks = list_due_checks(engagements, done_until, now)
        for due_check in due_checks[:limit]:
            checked |= dict.fromkeys(due_check.engagements, now)
            done_until = due_check.at
        if limit >= len(due_checks):
            event("a run to the end")
            assert all(checked[engagement] > now - DAY for engagement in engagements)


@usual
@given(ids, runs)
def test_no_engagement_is_checked_twice_before_all_were_checked(engagements, plan):
    now, done_until = NOON, None
    order = []
    for gap, limit in plan:
        now += gap
        for due_check in list_due_checks(engagements, done_until, now)[:limit]:
            assert due_check.at <= now
            order += due_check.engagements
            done_until = due_check.at
    around = sorted(
        engagements, key=lambda engagement: (compute_check_time(engagement), engagement)
    )
    after = dict(pairwise([*around, around[0]]))
    event(f"{len(order) // len(engagements)} full cycles")
    assert all(after[earlier] == other for earlier, other in pairwise(order))


@usual
@given(ids, gaps, gaps)
def test_a_run_checks_no_engagement_twice(engagements, gap, more):
    for done_until in (None, NOON - gap - more):
        due_checks = list_due_checks(engagements, done_until, NOON)
        taken = Counter(each for due_check in due_checks for each in due_check.engagements)
        assert {*taken.values()} <= {1}
