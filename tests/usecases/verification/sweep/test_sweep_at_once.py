"""Sweep checks several engagements at a time, in time, and none that fails blocks the others."""

import json
from collections import Counter
from pathlib import Path
from threading import Event

from msgspec.structs import replace

from app import app
from chalicelib.adapters.side_by_side import AT_ONCE, side_by_side
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.schedule import find_next_due_time
from chalicelib.usecases.verification.sweep import (
    BUG,
    NOT_RECORDED,
    PATIENCE,
    TIME_FOR_A_ROLE,
    TOO_LONG,
)
from tests.builders import ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import DAY, HOUR, NOON, FakeRole, FakeSts
from tests.usecases.lost_answers import DOWN
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    Stepped,
    a_sweep,
    countdown,
    done_until,
    with_a_second_role,
)

WAIT = 20  # seconds: only a test that fails ever waits for so long


def with_more(count):
    """Return a sweep with this many more engagements, whose roles were deleted."""
    sweeping = a_sweep()
    for number in range(count):
        engagement, external_id = f"many-{number}", f"daypass-many-{number}"
        arn = f"arn:aws:iam::{number:012d}:role/Gone"
        proof = a_verification(role_arn=arn, external_id=external_id, full_check_at=NOON)
        sweeping.world.add(
            an_engagement(engagement, account_id=f"{number:012d}", external_id=external_id),
            a_role(engagement=engagement, arn=arn, verification=proof),
        )
    return sweeping


def test_all_are_checked_and_each_drift_is_notified_once():
    sweeping = with_more(50)
    summary = sweeping.run(side_by_side=side_by_side)
    assert (summary.engagements, summary.checked, summary.drifted) == (54, 54, 50)
    assert (summary.unchecked, summary.ended) == (0, "all-done")
    assert sorted(sweeping.notifications()) == sorted(
        ("role-drifted", f"many-{number}", "readonly") for number in range(50)
    )
    assert sweeping.checked() == BY_CHECK_TIME
    engagements = sweeping.world.find(Engagement)
    assert done_until(sweeping) == max(find_next_due_time(e.id, NOON - DAY) for e in engagements)
    assert not sweeping.failures


class Waits(FakeSts):
    """Answers for one role only after this many others were probed."""

    def __init__(self, world, count):
        super().__init__(world)
        self._count, self._probed = count, set[str]()
        self._go_on = Event()

    def probe(self, probe):
        if probe.role_arn == ROLE_ARN:
            assert self._go_on.wait(WAIT)
        else:
            self._probed.add(probe.role_arn)
            if len(self._probed) >= self._count:
                self._go_on.set()
        return super().probe(probe)


def test_a_slow_engagement_does_not_delay_the_others():
    """acme-prod is due first, and its check ends after all others."""
    sweeping = with_more(3 * AT_ONCE)
    sts = Waits(sweeping.world, 3 * AT_ONCE + 3)
    summary = sweeping.run(side_by_side=side_by_side, sts=sts)
    assert (summary.engagements, summary.ended) == (3 * AT_ONCE + 4, "all-done")


class OneUnread(Stepped):
    """hooli, which is due second, cannot be read. The error comes after all others were read."""

    def __init__(self, world, count):
        super().__init__(world)
        self._count, self._read = count, set[str]()
        self._go_on = Event()

    def get(self, kind, *key):
        if kind is not Engagement:
            return super().get(kind, *key)
        if key == ("hooli",):
            assert self._go_on.wait(WAIT)
            raise DOWN
        self._read.add(*key)
        if len(self._read) >= self._count:
            self._go_on.set()
        return super().get(kind, *key)


def test_checks_after_a_failed_one_are_not_stored_as_done_but_not_repeated():
    sweeping = a_sweep()
    summary = sweeping.run(side_by_side=side_by_side, state=OneUnread(sweeping.world, 3))
    assert summary.ended == "records-unavailable"
    assert len(sweeping.failures) == 1
    assert done_until(sweeping) == find_next_due_time("acme-prod", NOON - DAY)
    checked = {engagement: sweeping.role(engagement) for engagement in ("initech", "globex")}
    assert {role.version for role in checked.values()} == {2}

    summary = sweeping.run_later(hours=1)

    assert (summary.engagements, summary.checked, summary.ended) == (3, 1, "all-done")
    assert {engagement: sweeping.role(engagement) for engagement in checked} == checked
    assert sweeping.checked() == ["hooli"]


def test_the_probes_of_one_role_are_sent_one_after_the_other():
    """AWS STS limits the calls of an account, and vends need their share."""
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = FakeRole("daypass-other")
    probed = []

    def count(calls):
        made = list(calls)
        probed.append(len(made))
        return (call() for call in made)

    sweeping.run(side_by_side=count)
    assert probed == [len(BY_CHECK_TIME)]


# An engagement that fails in every run does not block the others for long.


class Stuck(Stepped):
    """The roles of one engagement cannot be read."""

    def list(self, kind, *, limit, cursor="", **by):
        if kind is Role and by == {"engagement": "acme-prod"}:
            raise DOWN
        return super().list(kind, limit=limit, cursor=cursor, **by)


def three_days(sweeping, time=(300,), **more):
    """Run Sweep for three days, each run with this time. Assert that all but acme-prod are checked,
    and return how the runs end, and why acme-prod is not checked."""
    ends = []
    for _ in range(72):
        sweeping.world.later(hours=1)
        ends.append(sweeping.run(time_left=countdown(*time), **more).ended)
        for engagement in BY_CHECK_TIME[1:]:
            at = sweeping.checked_at(engagement)
            assert at >= sweeping.world.clock - DAY - PATIENCE - HOUR
    assert sweeping.notifications() == [("daily-check", "acme-prod", "")] * 3
    return ends, sweeping.why_unchecked()


def after_a_run():
    sweeping = a_sweep()
    sweeping.run()
    return sweeping


def test_tables_that_fail_for_one_engagement_do_not_stop_the_others():
    sweeping = after_a_run()

    ends, why = three_days(sweeping, state=Stuck(sweeping.world))

    assert ends.count("records-unavailable") == 3 * 3  # hours a day
    assert (len(sweeping.failures), why) == (3 * (3 + 1), [NOT_RECORDED] * 3)


def test_an_engagement_that_takes_too_long_does_not_stop_the_others():
    sweeping = after_a_run()
    with_a_second_role(sweeping)

    ends, why = three_days(sweeping, time=(300, 300, 59))

    assert "out-of-time" in ends
    assert why == [TOO_LONG] * 3


def test_a_persistent_bug_is_notified_once_a_day():
    sweeping = after_a_run()
    sweeping.world.add(replace(sweeping.role(), arn=None))

    ends, why = three_days(sweeping)

    assert set(ends) == {"all-done"}
    assert (len(sweeping.failures), why) == (3, [BUG] * 3)


def test_the_roles_that_are_due_in_any_hour_fit_into_a_run():
    """10,000 roles in 2,500 engagements, if AWS takes 2 s for the calls of a daily check."""
    due = [find_next_due_time(f"client-{number}", NOON) for number in range(2500)]
    per_hour = Counter((each - NOON) // HOUR for each in due)
    seconds = 2 * 4 * max(per_hour.values())
    config = json.loads((Path(__file__).parents[4] / ".chalice" / "config.json").read_text())
    limit = config["stages"]["prod"]["lambda_functions"]["sweep"]["lambda_timeout"]
    (rule,) = [source for source in app.event_sources if source.name == "sweep"]
    assert rule.schedule_expression.to_string() == "rate(1 hour)"
    assert len(per_hour) == 24
    assert seconds / AT_ONCE < (limit - TIME_FOR_A_ROLE) / 2  # also of two hours, if one was killed
    assert seconds > limit  # one after the other would be too slow
