"""Work on the cut-offs of all roles: the job of the function CutOff.

A run works in passes. A pass takes one step for each role. For example, it writes a policy, or it
looks whether a policy works. So one slow client delays no other, and everything is written before
Daypass looks again. Two runs at once, or a late one, do no harm: the stored item decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import LONG_AGO
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import ItemKey
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.cut_off.plan import Step
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.cut_offs.look import (
    RoleCanaries,
    look_as_requested,
    look_at_written,
    look_at_written_by_client,
)
from chalicelib.usecases.vending.cut_offs.write import begin_attempt, change, make_attempt

TIME_FOR_A_STEP = 85.0
"""Seconds. With less time left, a run begins no step. A write takes 40 s, its last call to AWS
12 s, a canary before it 27 s, and recording the result 5 s."""
PAUSE = timedelta(seconds=1)
"""Between two passes."""
SOON = timedelta(seconds=20)
"""A run waits for steps that are due within this time, and leaves others to the next run."""
LIST_DELAY = timedelta(seconds=1)
"""A new cut-off is in the list of all after this time at the latest, as a rule. A run that finds
nothing to do lists again until then."""
LATE = plan.TIME_TO_APPLY + timedelta(minutes=1)
"""A cut-off that Daypass has neither seen nor left to the client for longer than this is late: IAM
had its time, and Daypass a minute to write."""


class CutOffSummary(Struct):
    """The numbers of one run: the steps by their result; and after them, the cut-offs that Daypass
    still has to write or to see, and those of them that are late."""

    written: int = 0
    seen: int = 0
    released: int = 0
    failed: int = 0
    pending: int = 0
    late: int = 0
    ended: str = "all-done"
    """Why the run ended: `all-done`, or `out-of-time` if a step was due."""


class _Run(Struct):
    """The state that all steps of one run share. `time_left` returns seconds."""

    ports: Ports
    time_left: Callable[[], float]
    report_failure: Callable[[Exception], None]
    canaries: dict[ItemKey, RoleCanaries] = {}
    looked_for_client: set[ItemKey] = set()
    left_alone: set[ItemKey] = set()
    """Roles with which a step failed by a bug, or has nothing to do by the current method."""
    listed: tuple[RoleCutOffs, ...] = ()
    listed_at: datetime = LONG_AGO

    def list_items(self, max_age: timedelta | None = None) -> tuple[RoleCutOffs, ...]:
        """Return the items of the list of all, read now or at most `max_age` ago. Each attempt
        needs them, and with many roles a run must not read the list for each."""
        listed_at = self.ports.now()
        if max_age is None or listed_at - self.listed_at > max_age:
            self.listed, self.listed_at = list_all(self.ports.state, RoleCutOffs), listed_at
        return self.listed

    def find_step(self, stored: RoleCutOffs) -> Step | None:
        if stored.key in self.left_alone:
            return None
        has_looked = stored.key in self.looked_for_client
        return plan.find_step(stored, self.ports.now(), has_looked_for_client=has_looked)


def work_cut_offs(
    ports: Ports, *, time_left: Callable[[], float], report_failure: Callable[[Exception], None]
) -> CutOffSummary:
    """Take every step that is due for the cut-offs of all roles: write them, look whether they
    work, release the brake or drop what is over. Return the numbers of this run.

    `time_left` returns seconds. `report_failure` logs an error with one role, which blocks no other
    role. Raise Unavailable if the list of cut-offs cannot be read.
    """
    run = _Run(ports=ports, time_left=time_left, report_failure=report_failure)
    summary, began_at = CutOffSummary(), ports.now()
    while True:
        stored = run.list_items()
        due = [each for each in stored if run.find_step(each) is not None]
        if time_left() < TIME_FOR_A_STEP:
            if due:
                summary.ended = "out-of-time"  # the default is "all-done"
            break
        # Writes come first. Among them, those that were never tried come before those tried longest
        # ago, so that roles that fail slowly cannot take all the time of every run.
        due.sort(
            key=lambda each: (run.find_step(each) is not Step.WRITE, each.tried_at or LONG_AGO)
        )
        calls = [partial(_try_step, run, each) for each in _choose_for_pass(run, due)]
        for field in filter(None, ports.side_by_side(calls)):
            setattr(summary, field, getattr(summary, field) + 1)
        may_lag = ports.now() - began_at < LIST_DELAY
        if (
            not due
            and not may_lag
            and not any(_has_step_soon(each, ports.now()) for each in stored)
        ):
            break
        _wait(ports)
    _count_pending(summary, stored, ports.now())
    return summary


def _choose_for_pass(run: _Run, due: Sequence[RoleCutOffs]) -> list[RoleCutOffs]:
    """Return the roles for one pass, in this order. Of roles in Daypass that have the same IAM
    role, and so the same brake, choose one that changes it. The next pass has the others."""
    chosen: dict[object, RoleCutOffs] = {}
    for each in due:
        changes_brake = run.find_step(each) in (Step.WRITE, Step.RELEASE)
        chosen.setdefault(each.role_arn if changes_brake else each.key, each)
    return list(chosen.values())


def _wait(ports: Ports) -> None:
    until = ports.now() + PAUSE
    while ports.now() < until:
        ports.pause(10)


def _has_step_soon(stored: RoleCutOffs, now: datetime) -> bool:
    change_at = plan.find_next_change(stored, now)
    return plan.needs_look(stored, now) or (change_at is not None and change_at <= now + SOON)


def _count_pending(summary: CutOffSummary, stored: Sequence[RoleCutOffs], now: datetime) -> None:
    pending = [cut_off for each in stored for cut_off in plan.list_pending(each, now)]
    summary.pending = len(pending)
    summary.late = sum(now - each.requested_at > LATE for each in pending)


def _try_step(run: _Run, listed: RoleCutOffs) -> str:
    """Take the step that is due for this role, and return the field of the summary in which to
    count it, or empty text. If the step fails, report the error and continue."""
    if run.time_left() < TIME_FOR_A_STEP:
        return ""
    try:
        return _take_step(run, *listed.key)
    except Conflict:  # another run or a revocation changed the item meanwhile
        return ""
    except Unavailable as error:
        run.report_failure(error)
    # One role must not block the others.
    except Exception as error:  # noqa: BLE001
        run.left_alone.add(listed.key)
        run.report_failure(error)
    return "failed"


def _take_step(run: _Run, engagement_id: str, role_name: str) -> str:
    """Take the step that is due by the item as it is stored now, which may be none. Return the
    field of the summary in which to count it, or empty text."""
    ports = run.ports
    read = ports.state.get(RoleCutOffs, engagement_id, role_name)
    engagement = ports.state.get(Engagement, engagement_id)
    role = ports.state.get(Role, engagement_id, role_name)
    if read is None or engagement is None or role is None:
        return ""
    stored = plan.with_method(read, engagement.cut_off)
    canaries = run.canaries.get(stored.key)
    if canaries is None:
        canaries = run.canaries[stored.key] = RoleCanaries(ports, engagement, role)
    match run.find_step(stored):
        case Step.END:
            _end(ports, stored)
        case Step.WRITE:
            return _write(run, stored, engagement, canaries, Action.CUT_OFF_WRITE)
        case Step.RELEASE:
            return _write(run, stored, engagement, canaries, Action.CUT_OFF_RELEASE)
        case Step.LOOK:
            return look_at_written(ports, stored, canaries)
        case Step.LOOK_AS_REQUESTED:
            return look_as_requested(ports, stored, canaries)
        case Step.LOOK_FOR_CLIENT:
            run.looked_for_client.add(stored.key)
            return look_at_written_by_client(ports, stored, canaries)
        # `with_method` returns the same object if the method is still the engagement's.
        case None if stored is not read:
            # By the former method, a step is due. The stored item, which the next pass lists, still
            # has that method. So the run would pick this role again and again.
            run.left_alone.add(stored.key)
    return ""


def _write(
    run: _Run,
    stored: RoleCutOffs,
    engagement: Engagement,
    canaries: RoleCanaries,
    action: Action,
) -> str:
    """Make an attempt to write or to release, as the action says. Return the field of the summary
    in which to count it, or empty text if another run may have begun an attempt."""
    # The method `deny-all` attaches AWSDenyAll, which someone else may have attached already. A
    # later denial shows that Daypass's write works only if AWS allowed a canary, a session of
    # Daypass's own, before the write.
    needs_comparison = not stored.is_reversible and not stored.was_allowed
    canary_was_allowed = needs_comparison and canaries.is_allowed(stored)
    attempt = begin_attempt(
        run.ports,
        stored,
        action,
        listed=run.list_items(LIST_DELAY),
        canary_was_allowed=canary_was_allowed,
    )
    if attempt is None:
        return ""
    if action is Action.CUT_OFF_WRITE:
        # Open the session that the policy will deny. Its ID is new with the attempt. After a
        # release, Daypass does not look whether AWS denies it.
        canaries.open(attempt.item)
    item = make_attempt(run.ports, attempt, engagement)
    if item is None or item.problem is not None:
        return "failed"
    return "written" if action is Action.CUT_OFF_WRITE else "released"


def _end(ports: Ports, stored: RoleCutOffs) -> None:
    """Drop the cut-offs that are over: their sessions have expired. Record those that were not seen
    to work as failed."""
    ended = plan.list_ended(stored, ports.now())
    unseen = [each for each in ended if each.status is not CutOffStatus.SEEN]
    reason = ""
    if unseen:
        problem = next((each.problem for each in unseen if each.problem is not None), None)
        reason = problem or stored.reported_problem or CutOffProblem.NOT_IN_FORCE
    change(
        ports,
        plan.without_ended(stored, ports.now()),
        Action.CUT_OFF_END,
        {
            "cut_offs": " ".join(each.id for each in ended),
            "not_seen": " ".join(each.id for each in unseen),
        },
        Outcome.FAILED if unseen else Outcome.DONE,
        reason,
    )
