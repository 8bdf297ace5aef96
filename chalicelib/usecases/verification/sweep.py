"""Sweep, the scheduled check: check the roles of every engagement once a day.

A role that passed before and fails now has drifted. Daypass then notifies the leads, and issues no
sessions of the role to members, except under an override.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged, Reason, Unavailable
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.verification.schedule import (
    PATIENCE,
    DueCheck,
    SweepProgress,
    find_last_due_time,
    is_full_check_due,
    list_due_checks,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, record
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.cut_off import check_cut_off_if_due
from chalicelib.usecases.verification.verify import continue_rotation, has_drifted, verify_role

T = TypeVar("T")


# A call to AWS takes at most 15 s: two tries, each with 2 s to connect and 5 s to read, and up to
# 1 s between them (`adapters.vending.sts.CONFIG`). If AWS does not answer, the check of a role ends
# after six calls, or after nine if a full check is due.
TIME_FOR_A_ROLE = 135.0
"""Seconds. With less time left, a run begins no check of another role. This only avoids interrupted
checks: if Lambda ends a run during a check, the next run makes that check again."""

TIME_TO_RECORD = 45.0
"""Seconds that the check of an ended engagement leaves: it can have thousands of probes. The last
one, and the entry that says that the time was up, take these seconds at most."""

# The reasons that a trail entry gives if a check has no result. The leads are notified of them.
NOT_ANSWERED = "AWS did not answer every probe, or a role changed during the check."
BEING_CHANGED = "Someone changed the engagement or a role in Daypass during the check."
BUG = "A bug in Daypass prevented the check. See the log of the Lambda function Sweep."
TOO_LONG = (
    "The check takes longer than a whole run of Sweep. Before the engagement's end, a lead can"
    " verify the roles one at a time."
)
NOT_RECORDED = "Daypass could not reach its own DynamoDB tables."


class RunEnd(StrEnum):
    """The reason why a run ended."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run was active at the same time, and continues."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class SweepSummary(Struct):
    """The numbers of one run.

    `engagements` counts those that the run completed. `checked` and `drifted` count roles,
    `unchecked` counts roles and engagements. `access_removed` and `access_remains` count ended
    engagements. `compared` counts roles whose events in CloudTrail were compared with the trail.
    """

    engagements: int = 0
    checked: int = 0
    drifted: int = 0
    unchecked: int = 0
    access_removed: int = 0
    access_remains: int = 0
    compared: int = 0
    ended: RunEnd = RunEnd.ALL_DONE


class _OutOfTime(Exception):
    """Too little time is left to begin another role."""


class _Run(Struct):
    """The state that all checks of one run share. `time_left` returns seconds."""

    ports: Ports
    time_left: Callable[[], float]
    report_failure: Callable[[Exception], None]
    is_over: bool = False

    def require_time(self) -> None:
        """Raise _OutOfTime if the run must not begin another role."""
        if self.is_over or self.time_left() < TIME_FOR_A_ROLE:
            raise _OutOfTime

    def compute_deadline(self) -> datetime:
        """Return the time after which a check must send no more probes."""
        return self.ports.now() + timedelta(seconds=self.time_left() - TIME_TO_RECORD)


class ScheduledCheck(Struct):
    """One due check and its result. A run makes several checks at the same time."""

    run: _Run
    due_check: DueCheck
    skips_failures: bool
    """True to record and skip an engagement that cannot be checked. False to end the run there, so
    that the next run tries again."""
    summary: SweepSummary = field(default_factory=SweepSummary)
    error: Exception | None = None
    """The error that ended the run: the tables were unavailable."""


def sweep(
    ports: Ports, *, time_left: Callable[[], float], report_failure: Callable[[Exception], None]
) -> SweepSummary:
    """Make the checks that have become due since the last run, several at a time.

    Return the numbers of this run. Store the progress after each check: however a run ends, the
    next run continues with the first unfinished check. Daypass notifies the leads of an engagement
    that cannot be checked. If two runs overlap, one of them stops.

    `time_left` returns seconds. `report_failure` logs an error: a bug, which affects one engagement
    only, or unavailable tables, which end the run. Raise Unavailable if the tables are unavailable
    at the start.
    """
    # Check engagements in parallel, but send the probes of one role one after the other.
    run = _Run(
        ports=replace(ports, side_by_side=_one_by_one),
        time_left=time_left,
        report_failure=report_failure,
    )
    progress = ports.state.get(SweepProgress)
    version, done_until = (progress.version, progress.done_until) if progress else (0, None)
    now = ports.now()
    engagements = [engagement.id for engagement in list_all(ports.state, Engagement)]
    due_checks = list_due_checks(engagements, done_until, now)
    summary = SweepSummary()
    is_late = bool(due_checks) and now - due_checks[0].at > PATIENCE
    calls = [
        partial(
            _make_check,
            ScheduledCheck(
                run=run, due_check=due_check, skips_failures=is_late and due_check is due_checks[0]
            ),
        )
        for due_check in due_checks
    ]
    with closing(ports.side_by_side(calls)) as checks:
        try:
            for check in checks:
                _add_result(summary, check)
                if check.summary.ended is not RunEnd.ALL_DONE:
                    break
                version += 1
                done_until = check.due_check.at
                ports.state.save(SweepProgress(done_until=done_until, version=version))
        except FactsChanged:
            summary.ended = RunEnd.ANOTHER_RUN
        except Unavailable as error:
            report_failure(error)
            summary.ended = RunEnd.RECORDS_UNAVAILABLE
        finally:
            run.is_over = True
    return summary


def _one_by_one(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
    """Make each call when its result is requested."""
    return (call() for call in calls)


def _add_result(summary: SweepSummary, check: ScheduledCheck) -> None:
    """Add the check's numbers to the run's, and log the check's error, if it has one."""
    for name in {*SweepSummary.__struct_fields__} - {"ended"}:
        setattr(summary, name, getattr(summary, name) + getattr(check.summary, name))
    summary.ended = check.summary.ended
    if check.error is not None:
        check.run.report_failure(check.error)


def _make_check(check: ScheduledCheck) -> ScheduledCheck:
    """Check the engagements of a due check, and return the check with its result. If the run must
    end, the check's summary says why."""
    try:
        for engagement in check.due_check.engagements:
            check.run.require_time()
            _check_engagement(check, engagement)
    except _OutOfTime:
        check.summary.ended = RunEnd.OUT_OF_TIME
    except Unavailable as error:
        check.error = error
        check.summary.ended = RunEnd.RECORDS_UNAVAILABLE
    return check


def _check_engagement(check: ScheduledCheck, engagement: str) -> None:
    """Check one engagement, or record why it was not checked.

    If time runs out or the tables are unavailable, raise the error. It ends the run, and the next
    run begins with this engagement. If the check `skips_failures`, record the failure instead, and
    continue with the next engagement.
    """
    ports = check.run.ports
    try:
        current = find_engagement(ports, engagement)
        if current.is_over(ports.now()):
            _check_access_removed(check, current)
        else:
            _check_roles(check, current)
        check.summary.engagements += 1
    except _OutOfTime:
        if not check.skips_failures:
            raise
        _record_unchecked(check, engagement, TOO_LONG)
    except Unavailable as error:
        if not check.skips_failures:
            raise
        check.run.report_failure(error)
        _record_unchecked(check, engagement, NOT_RECORDED)
    except Exception as bug:  # noqa: BLE001 - a bug must not prevent the other checks
        check.run.report_failure(bug)
        _record_unchecked(check, engagement, BUG)


def _check_roles(check: ScheduledCheck, engagement: Engagement) -> None:
    """Verify the roles of an open engagement, continue its rotation, and check its cut-offs."""
    ports = check.run.ports
    if engagement.next_external_id is not None:
        # Promote the next external ID first. A client may already have replaced the current ID in
        # the trust policy, instead of adding the next one. That is not drift.
        continue_rotation(ports, SCHEDULE_ACTOR, engagement.id)
    for role in list_all(ports.state, Role, engagement=engagement.id):
        check.run.require_time()
        check_once = partial(_check_role, check, engagement.id, role.name)
        _check_with_retry(check, check_once, engagement.id, role.name)
    # The checks may have verified the last role for which the rotation waited.
    continue_rotation(ports, SCHEDULE_ACTOR, engagement.id)
    if engagement.cut_off_external_id is None:  # it never had a method for cut-offs
        return
    for role in list_all(ports.state, Role, engagement=engagement.id):
        if role.needs_recheck(ports.now()):
            check.run.require_time()
            check_once = partial(
                check_cut_off_if_due, ports, SCHEDULE_ACTOR, engagement.id, role.name
            )
            _check_with_retry(check, check_once, engagement.id, role.name)


def _check_with_retry(
    check: ScheduledCheck, check_once: Callable[[], None], engagement: str, role: str = ""
) -> None:
    """Call `check_once`. If someone changed the engagement or a role meanwhile, call it once more.

    If it fails twice for that reason, or if AWS STS does not answer, record on the trail that the
    check has no result today.
    """
    reason = BEING_CHANGED
    for _ in range(2):
        try:
            return check_once()
        except Conflict:
            continue
        except Unavailable as error:
            if error.reason is not Reason.AWS_UNREACHABLE:
                raise  # without the tables no result can be stored
            reason = NOT_ANSWERED
            break
    return _record_unchecked(check, engagement, reason, role)


def _check_role(check: ScheduledCheck, engagement: str, name: str) -> None:
    """Verify the role again, unless its daily check has been made already.

    A lead may have checked the role since the check became due. Or a run checked the role, but
    ended before it stored its progress.
    """
    ports, now = check.run.ports, check.run.ports.now()
    current = find_engagement(ports, engagement)
    role = ports.state.get(Role, engagement, name)
    if role is None or not role.needs_recheck(now):
        return
    last_check = role.current_verification(current)
    if last_check is not None and last_check.checked_at >= find_last_due_time(engagement, now):
        return
    is_full = is_full_check_due(role.passed_verification(current), engagement, now)
    checked = verify_role(ports, SCHEDULE_ACTOR, engagement, name, is_full=is_full)
    check.summary.checked += 1
    check.summary.drifted += has_drifted(current, role, checked)


def _check_access_removed(check: ScheduledCheck, engagement: Engagement) -> None:
    """Check that the roles of an ended engagement refuse Daypass.

    Skip an engagement without roles, and one whose roles have refused all probes before. Raise
    _OutOfTime if the run's time does not suffice for all probes.
    """
    ports, deadline = check.run.ports, check.run.compute_deadline()

    def check_once() -> None:
        try:
            checked = check_access_removed(ports, SCHEDULE_ACTOR, engagement.id, deadline=deadline)
        except Unavailable as error:
            if error.reason is Reason.TIMED_OUT:
                raise _OutOfTime from None
            raise
        if checked.access_removed_at is not None:
            check.summary.access_removed += 1
        else:
            check.summary.access_remains += 1

    if engagement.access_removed_at is None and list_all(
        ports.state, Role, engagement=engagement.id
    ):
        _check_with_retry(check, check_once, engagement.id)


def _record_unchecked(check: ScheduledCheck, engagement: str, reason: str, role: str = "") -> None:
    """Count a check without a result, and record the reason. Notify sends it to the leads later."""
    check.summary.unchecked += 1
    operation = Operation(
        action=Action.DAILY_CHECK,
        outcome=Outcome.FAILED,
        engagement=engagement,
        role=role,
        details={"why": reason},
    )
    try:
        record(check.run.ports, SCHEDULE_ACTOR, operation)
    except Unavailable as error:  # the run continues, and the log has the error
        check.run.report_failure(error)
