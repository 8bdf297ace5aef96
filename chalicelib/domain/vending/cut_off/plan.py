"""The state machine of a role's cut-offs: which step is due, and how each step changes the stored
item. It is one for all methods. `cut_offs.METHODS` says where they differ.

The brake is the permissions boundary of the client's role, whose versions Daypass writes. A canary
is a session of Daypass's own. In a look, Daypass sends a request with it, to see whether the policy
denies it. A drill writes a version that no cut-off needs, to see that all of this works. A role is
shut while it has AWSDenyAll, with the method `deny-all`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.policies.brake import MAX_VERSIONS
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.cut_offs import (
    CLIENTS_PROBLEMS,
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
    find_clients_problem,
    find_next_try,
)


class Step(StrEnum):
    """The next step for the cut-offs of a role."""

    END = "end"
    """Drop the cut-offs that are over."""
    WRITE = "write"
    """Write the brake, or shut the role."""
    LOOK = "look"
    """Look whether what was written works."""
    RELEASE = "release"
    """Write a version of the brake that denies no one."""
    LOOK_AS_REQUESTED = "look-as-requested"
    """Look as a check requested: is the brake in force, or a shut role reopened?"""
    LOOK_FOR_CLIENT = "look-for-client"
    """Look whether the client's administrator has written the cut-offs that are left to them."""


TIME_FOR_A_WRITE = timedelta(seconds=40)
"""After this time, a run begins no further change in the client's account for its attempt."""
CLAIM = timedelta(seconds=65)
"""For this time after an attempt began, no other run begins one for the same role. It covers the
last call to AWS, which takes 12 s at most, and clocks that differ by 5 s."""
TIME_TO_APPLY = timedelta(minutes=5)
"""How long after a write IAM may take to apply it. Until then, Daypass only looks again. After that
it writes again. AWS names no time: seconds are usual, minutes happen."""
MAX_RELEASES = 40
"""How often Daypass tries to release a brake, over some three hours. What stays denied then are
sessions that have expired."""
MAX_DRILL_TRIES = 8
"""How often Daypass tries a drill, over some twenty minutes."""


def list_live(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are not over."""
    return tuple(each for each in stored.cut_offs if not each.is_over(now))


def list_ended(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are over."""
    return tuple(each for each in stored.cut_offs if each.is_over(now))


def list_pending(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that Daypass itself still has to write, or to see work."""
    return tuple(
        each
        for each in stored.cut_offs
        if each.is_pending(now) and each.problem not in CLIENTS_PROBLEMS
    )


def list_writable(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that are not over and that a write by Daypass covers."""
    live = list_live(stored, now)
    return tuple(each for each in live if find_clients_problem(stored.method, each) is None)


def list_left_to_client(stored: RoleCutOffs, now: datetime) -> tuple[CutOff, ...]:
    """Return the cut-offs that the client's administrator has to write, or may write because
    Daypass could not."""
    return tuple(
        each for each in stored.cut_offs if each.is_pending(now) and each.problem is not None
    )


def _is_unwritten(cut_off: CutOff) -> bool:
    """Return whether Daypass has to write the cut-off: for the first time, or once more because it
    was not seen to work in time."""
    return cut_off.status is CutOffStatus.REQUESTED or cut_off.problem is not None


def _has_drill(stored: RoleCutOffs) -> bool:
    """Return whether a drill is due: a write that no cut-off needs, to see that writing works. A
    look that was requested comes first."""
    is_requested = stored.drill_requested_at is not None and stored.look_requested_at is None
    return is_requested and stored.is_reversible


def _is_drill_written(stored: RoleCutOffs) -> bool:
    """Return whether Daypass has written a version of the brake since the drill was requested. If
    so, the item has the ID of that version's canary, and the last attempt has no problem."""
    requested_at, tried_at = stored.drill_requested_at, stored.tried_at
    return bool(
        stored.canary
        and requested_at is not None
        and tried_at is not None
        and tried_at >= requested_at
        and stored.problem is None
    )


def needs_write(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether Daypass has to change something in the client's account for a cut-off or a
    drill."""
    is_unwritten = any(map(_is_unwritten, list_pending(stored, now)))
    return is_unwritten or (_has_drill(stored) and not _is_drill_written(stored))


def needs_look(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether Daypass has written a version, or shut the role, and has not seen it deny a
    canary."""
    if not stored.canary or stored.writing:
        return False
    is_written = any(not _is_unwritten(each) for each in list_pending(stored, now))
    return is_written or (_has_drill(stored) and _is_drill_written(stored))


def has_stale_denials(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether the brake still denies sessions although none of them can be active."""
    return stored.denies and stored.is_reversible and not list_live(stored, now)


def is_look_overdue(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether IAM has had enough time, since the last attempt, to apply what it wrote."""
    return stored.tried_at is not None and now > stored.tried_at + TIME_TO_APPLY


def _find_attempt_time(stored: RoleCutOffs) -> datetime | None:
    """Return when the next attempt to change something may begin. None means at once."""
    return max(filter(None, (find_next_try(stored), stored.claimed_until)), default=None)


def find_step(stored: RoleCutOffs, now: datetime, *, has_looked_for_client: bool) -> Step | None:
    """Return the step that is due now, or None. The first that is due counts, in this order.

    A step that changes the client's account (WRITE, RELEASE) waits until the next attempt may
    begin. `has_looked_for_client`: this run has already looked what the client has written.
    """
    attempt_time = _find_attempt_time(stored)
    may_change = attempt_time is None or now >= attempt_time
    if list_ended(stored, now):
        return Step.END
    if needs_write(stored, now) and may_change:
        return Step.WRITE
    if needs_look(stored, now):
        return Step.LOOK
    if has_stale_denials(stored, now) and may_change:
        return Step.RELEASE
    if stored.look_requested_at is not None and not is_busy(stored, now):
        return Step.LOOK_AS_REQUESTED
    if list_left_to_client(stored, now) and not has_looked_for_client:
        return Step.LOOK_FOR_CLIENT
    return None


def is_busy(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether the job may be writing, or is due to write. Meanwhile, nothing else may draw
    conclusions from what AWS denies."""
    return (
        bool(stored.writing)
        or bool(list_ended(stored, now))
        or needs_write(stored, now)
        or needs_look(stored, now)
        or has_stale_denials(stored, now)
    )


def find_next_change(stored: RoleCutOffs, now: datetime) -> datetime | None:
    """Return when Daypass will change something in the client's account for these cut-offs, or
    None if it need not."""
    if not needs_write(stored, now) and not has_stale_denials(stored, now):
        return None
    return _find_attempt_time(stored) or now


def _update(
    stored: RoleCutOffs, concerns: Callable[[CutOff], bool], **changes: Any
) -> tuple[CutOff, ...]:
    """Return the item's cut-offs, with these changes of those that `concerns` selects."""
    return tuple(replace(each, **changes) if concerns(each) else each for each in stored.cut_offs)


def _is_in_policy(cut_off: CutOff) -> bool:
    """Return whether the policy that Daypass writes can end the cut-off's sessions. With an ARN,
    they are of a former IAM role. The client's administrator has to end those."""
    return cut_off.role_arn is None and cut_off.problem not in CLIENTS_PROBLEMS


# Changes that several transitions make.
_STATUS_SEEN: dict[str, Any] = {"status": CutOffStatus.SEEN, "problem": None}
_REQUESTED: dict[str, Any] = {
    "status": CutOffStatus.REQUESTED,
    "written_at": None,
    "seen_at": None,
}
_AT_ONCE: dict[str, Any] = {"tried_at": None, "try_count": 0}
"""Forget the last attempts, so that the next one may begin at once."""


def with_method(stored: RoleCutOffs, method: CutOffMethod) -> RoleCutOffs:
    """Return the item with the engagement's current method.

    While a brake denies sessions, the item keeps its method, so that the brake can be released.
    Return the same object if nothing changes.
    """
    if method is stored.method or stored.denies:
        return stored
    # Forget what was seen of the old method: it says nothing about the new one. With cut-offs, keep
    # the canary that shows whether they work.
    if not stored.cut_offs:
        stored = replace(stored, canary="", canary_seen_at=None, drill_requested_at=None)
    return stored.for_method(method)


def prepare_for_role(
    stored: RoleCutOffs | None, key: tuple[str, str], role_arn: str, method: CutOffMethod
) -> RoleCutOffs:
    """Return the stored item, changed for new cut-offs of this IAM role by this method. If none is
    stored, return a new item, of version 0. `key` is the engagement and the role."""
    if stored is not None and role_arn == stored.role_arn:
        return with_method(stored, method)
    if stored is not None:
        return stored.for_role(role_arn, method)
    engagement, role = key
    return RoleCutOffs(
        engagement=engagement, role=role, role_arn=role_arn, method=method, version=0
    )


def request_check(
    stored: RoleCutOffs | None,
    engagement: Engagement,
    role: Role,
    now: datetime,
    *,
    may_drill: bool,
    is_full: bool,
) -> RoleCutOffs | None:
    """Return the item with the requests of a check: first to look whether what Daypass wrote is
    still in force, and then to make a drill, which writes a version of the brake with a new canary.
    A check that is not full requests a drill only if Daypass has not seen the brake work. Return
    None if nothing can be requested.

    The job that writes cut-offs also carries out these requests, so that the brake has only one
    writer. It does so after everything else that is due for the role's cut-offs.
    """
    if stored is None:
        stored = prepare_for_role(None, (engagement.id, role.name), role.arn, engagement.cut_off)
    stored = with_method(stored, engagement.cut_off)
    is_requested = _has_drill(stored) or stored.look_requested_at is not None
    if is_requested or is_busy(stored, now):
        return None
    is_seen = stored.is_brake_seen and stored.role_arn == role.arn
    # Only the brake can be tried: by `deny-all`, a drill would shut the role. While the brake
    # denies sessions, request no drill.
    can_drill = may_drill and stored.is_reversible and not stored.denies
    with_drill = can_drill and (is_full or not is_seen)
    if with_drill:
        # The item may still describe the IAM role that this role had before.
        stored = stored.for_role(role.arn, engagement.cut_off)
    # A check looks at a shut role only after all its cut-offs are over (`ShutRole.text`).
    is_shut = stored.shut_at is not None and not stored.cut_offs
    with_look = stored.role_arn == role.arn and (is_shut or has_brake_in_account(stored))
    if not with_drill and not with_look:
        return None
    return next_version(
        stored,
        look_requested_at=now if with_look else None,
        drill_requested_at=now if with_drill else None,
        **_AT_ONCE,
    )


def has_brake_in_account(stored: RoleCutOffs) -> bool:
    """Return whether Daypass has written a version of the role's brake, with a canary."""
    return stored.is_reversible and bool(stored.canary)


def claim(
    stored: RoleCutOffs, canary: str, now: datetime, *, was_allowed: bool = False
) -> RoleCutOffs:
    """Return the item, claimed for an attempt that begins now. The ID of the canary that its policy
    will deny also identifies the attempt. `was_allowed`: AWS did not deny a canary beforehand."""
    return next_version(
        stored,
        writing=canary,
        claimed_until=now + CLAIM,
        # The brake counts as denying from now on, because the write may succeed unnoticed.
        denies=stored.denies or (stored.is_reversible and bool(list_live(stored, now))),
        was_allowed=stored.was_allowed or was_allowed,
        tried_at=now,
        try_count=stored.try_count + 1,
    )


def record_written(
    stored: RoleCutOffs, ids: Iterable[str], now: datetime, versions: Iterable[str] = ()
) -> RoleCutOffs:
    """Return the item after AWS accepted the change of the current attempt.

    `ids` are of the cut-offs that the change wrote. There are none if it released the brake, or was
    a drill. `versions` are the IDs of the brake's policy versions, newest last.
    """
    accepted = frozenset(ids)
    if not stored.is_reversible:  # it has no drills and no releases: AWSDenyAll has shut the role
        # No requester is left if the cut-offs were over, and dropped, before AWS accepted the
        # change.
        requesters = [each.requested_by for each in stored.cut_offs if each.id in accepted]
        last = requesters[-1] if requesters else ""
        stored = replace(stored, shut_at=now, shut_by=last, shut_seen_at=None)
    # `claim` set `writing` to the ID of the canary that the change denies.
    # A cut-off keeps the canary of the first version that has the cut-off. Every later version that
    # denies this canary ends the same sessions.
    with_canaries = _update(
        stored,
        lambda each: each.id in accepted and each.status is CutOffStatus.REQUESTED,
        canary=stored.writing,
    )
    stored = replace(stored, cut_offs=with_canaries)
    return next_version(
        stored,
        cut_offs=_update(
            stored,
            lambda each: each.id in accepted and each.status is not CutOffStatus.SEEN,
            status=CutOffStatus.WRITTEN,
            problem=None,
            written_at=now,
        ),
        canary=stored.writing,
        canary_seen_at=None,
        writing="",
        claimed_until=None,
        versions=tuple(versions)[-MAX_VERSIONS:],
        # `claim` set it for a brake that denies sessions. A release or a drill clears it.
        denies=stored.denies and bool(accepted),
        problem=None,
    )


def record_failure(
    stored: RoleCutOffs, problem: CutOffProblem, now: datetime, versions: Iterable[str]
) -> RoleCutOffs:
    """Return the item after AWS refused the change of the current attempt, or did not answer."""
    pending = {each.id for each in list_pending(stored, now) if _is_unwritten(each)}
    gives_up_drill = _has_drill(stored) and stored.try_count >= MAX_DRILL_TRIES
    # The brake then still denies sessions, but all of them have expired.
    gives_up_release = has_stale_denials(stored, now) and stored.try_count >= MAX_RELEASES
    return next_version(
        stored,
        cut_offs=_update(stored, lambda each: each.id in pending, problem=problem),
        writing="",
        claimed_until=None,
        versions=tuple(versions)[-MAX_VERSIONS:],
        problem=problem,
        reported_problem=problem,
        denies=stored.denies and not gives_up_release,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def request_rewrite(stored: RoleCutOffs) -> RoleCutOffs:
    """Return the item after a late write of an earlier attempt. The late write may have replaced
    the policy of a later attempt, so Daypass writes all cut-offs again that it can write."""
    return next_version(
        stored,
        cut_offs=_update(stored, _is_in_policy, problem=None, **_REQUESTED),
        canary_seen_at=None,
        **_AT_ONCE,
    )


def record_seen(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of what Daypass wrote last: in the look after the
    write, or in a look that a check requested."""
    # A look that a check requested comes before the drill's own write, so the drill stays
    # requested.
    is_after_write = stored.look_requested_at is None
    return next_version(
        stored,
        cut_offs=_update(
            stored,
            lambda each: each.status is CutOffStatus.WRITTEN and _is_in_policy(each),
            seen_at=now,
            **_STATUS_SEEN,
        ),
        canary_seen_at=now,
        # Only the brake is a reversible method.
        brake_seen_at=now if stored.is_reversible else stored.brake_seen_at,
        look_requested_at=None,
        drill_requested_at=None if is_after_write else stored.drill_requested_at,
        try_count=0,
        problem=None,
        reported_problem=None,
    )


def record_seen_earlier(stored: RoleCutOffs, canary: str, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied this canary of an earlier version of the brake. Mark the
    cut-offs as seen that were first written in that version, because it or a later one is in force.
    """
    cut_offs = _update(
        stored,
        lambda each: (
            each.status is CutOffStatus.WRITTEN and _is_in_policy(each) and each.canary == canary
        ),
        seen_at=now,
        **_STATUS_SEEN,
    )
    return next_version(stored, cut_offs=cut_offs, brake_seen_at=now)


def record_seen_of_client(stored: RoleCutOffs, id: str, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of one cut-off because of a policy that the
    client's administrator wrote."""
    cut_offs = _update(
        stored,
        lambda each: each.id == id and each.status is not CutOffStatus.SEEN,
        seen_at=now,
        **_STATUS_SEEN,
    )
    return next_version(stored, cut_offs=cut_offs)


def record_not_in_force(stored: RoleCutOffs, now: datetime, problem: CutOffProblem) -> RoleCutOffs:
    """Return the item after a failed look: AWS did not deny the canary although IAM had time to
    apply the cut-off, or Daypass got no session for the canary. Because of the problem, the next
    step of these cut-offs is to write them again. `find_next_try` makes the wait longer each time.
    """
    pending = {each.id for each in list_pending(stored, now) if each.status is CutOffStatus.WRITTEN}
    # This also gives up a drill that was requested and has not begun.
    gives_up_drill = stored.try_count >= MAX_DRILL_TRIES
    return next_version(
        stored,
        cut_offs=_update(stored, lambda each: each.id in pending, problem=problem),
        problem=problem,
        reported_problem=problem,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def request_repair(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after a check's look showed that the brake is not in force any more: AWS did
    not deny the brake's canary. Daypass writes the brake again, at once (`_AT_ONCE`).

    Each cut-off that belongs in the brake and is not over gets the status `requested` again
    (`_REQUESTED`), because its policy is not in force.
    """
    return next_version(
        stored,
        cut_offs=_update(
            stored,
            lambda each: not each.is_over(now) and _is_in_policy(each),
            problem=CutOffProblem.NOT_IN_FORCE,
            **_REQUESTED,
        ),
        canary="",
        canary_seen_at=None,
        look_requested_at=None,
        drill_requested_at=now,  # so that Daypass writes the brake even if it has no cut-off
        problem=CutOffProblem.NOT_IN_FORCE,
        reported_problem=None,  # so that leads are notified of the next failure
        **_AT_ONCE,
    )


def end_look(stored: RoleCutOffs) -> RoleCutOffs:
    """Return the item after a look that a check requested, and that shows nothing about the brake:
    the answer was unclear, or the look was at a shut role."""
    return next_version(stored, look_requested_at=None)


def without_ended(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item without the cut-offs that are over."""
    return next_version(stored, cut_offs=list_live(stored, now))
