"""Sweep: check every engagement anew, each once a day. A role that has drifted is found here,
nothing is vended from it from then on, and the leads are told."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Operation, Outcome
from chalicelib.domain.verification.schedule import (
    DueCheck,
    Sweep,
    due,
    full_check_is_due,
    last_due_check,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.check_role import go_on
from chalicelib.usecases.verification.verify import has_drifted, verify

T = TypeVar("T")

BY = SystemActor(SCHEDULE)

# One call to AWS takes 15 s at most: two tries, each of 2 s to connect and 5 s to read, and up to
# 1 s between them (`adapters.vending.sts.CONFIG`). Where nothing answers, a role is given up after
# four, or after seven where a full check is due.
TIME_FOR_A_ROLE = 105.0
"""Seconds. With less left nothing is begun. It only makes for a clean end: a run that is ended in
the middle of something is gone on with all the same."""

NOT_ANSWERED = "AWS did not answer every probe, or the role was changed meanwhile."
BEING_CHANGED = "It was being changed in Daypass at the same moment."
OUR_MISTAKE = "A mistake in Daypass itself kept it from being checked: the log has it."
TOO_LONG = "The time of a whole run is not enough for it."
NOT_RECORDED = "Daypass's own records did not answer."

PATIENCE = timedelta(hours=3)
"""How long one engagement may keep the others waiting, if every run that begins with it fails."""


class RunEnd(StrEnum):
    """How a run came to its end."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run has taken over."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class SweepSummary(Struct, kw_only=True):
    """What one run did. `engagements` went through to their end; `checked` and `drifted` are roles,
    `unchecked` either."""

    engagements: int = 0
    checked: int = 0
    drifted: int = 0
    unchecked: int = 0
    access_removed: int = 0
    access_remains: int = 0
    ended: RunEnd = RunEnd.ALL_DONE


class _OutOfTime(Exception):
    """There is no time to begin anything more."""


class _Run(Struct, kw_only=True):
    """What the turns of one run share, and when it is over."""

    ports: Ports
    time_left: Callable[[], float]
    failed: Callable[[Exception], None]
    is_over: bool = False

    def needs_time(self) -> None:
        if self.is_over or self.time_left() < TIME_FOR_A_ROLE:
            raise _OutOfTime


class ScheduledCheck(Struct, kw_only=True):
    """One turn as it is taken, and what has come of it: several are, at the same time."""

    run: _Run
    turn: DueCheck
    gives_up: bool
    swept: SweepSummary = field(default_factory=SweepSummary)
    stopped_by: Exception | None = None


def sweep(
    ports: Ports, *, time_left: Callable[[], float], failed: Callable[[Exception], None]
) -> SweepSummary:
    """Check the engagements whose turn has come since the last run stopped, several at a time.

    It is remembered how far the work has come: whatever ends a run, the next one goes on with the
    first that was not finished. The leads are told of one that cannot be checked. Of two runs at
    once one stops.

    `time_left` gives seconds. `failed` is told of a bug about one engagement, which keeps none of
    the others from being checked, and of records that do not answer, which ends the run.
    Unavailable if they do not answer to begin with.
    """
    # Roles of several engagements are enough at once: the probes of one come one after the other.
    run = _Run(ports=replace(ports, side_by_side=_one_by_one), time_left=time_left, failed=failed)
    memory = ports.state.get(Sweep)
    version, done_until = (memory.version, memory.done_until) if memory else (0, None)
    now = ports.now()
    turns = due([place.id for place in list_all(ports.state, Engagement)], done_until, now)
    swept = SweepSummary()
    is_late = bool(turns) and now - turns[0].at > PATIENCE
    calls = [
        partial(_take, ScheduledCheck(run=run, turn=turn, gives_up=is_late and turn is turns[0]))
        for turn in turns
    ]
    with closing(ports.side_by_side(calls)) as taken:
        try:
            for one in taken:
                _add(swept, one)
                if one.swept.ended is not RunEnd.ALL_DONE:
                    break
                version += 1
                ports.state.save(Sweep(done_until=one.turn.at, version=version))
        except FactsChanged:
            swept.ended = RunEnd.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            swept.ended = RunEnd.RECORDS_UNAVAILABLE
        finally:
            run.is_over = True
    return swept


def _one_by_one(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
    return (call() for call in calls)


def _add(swept: SweepSummary, one: ScheduledCheck) -> None:
    for name in (
        "engagements",
        "checked",
        "drifted",
        "unchecked",
        "access_removed",
        "access_remains",
    ):
        setattr(swept, name, getattr(swept, name) + getattr(one.swept, name))
    swept.ended = one.swept.ended
    if one.stopped_by is not None:
        one.run.failed(one.stopped_by)


def _take(taken: ScheduledCheck) -> ScheduledCheck:
    try:
        for engagement in taken.turn.engagements:
            taken.run.needs_time()
            _check(taken, engagement)
    except _OutOfTime:
        taken.swept.ended = RunEnd.OUT_OF_TIME
    except Unavailable as error:
        taken.stopped_by = error
        taken.swept.ended = RunEnd.RECORDS_UNAVAILABLE
    return taken


def _check(taken: ScheduledCheck, engagement: str) -> None:
    """Check one engagement, or record that it was not. Lack of time, and records that do not
    answer, end the run, and the next one begins with it, unless it `gives_up`, for the others'
    sake."""
    ports = taken.run.ports
    try:
        place = find_engagement(ports, engagement)
        if place.is_over(ports.now()):
            _check_that_we_left(taken, place)
        else:
            _check_roles(taken, place)
        taken.swept.engagements += 1
    except _OutOfTime:
        if not taken.gives_up:
            raise
        _unchecked(taken, engagement, TOO_LONG)
    except Unavailable as error:
        if not taken.gives_up:
            raise
        taken.run.failed(error)
        _unchecked(taken, engagement, NOT_RECORDED)
    except Exception as bug:  # noqa: BLE001 - it must not keep the others from being checked
        taken.run.failed(bug)
        _unchecked(taken, engagement, OUR_MISTAKE)


def _check_roles(taken: ScheduledCheck, place: Engagement) -> None:
    ports = taken.run.ports
    if place.next_external_id is not None:
        # A client who has put the next external ID in the place of the present one, instead of
        # beside it, has done what we asked for, a little early. That is no drift.
        go_on(ports, BY, place.id)
    for role in list_all(ports.state, Role, engagement=place.id):
        taken.run.needs_time()
        _twice(taken, partial(_check_role, taken, place.id, role.name), place.id, role.name)
    go_on(ports, BY, place.id)


def _twice(
    taken: ScheduledCheck, check: Callable[[], None], engagement: str, role: str = ""
) -> None:
    """Make the check; a second time, if somebody changes something meanwhile."""
    why = BEING_CHANGED
    for _ in range(2):
        try:
            return check()
        except Conflict:
            continue
        except Unavailable as error:
            if error.reason is not Reason.AWS_UNREACHABLE:
                raise  # without records nothing that is found can be kept
            why = NOT_ANSWERED
            break
    return _unchecked(taken, engagement, why, role)


def _check_role(taken: ScheduledCheck, engagement: str, name: str) -> None:
    """Verify the role again, unless it has been checked since its last turn came: by a lead, or by
    a run that was ended before it could remember the turn."""
    ports, now = taken.run.ports, taken.run.ports.now()
    place = find_engagement(ports, engagement)
    old = ports.state.get(Role, engagement, name)
    if old is None or not old.is_rechecked(now):
        return
    known = old.last_check(place)
    if known is not None and known.checked_at >= last_due_check(engagement, now):
        return
    is_full = full_check_is_due(old.proof(place), engagement, now)
    new = verify(ports, BY, engagement, name, is_full=is_full)
    taken.swept.checked += 1
    taken.swept.drifted += has_drifted(place, old, new)


def _check_that_we_left(taken: ScheduledCheck, place: Engagement) -> None:
    """An engagement without any role never let us in: there is nothing to state."""
    ports = taken.run.ports

    def look() -> None:
        if check_access_removed(ports, BY, place.id).access_removed_at is not None:
            taken.swept.access_removed += 1
        else:
            taken.swept.access_remains += 1

    if place.access_removed_at is None and list_all(ports.state, Role, engagement=place.id):
        _twice(taken, look, place.id)


def _unchecked(taken: ScheduledCheck, engagement: str, why: str, role: str = "") -> None:
    """Put it on the trail, from where people are notified."""
    taken.swept.unchecked += 1
    operation = Operation(
        action=Action.DAILY_CHECK,
        outcome=Outcome.FAILED,
        engagement=engagement,
        role=role,
        details={"why": why},
    )
    try:
        record(taken.run.ports, BY, operation)
    except Unavailable as error:  # the run goes on, and the log has it
        taken.run.failed(error)
