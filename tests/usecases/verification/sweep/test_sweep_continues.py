"""Whatever ends a run, the next one continues: no engagement is skipped or blocks the others."""

from datetime import timedelta

from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.schedule import find_next_due_time
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE, TOO_LONG
from chalicelib.usecases.verification.verify import MOST_RETIRED_IDS, verify_role
from tests.builders import ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import DAY, HOUR, MINUTE, NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import DOWN, killed
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    DRIFTED,
    a_drift,
    a_sweep,
    at_step,
    countdown,
    done_until,
    steps_of_a_run,
)


@every("finished", range(5))
def test_a_run_stops_in_time_and_the_next_continues_there(finished):
    sweeping = a_sweep()
    # The time is read once before an engagement, and once before its role.
    summary = sweeping.run(
        time_left=countdown(*[TIME_FOR_A_ROLE] * 2 * finished, TIME_FOR_A_ROLE - 0.1)
    )

    assert sweeping.checked() == BY_CHECK_TIME[:finished]
    assert summary.engagements == finished
    assert summary.ended == ("all-done" if finished == 4 else "out-of-time")
    due_at = [find_next_due_time(engagement, NOON - DAY) for engagement in BY_CHECK_TIME]
    assert done_until(sweeping) == ([None, *due_at])[finished]
    sweeping.run_later(minutes=1)
    assert sweeping.checked() == BY_CHECK_TIME[finished:]
    assert not sweeping.notifications()


def test_a_role_checked_since_its_check_time_is_not_checked_again():
    sweeping = after_a_full_run()
    verify_role(sweeping.ports, sweeping.scene.caller(), "acme-prod", "readonly")
    before = sweeping.role()
    summary = sweeping.run_later(minutes=1)
    assert (summary.engagements, summary.checked) == (1, 0)
    assert sweeping.role() == before


@every(
    "verification",
    [
        a_verification(checked_at=NOON + 4 * HOUR),
        a_verification(checked_at=NOON + 5 * HOUR, role_arn="arn:aws:iam::987654321098:role/Other"),
        a_verification(checked_at=NOON + 5 * HOUR, external_id="daypass-before"),
    ],
)
def test_an_outdated_check_is_repeated(verification):
    sweeping = after_a_full_run()
    sweeping.world.add(replace(sweeping.role(), verification=verification))
    assert sweeping.run().checked == 1


def test_an_unanswered_role_is_given_up_after_six_probes_which_disprove_nothing():
    """TIME_FOR_A_ROLE assumes this number of calls."""
    sweeping = a_sweep()
    before = sweeping.role()

    def unanswered(sent):
        return "unknown" if sent.role_arn == ROLE_ARN else None

    sts = Probing(sweeping.world, unanswered)

    summary = sweeping.run(sts=sts)

    assert [probe.role_arn for probe in sts.sent].count(ROLE_ARN) == 6
    assert not sts.simulated
    assert sweeping.role() == before
    assert sweeping.vends() is None
    assert sweeping.notifications() == [("daily-check", "acme-prod", "readonly")]
    assert sweeping.checked() == BY_CHECK_TIME[1:]
    assert (summary.checked, summary.unchecked, summary.ended) == (3, 1, "all-done")


@every("step, name", lambda: steps_of_a_run(a_drift()))
def test_a_run_killed_at_any_step_is_continued(step, name):
    sweeping = a_drift()
    with killed(sweeping.scene, step):
        sweeping.run()
    before = sweeping.checked()

    summary = sweeping.run_later(hours=1)

    assert summary.ended == "all-done"
    assert {*before, *sweeping.checked()} == set(BY_CHECK_TIME)
    assert summary.engagements >= 4 - len(before)
    assert sweeping.notifications() == [DRIFTED]
    assert sweeping.vends() == "role-unverified"


def limit_run(world, *, seconds, for_each_probe):
    """Return the time left of a run that begins now, and kill the run at its end."""
    end = world.clock + timedelta(seconds=seconds)

    def time_left():
        return (end - world.clock).total_seconds()

    def take_time(step):
        if step == "probe":
            world.later(seconds=for_each_probe)
        if time_left() < 0:
            raise Killed

    world.before = take_time
    return time_left


def test_an_ended_engagement_with_too_many_probes_does_not_block_the_others():
    sweeping = a_sweep()
    retired = tuple(f"daypass-retired-{number}" for number in range(MOST_RETIRED_IDS))
    sweeping.world.add(an_engagement(closed_at=NOON, retired_external_ids=retired))
    for number in range(MAX_ROLES - 1):
        name = f"role-{number}"
        sweeping.world.add(a_role(name, arn=f"arn:aws:iam::987654321098:role/{name}"))
    del sweeping.world.roles[ROLE_ARN]
    ends = []
    for _ in range(2):
        time_left = limit_run(sweeping.world, seconds=720, for_each_probe=0.1)
        ends.append(sweeping.run(time_left=time_left).ended)
        sweeping.world.before = None
        sweeping.world.later(minutes=48)

    # The check was due nineteen hours ago, so the first run skips the engagement, on record.
    assert ends == ["out-of-time", "all-done"]
    assert sweeping.why_unchecked() == [TOO_LONG]
    assert done_until(sweeping) == find_next_due_time("globex", NOON - DAY)
    assert not sweeping.failures


def raiser(error):
    def act():
        raise error

    return act


# Usually a run checks an engagement whose check has just become due. Here it is acme-prod, on the
# weekday of its full check.
def after_a_full_run():
    sweeping = a_sweep()
    sweeping.run()
    sweeping.world.steps.clear()
    sweeping.world.later(hours=5)
    return sweeping


@every("step, name", lambda: steps_of_a_run(after_a_full_run()))
def test_unavailable_tables_end_the_run_and_the_next_continues(step, name):
    sweeping = after_a_full_run()
    at_step(sweeping.world, step, raiser(DOWN))
    try:
        assert sweeping.run().ended == "records-unavailable"
    except Unavailable as raised:
        sweeping.failures.append(raised)
    assert sweeping.failures == [DOWN]

    summary = sweeping.run_later(hours=1)
    assert (summary.engagements, summary.ended) == (1, "all-done")
    at = sweeping.checked_at("acme-prod")
    assert at >= find_next_due_time("acme-prod", NOON)
    assert not sweeping.notifications()


gaps = st.one_of(st.integers(1, 90), st.integers(90, 1500), st.integers(1500, 6000)).map(
    lambda minutes: minutes * MINUTE
)
troubles = st.one_of(
    st.just(("none", 0)),
    st.just(("none", 0)),
    st.tuples(st.sampled_from(["killed", "another run", "records"]), st.integers(0, 80)),
    st.tuples(st.just("out of time"), st.integers(0, 8)),
)


def run(sweeping, trouble, when):
    """Return how the run ends; None if it was killed or could not begin."""
    happens = {"killed": raiser(Killed()), "records": raiser(DOWN), "another run": sweeping.run}
    if trouble in happens:
        at_step(sweeping.world, when, happens[trouble])
    left = [*[300.0] * when, 0.0] if trouble == "out of time" else [300.0]
    try:
        return sweeping.run(time_left=countdown(*left)).ended
    except (Killed, Unavailable):
        return None
    finally:
        sweeping.world.before = None


def after(*minutes):
    """Return a plan of undisturbed runs after these gaps."""
    return [(minute * MINUTE, ("none", 0)) for minute in minutes]


@settings(max_examples=60)
@given(st.lists(st.tuples(gaps, troubles), min_size=1, max_size=15))
@example(after(1, 1715, 1440))  # two check times have passed, and the check was between them
def test_each_is_checked_in_every_day_and_gap(
    plan,
):
    """After a completed run, every engagement was checked within the last day, or the leads were
    notified that it was not."""
    sweeping = a_sweep()
    for gap, (trouble, when) in plan:
        sweeping.world.clock += gap
        ended = run(sweeping, trouble, when)
        event(f"{trouble}: {ended}")
        if ended == "all-done":
            since = sweeping.world.clock - DAY
            notified = {
                entry.engagement
                for entry in sweeping.world.entries
                if entry.action == "daily-check" and entry.at > since
            }
            late = {
                engagement
                for engagement in BY_CHECK_TIME
                if (at := sweeping.checked_at(engagement)) is None or at <= since
            }
            assert late <= notified
