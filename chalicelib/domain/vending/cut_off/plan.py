"""The state machine of a role's cut-offs: which step is due, and how each step changes the stored
item. It is one for all methods. `cut_offs.METHODS` says where they differ."""

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
"""How long after a write IAM may take to apply it. Until then, Daypass looks again and again, and
takes nothing for missing; then it writes again. AWS names no time: seconds are usual, minutes
happen."""
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


def _is_unwritten(cut_off: CutOff) -> bool:
    """Return whether Daypass has to write the cut-off: for the first time, or once more because it
    was not seen to work in time."""
    return cut_off.status is CutOffStatus.REQUESTED or cut_off.problem is not None


def _has_drill(stored: RoleCutOffs) -> bool:
    """Return whether a drill is due. A requested test of what was written comes first."""
    is_requested = stored.drill_requested_at is not None and stored.look_requested_at is None
    return is_requested and stored.is_reversible


def _is_drill_written(stored: RoleCutOffs) -> bool:
    """Return whether Daypass has written a version of the brake since the drill was requested. A
    drill writes a version that no cut-off needs, to see that writing works."""
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
    """Return whether the brake still denies sessions although none of them can be alive."""
    return stored.denies and stored.is_reversible and not list_live(stored, now)


def is_look_overdue(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether IAM had enough time to apply what Daypass wrote."""
    return stored.tried_at is not None and now > stored.tried_at + TIME_TO_APPLY


def _find_attempt_time(stored: RoleCutOffs) -> datetime | None:
    """Return when the next attempt to change something may begin. None means at once."""
    return max(filter(None, (find_next_try(stored), stored.claimed_until)), default=None)


def find_step(stored: RoleCutOffs, now: datetime, *, has_looked_for_client: bool) -> Step | None:
    """Return the step that is due now, or None."""
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
    """Return the item's cut-offs with these changes of those that it concerns."""
    return tuple(replace(each, **changes) if concerns(each) else each for each in stored.cut_offs)


_SEEN: dict[str, Any] = {"status": CutOffStatus.SEEN, "problem": None}
_REQUESTED: dict[str, Any] = {
    "status": CutOffStatus.REQUESTED,
    "written_at": None,
    "seen_at": None,
}
_AT_ONCE: dict[str, Any] = {"tried_at": None, "try_count": 0}


def with_method(stored: RoleCutOffs, method: CutOffMethod) -> RoleCutOffs:
    """Return the item with the engagement's current method.

    While a brake denies sessions, the item keeps its method, so that the brake can be released. A
    proof that one method works says nothing about another method.
    """
    if method is stored.method or stored.denies:
        return stored
    if not stored.cut_offs:
        stored = replace(stored, canary="", canary_seen_at=None, drill_requested_at=None)

    def update(cut_off: CutOff) -> CutOff:
        is_known = cut_off.problem is None or cut_off.problem in CLIENTS_PROBLEMS
        if cut_off.status is CutOffStatus.SEEN or not is_known:
            return cut_off
        return replace(cut_off, problem=find_known_problem(method, cut_off))

    return replace(stored, method=method, cut_offs=tuple(map(update, stored.cut_offs)))


def of_role(
    stored: RoleCutOffs | None, key: tuple[str, ...], role_arn: str, method: CutOffMethod
) -> RoleCutOffs:
    """Return the item for new cut-offs of this IAM role by this method, or a new one of version
    0."""
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
    """Return the item with the requests of a check: first to test what Daypass wrote, and then to
    make a drill, which writes a version with a new canary. A check that is not full requests a
    drill only if the brake was not seen to work. Return None if nothing can be requested.

    The job carries all of this out, so that only one writer writes the brake. It does so after
    everything else that is due for the role's cut-offs. It makes no drill while the brake denies
    sessions.
    """
    if stored is None:
        stored = of_role(None, role.key, role.arn, engagement.cut_off)
    stored = with_method(stored, engagement.cut_off)
    is_requested = _has_drill(stored) or stored.look_requested_at is not None
    if is_requested or is_busy(stored, now):
        return None
    is_seen = stored.is_brake_seen and stored.role_arn == role.arn
    may_drill = may_drill and stored.is_reversible and not stored.denies
    with_drill = may_drill and (is_full or not is_seen)
    if with_drill:
        stored = stored.for_role(role.arn, engagement.cut_off)
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


def claimed(
    stored: RoleCutOffs, canary: str, now: datetime, *, was_allowed: bool = False
) -> RoleCutOffs:
    """Return the item of an attempt that begins now, and will use this canary. `was_allowed`: AWS
    did not deny the canary beforehand."""
    return next_version(
        stored,
        writing=canary,
        claimed_until=now + CLAIM,
        denies=stored.denies or (stored.is_reversible and bool(list_live(stored, now))),
        was_allowed=stored.was_allowed or was_allowed,
        tried_at=now,
        try_count=stored.try_count + 1,
    )


def written(
    stored: RoleCutOffs, ids: Iterable[str], now: datetime, versions: Iterable[str] = ()
) -> RoleCutOffs:
    """Return the item after AWS accepted the change of the current attempt, for the cut-offs with
    these IDs. Without any, the change released the brake."""
    accepted = frozenset(ids)
    if not stored.is_reversible:
        # The cut-off may be over, and dropped, by the time that AWS has accepted the change.
        requests = ["", *(each.requested_by for each in stored.cut_offs if each.id in accepted)]
        stored = replace(stored, shut_at=now, shut_by=requests[-1], shut_seen_at=None)
    begun = _update(
        stored,
        lambda each: each.id in accepted and each.status is CutOffStatus.REQUESTED,
        canary=stored.writing,
    )
    stored = replace(stored, cut_offs=begun)
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
        denies=stored.denies and bool(accepted),
        problem=None,
    )


def failed(
    stored: RoleCutOffs, problem: CutOffProblem, now: datetime, versions: Iterable[str]
) -> RoleCutOffs:
    """Return the item after AWS refused the change of the current attempt, or did not answer."""
    pending = {each.id for each in list_pending(stored, now) if _is_unwritten(each)}
    gives_up_drill = _has_drill(stored) and stored.try_count >= MAX_DRILL_TRIES
    gives_up_release = has_stale_denials(stored, now) and stored.try_count >= MAX_RELEASES
    return next_version(
        stored,
        cut_offs=_update(stored, lambda each: each.id in pending, problem=problem),
        writing="",
        claimed_until=None,
        versions=tuple(versions)[-MAX_VERSIONS:],
        problem=problem,
        told_problem=problem,
        denies=stored.denies and not gives_up_release,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def superseded(stored: RoleCutOffs) -> RoleCutOffs:
    """Return the item after a late write of an earlier attempt. The late write may have replaced
    the policy of a later attempt, so Daypass writes everything again."""
    return next_version(
        stored,
        cut_offs=_update(
            stored,
            lambda each: each.problem not in CLIENTS_PROBLEMS,
            problem=None,
            **_REQUESTED,
        ),
        canary_seen_at=None,
        **_AT_ONCE,
    )


def seen(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of what Daypass wrote, or denied it again."""
    is_first = stored.look_requested_at is None
    return next_version(
        stored,
        cut_offs=_update(
            stored, lambda each: each.status is CutOffStatus.WRITTEN, seen_at=now, **_SEEN
        ),
        canary_seen_at=now,
        brake_seen_at=now if stored.is_reversible else stored.brake_seen_at,
        look_requested_at=None,
        drill_requested_at=None if is_first else stored.drill_requested_at,
        try_count=0,
        problem=None,
        told_problem=None,
    )


def seen_earlier(stored: RoleCutOffs, canary: str, now: datetime) -> RoleCutOffs:
    """Return the item with those cut-offs marked as seen whose first version of the brake has this
    canary. AWS has denied this canary now, so that version or a later one is in force.

    Leave out the cut-offs of a former IAM role (`role_arn`), which does not have this brake.
    """
    cut_offs = _update(
        stored,
        lambda each: (
            each.status is CutOffStatus.WRITTEN and each.role_arn is None and each.canary == canary
        ),
        seen_at=now,
        **_SEEN,
    )
    return next_version(stored, cut_offs=cut_offs, brake_seen_at=now)


def seen_by_client(stored: RoleCutOffs, id: str, now: datetime) -> RoleCutOffs:
    """Return the item after AWS denied the canary of one cut-off, in a policy that the client's
    administrator wrote."""
    cut_offs = _update(
        stored,
        lambda each: each.id == id and each.status is not CutOffStatus.SEEN,
        seen_at=now,
        **_SEEN,
    )
    return next_version(stored, cut_offs=cut_offs)


def not_in_force(stored: RoleCutOffs, now: datetime, problem: CutOffProblem) -> RoleCutOffs:
    """Return the item after a failed test. Either AWS did not deny the canary's request although
    IAM had time to apply the cut-off, or Daypass got no session for the canary. Daypass writes the
    cut-off again, each time after a longer wait."""
    pending = {each.id for each in list_pending(stored, now) if each.status is CutOffStatus.WRITTEN}
    gives_up_drill = stored.try_count >= MAX_DRILL_TRIES
    return next_version(
        stored,
        cut_offs=_update(stored, lambda each: each.id in pending, problem=problem),
        problem=problem,
        told_problem=problem,
        drill_requested_at=None if gives_up_drill else stored.drill_requested_at,
    )


def not_in_force_any_more(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after a test that a check had requested, and in which AWS did not deny the
    canary. Daypass writes the brake again.

    Each cut-off that belongs in the brake and is not over goes back to `requested`, because its
    policy is not in force.
    """
    return next_version(
        stored,
        cut_offs=_update(
            stored,
            lambda each: not each.is_over(now) and each.role_arn is None,
            problem=CutOffProblem.NOT_IN_FORCE,
            **_REQUESTED,
        ),
        canary="",
        canary_seen_at=None,
        look_requested_at=None,
        drill_requested_at=now,
        problem=CutOffProblem.NOT_IN_FORCE,
        told_problem=None,
        **_AT_ONCE,
    )


def looked(stored: RoleCutOffs) -> RoleCutOffs:
    """Return the item after a requested test that says nothing about the brake."""
    return next_version(stored, look_requested_at=None)


def without_ended(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item without the cut-offs that are over."""
    return next_version(stored, cut_offs=list_live(stored, now))
