"""Whatever ends a run, the next goes on with it: nobody is skipped, nobody blocks the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.domain.verification.schedule import next_due_check
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.verification.sweep import (
    OUR_MISTAKE,
    TIME_FOR_A_ROLE,
    RunEnd,
)
from chalicelib.usecases.verification.verify import verify
from tests.builders import ROLE_ARN, a_verification
from tests.fakes import NOON
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import (
    DAY,
    HOUR,
    IN_TURN,
    Killed,
    Sweeping,
    a_drift,
    a_sweep,
    at_step,
    countdown,
    done_until,
    raiser,
    steps_of_a_run,
    with_a_second_role,
)

DRIFTED = ("role-drifted", "acme-prod", "readonly")


@pytest.mark.parametrize("finished", range(5))
def test_a_run_stops_in_good_time_and_the_next_goes_on_there(finished: int) -> None:
    sweeping = a_sweep()
    # It is asked for once before an engagement, and once before its role.
    swept = sweeping.run(left=countdown(*[TIME_FOR_A_ROLE] * 2 * finished, TIME_FOR_A_ROLE - 0.1))

    assert sweeping.checked() == IN_TURN[:finished]
    assert swept.engagements == finished
    assert swept.ended is (RunEnd.ALL_DONE if finished == 4 else RunEnd.OUT_OF_TIME)
    turns = [next_due_check(place, NOON - DAY) for place in IN_TURN]
    assert done_until(sweeping) == ([None, *turns])[finished]
    sweeping.world.later(minutes=1)
    sweeping.run()
    assert sweeping.checked() == IN_TURN[finished:]
    assert not sweeping.news()


def test_an_engagement_that_is_stopped_between_two_roles_is_gone_on_with() -> None:
    sweeping = a_sweep()
    sweeping.run()
    sweeping.world.later(hours=5)
    with_a_second_role(sweeping)

    swept = sweeping.run(left=countdown(300, 300, 59))

    assert (swept.engagements, swept.checked, swept.ended) == (0, 1, RunEnd.OUT_OF_TIME)
    done, left = sweeping.role(name="deploy"), sweeping.role()
    sweeping.world.later(minutes=1)
    swept = sweeping.run()
    assert (swept.engagements, swept.checked) == (1, 1)
    assert sweeping.role(name="deploy") == done
    assert sweeping.role().version == left.version + 1
    assert not sweeping.news()


def test_a_role_that_somebody_has_checked_since_its_turn_is_not_asked_again() -> None:
    sweeping = caught_up()
    verify(sweeping.ports, sweeping.scene.caller(), "acme-prod", "readonly")
    before = sweeping.role()
    sweeping.world.later(minutes=1)
    swept = sweeping.run()
    assert (swept.engagements, swept.checked) == (1, 0)
    assert sweeping.role() == before


@pytest.mark.parametrize(
    "known",
    [
        a_verification(checked_at=NOON + 4 * HOUR),
        a_verification(checked_at=NOON + 5 * HOUR, role_arn="arn:aws:iam::987654321098:role/Other"),
        a_verification(checked_at=NOON + 5 * HOUR, external_id="daypass-before"),
    ],
    ids=["before its turn", "as another role", "with another external ID"],
)
def test_what_was_checked_before_or_as_something_else_is_asked_again(known: Verification) -> None:
    sweeping = caught_up()
    sweeping.world.add(replace(sweeping.role(), verification=known))
    assert sweeping.run().checked == 1


def test_a_role_in_which_nothing_answers_is_given_up_after_four_probes() -> None:
    """So many calls to AWS are what the time for a role is reckoned for."""
    sweeping = a_sweep()
    sts = Probing(sweeping.world, lambda _: ProbeOutcome.UNKNOWN)

    swept = sweeping.run(sts=sts)

    assert [probe.role_arn for probe in sts.sent].count(ROLE_ARN) == 4
    assert not sts.asked_about_us
    assert swept.unchecked == 4


@pytest.mark.parametrize("step", steps_of_a_run(a_drift()))
def test_a_run_that_is_killed_at_any_step_is_gone_on_with(step: int) -> None:
    sweeping = a_drift()
    at_step(sweeping.world, step, raiser(Killed()))
    with pytest.raises(Killed):
        sweeping.run()
    before = sweeping.checked()

    sweeping.world.later(hours=1)
    swept = sweeping.run()

    assert swept.ended is RunEnd.ALL_DONE
    assert {*before, *sweeping.checked()} == set(IN_TURN)
    assert swept.engagements >= 4 - len(before)
    assert sweeping.news() == [DRIFTED]
    assert sweeping.vends() is Reason.ROLE_UNVERIFIED


# Later it is nearly always one whose turn has just come, and not yesterday's. Here it is
# acme-prod, on the weekday of its full check.
def caught_up() -> Sweeping:
    sweeping = a_sweep()
    sweeping.run()
    sweeping.world.steps.clear()
    sweeping.world.later(hours=5)
    return sweeping


@pytest.mark.parametrize("step", steps_of_a_run(caught_up()))
def test_records_that_do_not_answer_end_the_run_and_the_next_goes_on(step: int) -> None:
    sweeping = caught_up()
    error = Unavailable(Reason.RECORDS_UNAVAILABLE)
    at_step(sweeping.world, step, raiser(error))
    try:
        assert sweeping.run().ended is RunEnd.RECORDS_UNAVAILABLE
    except Unavailable as raised:
        sweeping.failures.append(raised)
    assert sweeping.failures == [error]

    sweeping.world.later(hours=1)

    swept = sweeping.run()
    assert (swept.engagements, swept.ended) == (1, RunEnd.ALL_DONE)
    at = sweeping.checked_at("acme-prod")
    assert at is not None
    assert at >= next_due_check("acme-prod", NOON)
    assert not sweeping.news()


@pytest.mark.parametrize(
    "step", steps_of_a_run(a_sweep(), "read sweep", "read engagements", "save")
)
def test_a_bug_in_one_engagement_keeps_no_other_from_being_checked(step: int) -> None:
    sweeping = a_sweep()
    bug = ZeroDivisionError("a secret that a bug's text may hold")
    at_step(sweeping.world, step, raiser(bug))

    swept = sweeping.run()

    assert sweeping.failures == [bug]
    assert (swept.engagements, swept.unchecked, swept.ended) == (3, 1, RunEnd.ALL_DONE)
    ((what, engagement, _),) = sweeping.news()
    assert (what, sweeping.why_unchecked()) == ("daily-check", [OUR_MISTAKE])
    assert {engagement, *sweeping.checked()} == set(IN_TURN)


gaps = st.one_of(st.integers(1, 90), st.integers(90, 1500), st.integers(1500, 6000)).map(
    lambda minutes: timedelta(minutes=minutes)
)
troubles = st.one_of(
    st.just(("none", 0)),
    st.just(("none", 0)),
    st.tuples(st.sampled_from(["killed", "another run", "records"]), st.integers(0, 80)),
    st.tuples(st.just("out of time"), st.integers(0, 8)),
)


def run(sweeping: Sweeping, trouble: str, when: int) -> RunEnd | None:
    """How the run ends; None if it was killed, or could not begin."""
    if trouble == "out of time":
        return sweeping.run(left=countdown(*[300.0] * when, 0.0)).ended
    if trouble == "killed":
        at_step(sweeping.world, when, raiser(Killed()))
    if trouble == "records":
        at_step(sweeping.world, when, raiser(Unavailable(Reason.RECORDS_UNAVAILABLE)))
    if trouble == "another run":
        at_step(sweeping.world, when, sweeping.run)
    try:
        return sweeping.run().ended
    except (Killed, Unavailable):
        return None
    finally:
        sweeping.world.before = None


def after(*minutes: int) -> list[tuple[timedelta, tuple[str, int]]]:
    """Runs after these gaps, with no trouble at all."""
    return [(timedelta(minutes=one), ("none", 0)) for one in minutes]


@settings(max_examples=60)
@given(st.lists(st.tuples(gaps, troubles), min_size=1, max_size=15))
@example(after(1, 1715, 1440))  # two turns have passed, and the check was between them
def test_each_is_checked_in_every_day_and_gap(
    plan: list[tuple[timedelta, tuple[str, int]]],
) -> None:
    """Once a run comes to its end there is none that was not checked in the day before, except
    for one that was told of. So between two checks there is a day, and what it took until then.
    """
    sweeping = a_sweep()
    for gap, (trouble, when) in plan:
        sweeping.world.clock += gap
        ended = run(sweeping, trouble, when)
        event(f"{trouble}: {ended}")
        if ended is RunEnd.ALL_DONE:
            since = sweeping.world.clock - DAY
            told = {
                entry.engagement
                for entry in sweeping.world.entries
                if entry.action is Action.DAILY_CHECK and entry.at > since
            }
            late = {
                place
                for place in IN_TURN
                if (at := sweeping.checked_at(place)) is None or at <= since
            }
            assert late <= told
