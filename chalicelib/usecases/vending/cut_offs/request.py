"""Request cut-offs, after a revocation has blocked new sessions.

A cut-off ends live sessions from within the client's account. A request only records it. The
function CutOff does the rest, because only that function may enter clients' accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged, Reason
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    RoleCutOffs,
    find_clients_problem,
)
from chalicelib.domain.vending.cut_off.limits import (
    add_cut_off,
    find_covering_cut_off,
    find_widened_members,
)
from chalicelib.domain.vending.cut_off.scope import CutOffScope, CutOffTarget, group_sessions
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.vending.sessions import Revocation, Session, with_cut_offs
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import (
    Actor,
    as_system_actor,
    build_entry,
    retry_on_conflict,
)

TIME_TO_BEGIN = timedelta(seconds=5)
"""After this time a revocation requests no further cut-off, so that its function can still answer
while DynamoDB does not. A job requests the missing ones."""


def request_cut_offs(
    ports: Ports,
    by: Actor,
    revocation: Revocation,
    sessions: Iterable[Session],
    scope: CutOffScope | None,
    *,
    requested_by: str,
) -> Revocation:
    """Request the cut-offs that end these sessions, and return the revocation with the cut-offs
    added.

    Call this after new sessions are blocked and the vends in progress are withheld. `sessions` are
    all sessions that may be active under the revoked item, not only those that `revocation` lists.
    If `scope` is None, request nothing. `requested_by` is the actor of the revocation, and not `by`
    if a scheduled job finishes it. A repeated revocation adds no second cut-off.

    Raise no error, because the caller must get the revocation even if no cut-off can be recorded.
    The returned revocation then has `cut_offs_missing`.
    """
    if scope is None:
        return revocation
    targets = group_sessions(sessions, scope)  # sorted, as `groupby` needs them
    began_at = ports.now()
    latest_request_time = began_at + TIME_TO_BEGIN
    calls = [
        partial(
            _request_for_role,
            ports,
            as_system_actor(by),
            revocation,
            tuple(group),
            latest_request_time,
            requested_by,
        )
        for _, group in groupby(targets, key=lambda target: (target.engagement, target.role))
    ]
    cut_offs: list[CutOffView] = []
    is_complete = True
    for requested, is_role_complete in ports.side_by_side(calls):
        cut_offs += requested
        is_complete = is_complete and is_role_complete
    # Not for cut-offs that were requested before: a member can repeat their request without end,
    # and a run can take minutes. The job also runs each minute.
    if any(each.requested_at >= began_at for each in cut_offs):
        ports.kick(KickedFunction.CUT_OFF)
    return with_cut_offs(revocation, cut_offs, is_complete=is_complete)


def _request_for_role(
    ports: Ports,
    by: Actor,
    revocation: Revocation,
    targets: Sequence[CutOffTarget],
    latest_request_time: datetime,
    requested_by: str,
) -> tuple[list[CutOffView], bool]:
    """Request the cut-offs of one role of an engagement. Return those that are recorded, and
    whether all are. Raise no error."""
    cut_offs: list[CutOffView] = []
    for target in targets:
        if ports.now() > latest_request_time:
            return cut_offs, False
        try:
            request = partial(
                _request, ports, revocation=revocation, target=target, requested_by=requested_by
            )
            cut_off = retry_on_conflict(ports, by, request)
        # Swallow every error, because the revocation is in force and must not lose its answer. The
        # answer says that cut-offs are missing, and a job requests them again.
        except Exception:  # noqa: BLE001
            return cut_offs, False
        cut_offs.append(cut_off)
    return cut_offs, True


def _request(
    ports: Ports, by: Actor, *, revocation: Revocation, target: CutOffTarget, requested_by: str
) -> CutOffView:
    """Add a cut-off of these sessions to the role's, in one transaction with its trail entry.
    Return it, or the stored cut-off that ends these sessions already. If there is no room
    for it, wider cut-offs replace some (`add_cut_off`), and the entry says so. Raise Conflict if
    someone else changed the role's cut-offs meanwhile."""
    stored = _read_role_cut_offs(ports, target)
    details = {
        "method": stored.method.value,
        "issued_until": rfc3339(revocation.cut_off_at),
        "needed_until": rfc3339(target.needed_until),
        "sessions": " ".join(target.sessions),
        "role_arn": target.role_arn,
    }
    operation = Operation(
        action=Action.CUT_OFF_REQUEST,
        engagement=target.engagement,
        role=target.role,
        subject=target.member,
        details=details,
    )
    entry = build_entry(ports, by, operation)
    cut_off = _build_cut_off(entry.id, stored, revocation, target, requested_by, entry.at)
    covering = find_covering_cut_off(stored, cut_off)
    if covering is not None:
        return build_cut_off_view(stored, covering, ports.now())
    changed = add_cut_off(stored, cut_off)
    if changed.cut_offs[-1].is_for_everyone and not cut_off.is_for_everyone:
        entry = replace(entry, details={**entry.details, "widened": "everyone"})
    elif members := find_widened_members(stored, changed, cut_off):
        entry = replace(entry, details={**entry.details, "widened_members": " ".join(members)})
    try:
        ports.state.change([changed], entry)
    except FactsChanged:
        raise Conflict(Reason.CHANGED_MEANWHILE) from None
    ports.announce(entry)
    return build_cut_off_view(changed, changed.cut_offs[-1], ports.now())


def _read_role_cut_offs(ports: Ports, target: CutOffTarget) -> RoleCutOffs:
    """Return the role's cut-offs, with the IAM role and the method for new ones.

    If the role has another ARN now, the cut-offs of its former IAM role are left to the client's
    administrator.
    """
    key = target.engagement, target.role
    engagement = ports.state.get(Engagement, target.engagement)
    role = ports.state.get(Role, *key)
    method = CutOffMethod.NONE if engagement is None else engagement.cut_off
    role_arn = target.role_arn if role is None else role.arn
    return plan.prepare_for_role(ports.state.get(RoleCutOffs, *key), key, role_arn, method)


def _build_cut_off(
    id: str,
    stored: RoleCutOffs,
    revocation: Revocation,
    target: CutOffTarget,
    requested_by: str,
    now: datetime,
) -> CutOff:
    """Return the cut-off that this revocation requests for the target's sessions. If Daypass cannot
    write it, its `problem` says why, and the client's administrator has to write it."""
    cut_off = CutOff(
        id=id,
        # None if the sessions are of the item's own IAM role, and not of a former one.
        role_arn=None if target.role_arn == stored.role_arn else target.role_arn,
        revoked_at=revocation.revoked_at,
        member=target.member,
        sessions=target.sessions,
        issued_until=revocation.cut_off_at,
        requested_at=now,
        requested_by=requested_by,
        needed_until=target.needed_until,
    )
    return replace(cut_off, problem=find_clients_problem(stored.method, cut_off))
