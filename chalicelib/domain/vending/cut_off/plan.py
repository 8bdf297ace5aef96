"""Decide what the job does next for the cut-offs of a role, and how the stored item changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import MAX_VERSIONS
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
    find_known_problem,
    find_next_try,
)


class Step(StrEnum):
    """The next step for the cut-offs of a role."""

    END = "end"
    """Drop the cut-offs that are over."""
    WRITE = "write"
    """Write the brake, or shut the role."""
    LOOK = "look"
    """Look whether that works."""
    RELEASE = "release"
    """Write a version of the brake that denies no one."""
    LOOK_FOR_CLIENT = "look-for-client"
    """Look whether the client's administrator has written the cut-offs that are left to them."""


TIME_FOR_A_WRITE = timedelta(seconds=40)
"""After this time, a run begins no further change in the client's account for its attempt."""
CLAIM = timedelta(seconds=65)
"""For this time after an attempt began, no other run begins one for the same role. It covers the
last call to AWS, which takes 12 s at most, and clocks that differ by 5 s."""
TIME_TO_APPLY = timedelta(seconds=60)
"""How long after a write IAM may take to apply it. Then Daypass writes again."""
MAX_RELEASES = 40
"""How often Daypass tries to release a brake, over some three hours. What stays denied then are
sessions that have expired."""
MAX_DRILL_TRIES = 8
"""How often Daypass tries a drill, over some twenty minutes."""

CLIENTS_PROBLEMS = frozenset(
    {
        CutOffProblem.CLIENT_MUST_WRITE,
        CutOffProblem.WHOLE_ROLE_ONLY,
        CutOffProblem.OTHER_ROLE,
    }
)
"""With these, only the client's administrator can write the cut-off."""


def with_method(stored: RoleCutOffs, method: CutOffMethod) -> RoleCutOffs:
    """Return the item with the engagement's present method. While a brake denies sessions, it keeps
    its method, so that it can be released."""
    if method is stored.method or stored.denies:
        return stored

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.problem is not None and cut_off.problem not in CLIENTS_PROBLEMS:
            return cut_off
        return replace(cut_off, problem=find_known_problem(method, cut_off))

    return _with_pending(replace(stored, method=method), update)


def list_live(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are not over."""
    return tuple(each for each in stored.cut_offs if not each.is_over(now))


def list_ended(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are over."""
    return tuple(each for each in stored.cut_offs if each.is_over(now))


def list_pending(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that Daypass itself still has to write or to see."""
    return tuple(
        each
        for each in stored.cut_offs
        if each.is_pending(now) and each.problem not in CLIENTS_PROBLEMS
    )


def list_writable(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are not over and that a write by Daypass covers."""
    live = list_live(stored, now)
    return tuple(each for each in live if find_known_problem(stored.method, each) is None)


def list_left_to_client(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that the client's administrator has to write, or may write because
    Daypass could not."""
    return tuple(
        each for each in stored.cut_offs if each.is_pending(now) and each.problem is not None
    )


def has_drill(stored: RoleCutOffs) -> bool:
    """Return whether a check requested that Daypass writes the brake, and looks."""
    return stored.drill_requested_at is not None and stored.method is CutOffMethod.BRAKE


def needs_write(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether Daypass has to change something in the client's account for a cut-off or a
    drill."""
    if any(_is_unwritten(each) for each in list_pending(stored, now)):
        return True
    return has_drill(stored) and not is_drill_written(stored)


def _is_unwritten(cut_off: CutOff) -> bool:
    """Return whether Daypass has to write the cut-off: for the first time, or once more because it
    was not seen to work in time."""
    return cut_off.status is CutOffStatus.REQUESTED or cut_off.problem is not None


def is_drill_written(stored: RoleCutOffs) -> bool:
    """Return whether Daypass has written a version since the drill was requested."""
    requested_at, tried_at = stored.drill_requested_at, stored.tried_at
    return bool(
        stored.canary
        and requested_at is not None
        and tried_at is not None
        and tried_at >= requested_at
        and stored.problem is None
    )


def has_stale_denials(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether the brake still denies sessions, and none of them can be alive."""
    return stored.denies and stored.method is CutOffMethod.BRAKE and not list_live(stored, now)


def find_attempt_time(stored: RoleCutOffs) -> datetime | None:
    """Return when the next attempt to change something may begin. None: at once."""
    times = filter(None, (find_next_try(stored), stored.claimed_until))
    return max(times, default=None)


def may_attempt(stored: RoleCutOffs, now: datetime) -> bool:
    attempt_time = find_attempt_time(stored)
    return attempt_time is None or now >= attempt_time


def needs_look(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether Daypass has written a version, or shut the role, and has not seen it deny a
    canary."""
    if not stored.canary or stored.writing:
        return False
    is_written = any(not _is_unwritten(each) for each in list_pending(stored, now))
    return is_written or (has_drill(stored) and is_drill_written(stored))


def is_look_overdue(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether IAM had enough time to apply what Daypass wrote."""
    return stored.tried_at is not None and now > stored.tried_at + TIME_TO_APPLY


def find_step(stored: RoleCutOffs, now: datetime, *, has_looked_for_client: bool) -> Step | None:
    """Return the step that is due now, or None."""
    may_change = may_attempt(stored, now)
    if list_ended(stored, now):
        return Step.END
    if needs_write(stored, now) and may_change:
        return Step.WRITE
    if needs_look(stored, now):
        return Step.LOOK
    if has_stale_denials(stored, now) and may_change:
        return Step.RELEASE
    if list_left_to_client(stored, now) and not has_looked_for_client:
        return Step.LOOK_FOR_CLIENT
    return None


def find_next_change(stored: RoleCutOffs, now: datetime) -> datetime | None:
    """Return when Daypass will change something in the client's account for these cut-offs, or
    None if it need not."""
    if not needs_write(stored, now) and not has_stale_denials(stored, now):
        return None
    return find_attempt_time(stored) or now


def claimed(
    stored: RoleCutOffs, canary: str, now: datetime, *, was_allowed: bool = False
) -> RoleCutOffs:
    """Return the item of an attempt that begins now, and will use this canary. `was_allowed`: AWS
    did not deny the canary beforehand."""
    is_brake = stored.method is CutOffMethod.BRAKE
    return next_version(
        stored,
        writing=canary,
        claimed_until=now + CLAIM,
        denies=stored.denies or (is_brake and bool(list_live(stored, now))),
        was_allowed=stored.was_allowed or was_allowed,
        tried_at=now,
        try_count=stored.try_count + 1,
    )


def written(
    stored: RoleCutOffs, ids: Iterable[str], now: datetime, versions: Iterable[str] = ()
) -> RoleCutOffs:
    """Return the item after AWS accepted the change of the present attempt, for the cut-offs with
    these IDs. Without any, the change released the brake."""
    accepted = frozenset(ids)

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.id not in accepted:
            return cut_off
        return replace(cut_off, status=CutOffStatus.WRITTEN, problem=None, written_at=now)

    changed = _with_pending(stored, update)
    if stored.method is CutOffMethod.DENY_ALL:
        # The cut-off may be over, and dropped, by the time that AWS has accepted the change.
        requests = ["", *(each.requested_by for each in changed.cut_offs if each.id in accepted)]
        changed = replace(changed, shut_at=now, shut_by=requests[-1], shut_seen_at=None)
    return next_version(
        changed,
        canary=stored.writing,
        canary_seen_at=None,
        writing="",
        claimed_until=None,
        versions=tuple(versions)[-MAX_VERSIONS:],
        denies=stored.denies and bool(accepted),
        problem=None,
    )


def failed(
    stored: RoleCutOffs, problem: CutOffProblem, now: datetime, versions: Iterable[str]
) -> RoleCutOffs:
    """Return the item after AWS refused the change of the present attempt, or did not answer."""
    pending = {each.id for each in list_pending(stored, now) if _is_unwritten(each)}

    def update(cut_off: CutOff) -> CutOff:
        return replace(cut_off, problem=problem) if cut_off.id in pending else cut_off

    gives_up_drill = has_drill(stored) and stored.try_count >= MAX_DRILL_TRIES
    gives_up_release = has_stale_denials(stored, now) and stored.try_count >= MAX_RELEASES
    return next_version(
        _with_pending(stored, update),
        writing="",
        claimed_until=None,
        versions=tuple(versions)[-MAX_VERSIONS:],
        problem=problem,
        told_problem=problem,
        denies=stored.denies and not gives_up_release,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def superseded(stored: RoleCutOffs) -> RoleCutOffs:
    """Return the item after a late write of an earlier attempt, which may have replaced the policy
    of a later one: write everything again."""

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.problem in CLIENTS_PROBLEMS:
            return cut_off
        return replace(
            cut_off, status=CutOffStatus.REQUESTED, problem=None, written_at=None, seen_at=None
        )

    changed = replace(stored, cut_offs=tuple(map(update, stored.cut_offs)))
    return next_version(changed, canary_seen_at=None, tried_at=None, try_count=0)


def seen(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of what Daypass wrote."""

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.status is not CutOffStatus.WRITTEN:
            return cut_off
        return replace(cut_off, status=CutOffStatus.SEEN, problem=None, seen_at=now)

    return next_version(
        _with_pending(stored, update),
        canary_seen_at=now,
        drill_requested_at=None,
        try_count=0,
        told_problem=None,
    )


def seen_by_client(stored: RoleCutOffs, id: str, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of one cut-off, in a policy that the client's
    administrator wrote."""

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.id != id:
            return cut_off
        return replace(cut_off, status=CutOffStatus.SEEN, problem=None, seen_at=now)

    return next_version(_with_pending(stored, update))


def not_in_force(stored: RoleCutOffs, now: datetime, problem: CutOffProblem) -> RoleCutOffs:
    """Return the item after AWS did not deny the canary although it had time to, or refused the
    canary's session: Daypass writes again, later and later."""
    pending = {each.id for each in list_pending(stored, now) if each.status is CutOffStatus.WRITTEN}

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.id not in pending:
            return cut_off
        return replace(cut_off, problem=problem)

    gives_up_drill = stored.try_count >= MAX_DRILL_TRIES
    return next_version(
        _with_pending(stored, update),
        problem=problem,
        told_problem=problem,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def without_ended(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item without the cut-offs that are over."""
    return next_version(stored, cut_offs=list_live(stored, now))


def _with_pending(stored: RoleCutOffs, update: Callable[[CutOff], CutOff]) -> RoleCutOffs:
    """Return the item with its cut-offs that are not seen yet updated, and the others as they
    are."""
    return replace(
        stored,
        cut_offs=tuple(
            each if each.status is CutOffStatus.SEEN else update(each) for each in stored.cut_offs
        ),
    )
