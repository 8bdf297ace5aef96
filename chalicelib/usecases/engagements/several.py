"""Revoke a client, which is all its engagements, or all grants of a member who leaves, in one call.

First everything gets its stop, so that the slow part, the lists of sessions, delays no block. A
call begins nothing after 12 seconds. Repeating it continues. A member who leaves is suspended
before: they get no session, whatever happens to the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import (
    Engagement,
    Grant,
    is_similar_client_name,
    normalise_client_name,
)
from chalicelib.domain.errors import Conflict, DaypassError, NotFound, Reason, Unavailable
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation, merge_revocations
from chalicelib.domain.vending.stops.several import (
    BlockedEngagement,
    BlockStatus,
    ClientRevocation,
    SeveralRevocations,
    SimilarClient,
    list_fields,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.grants import find_grant
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.lead_changes import LeadChanges, suspend_member
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    Actor,
    as_system_actor,
    record,
    retry_on_conflict,
    write,
)
from chalicelib.usecases.vending.given_approvals import with_given_approvals
from chalicelib.usecases.vending.revoking import (
    RevocationOrder,
    RevokedItem,
    begin_revocation,
    finish_revocation,
)
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions

TIME_TO_BEGIN = timedelta(seconds=12)
"""After this time, a call begins no further step. The Lambda function has 25 s, and one step may
take a few seconds."""
REINSTATED = (
    "Someone has since reinstated this member. Their grants are revoked. To suspend the member"
    " again, send the same request."
)
MAX_SIMILAR_SHOWN = 20
T = TypeVar("T")


class MemberLeft(SeveralRevocations):
    """The response when a member leaves the firm: their suspension, with their sessions in all
    engagements, and the engagements in which this ended their grants."""

    left_at: Moment | None
    """When Daypass had revoked every grant, and recorded that the member left. None if some grants
    are still to be revoked: send the same request again."""
    lead_changes: LeadChanges | None
    """The changes that the member made as a lead. None for a member who never was a lead."""

    @property
    def summary(self) -> str:
        grants = f"{super().summary} Revoked grants: {self.blocked_count}"
        if self.left_at is None:
            return (
                f"{grants} of {self.engagement_count}. Send the same request again for the others."
            )
        undone = (
            " Reinstating the member does not restore these grants." if self.blocked_count else ""
        )
        return f"{grants}.{undone}"


def revoke_client(ports: Ports, lead: Caller, client: str, *, why: str) -> ClientRevocation:
    """Revoke every engagement of the client with this name, and return what happened to each.

    The case of letters and the number of spaces do not matter. An engagement that was opened or
    renamed in the last seconds may be missing. An engagement is blocked when its revocation is
    stored and its sessions are counted. If that fails for some engagements, or the time runs out,
    the response names them, and another call continues.

    Raise NotFound if no engagement has this client. If none could be blocked, raise the first error
    of an engagement, such as Unavailable.
    """
    latest_begin = ports.now() + TIME_TO_BEGIN
    engagements, similar = _find_engagements(ports, client)

    def find_order(engagement: str) -> RevocationOrder:
        item = find_engagement(ports, engagement)
        return RevocationOrder(item, Action.ENGAGEMENT_REVOKE, {"said": why})

    parts, revocations, errors = _revoke_each(ports, lead, latest_begin, engagements, find_order)
    _record_client(ports, lead, engagements, parts, why)
    merged = merge_revocations(revocations)
    if merged is None:
        # No engagement is blocked, so each has an error. The revocations of some may be stored.
        stored = sum(part.revoked_at is not None for part in parts)
        if not stored:
            raise errors[0]
        raise type(errors[0])(  # an error with the same status
            errors[0].reason,
            f"Daypass stored the revocation of {stored} of {len(parts)} engagements, and could not"
            " finish it. Send the same request again.",
        )
    return ClientRevocation(
        **list_fields(merged, parts),
        client=engagements[0].client,
        not_included=tuple(similar[:MAX_SIMILAR_SHOWN]),
    )


def leave(ports: Ports, lead: Caller, member: str, *, why: str) -> MemberLeft:
    """Suspend the member, revoke every grant of theirs, and record that they left.

    Return what ended in each engagement, even if the member left before. A grant that was created
    in the last second may be missing. If some grants cannot be revoked, or the time runs out, the
    response names them, `left_at` is None, and another call continues.

    Raise NotFound for an unknown member. Raise Conflict for the last active lead, or if someone
    reinstated the member meanwhile.
    """
    latest_begin = ports.now() + TIME_TO_BEGIN
    suspension = suspend_member(ports, lead, member, why=why)
    # A lead who leaves has just revoked their own token.
    by: Actor = as_system_actor(lead) if lead.actor == member else lead
    suspended_at = suspension.revocation.revoked_at
    # The engagements of the grants that the member would still have, or that were revoked since the
    # suspension.
    keys = [
        (grant.engagement,)
        for grant in list_all(ports.state, Grant, member=member)
        if grant.ends_at > suspended_at
        and (grant.revoked_at is None or grant.revoked_at >= suspended_at)
    ]
    engagements = list(ports.state.get_many(Engagement, keys).values())

    def find_order(engagement: str) -> RevocationOrder:
        item = find_grant(ports, engagement, member)
        return RevocationOrder(item, Action.GRANT_REVOKE, {"said": why})

    parts, _, errors = _revoke_each(ports, by, latest_begin, engagements, find_order)
    revocation = suspension.revocation
    if parts:  # revoking the grants may have withheld vends that the suspension did not see
        revocation = _list_sessions_again(ports, by, member, revocation)
    left_at = None
    if not errors:
        left_at = _record_departure(ports, by, member, revocation, len(parts), why)
    return MemberLeft(
        **list_fields(revocation, parts),
        left_at=left_at,
        lead_changes=suspension.lead_changes,
    )


def _revoke_each(
    ports: Ports,
    by: Actor,
    latest_begin: datetime,
    engagements: Sequence[Engagement],
    find_order: Callable[[str], RevocationOrder],
) -> tuple[list[BlockedEngagement], list[Revocation], list[DaypassError]]:
    """Store the stops (revocations) of all engagements first, so that no vend starts while this
    function then lists and cuts off the sessions of each.

    `find_order` returns what to revoke in an engagement. No step begins after `latest_begin`: it
    fails with Unavailable. Return a part of the response for each engagement, in order, the
    finished revocations, and the errors.
    """

    def begin(engagement: str) -> RevokedItem:
        return retry_on_conflict(
            ports, by, lambda actor: begin_revocation(ports, actor, find_order(engagement))
        )

    def finish(begun: RevokedItem | DaypassError) -> Revocation:
        if isinstance(begun, DaypassError):
            raise begun
        # The stop is stored, so finish it even if the actor has lost the right meanwhile.
        return finish_revocation(ports, by, begun)

    all_begun = _run_each(ports, latest_begin, [partial(begin, each.id) for each in engagements])
    results = _run_each(ports, latest_begin, [partial(finish, each) for each in all_begun])
    return (
        list(map(_build_part, engagements, all_begun, results)),
        [each for each in results if isinstance(each, Revocation)],
        # The errors of `begin` come first. `finish` raises them again, so they are there twice.
        [each for each in (*all_begun, *results) if isinstance(each, DaypassError)],
    )


def _run_each(
    ports: Ports, latest_begin: datetime, calls: Sequence[Callable[[], T]]
) -> list[T | DaypassError]:
    """Make several of the calls at a time, and return the result or the error of each, in order.
    Begin no call after `latest_begin`."""

    def run(call: Callable[[], T]) -> T | DaypassError:
        if ports.now() > latest_begin:
            return Unavailable(Reason.REQUEST_UNFINISHED)
        try:
            return call()
        except DaypassError as error:
            return error

    return list(ports.side_by_side(partial(run, call) for call in calls))


def _build_part(
    engagement: Engagement, begun: RevokedItem | DaypassError, result: Revocation | DaypassError
) -> BlockedEngagement:
    """Return the engagement's part of the response. Without a finished revocation, the part has the
    first error, and when the revocation was stored, if it was."""
    if isinstance(result, Revocation):
        return BlockedEngagement(
            engagement=engagement.id,
            client=engagement.client,
            status=BlockStatus.BLOCKED,
            revoked_at=result.revoked_at,
            alive=result.alive,
            last_moment=result.last_moment,
        )
    revoked_at = begun.at if isinstance(begun, RevokedItem) else engagement.revoked_at
    error = begun if isinstance(begun, DaypassError) else result
    return BlockedEngagement(
        engagement=engagement.id,
        client=engagement.client,
        status=BlockStatus.UNFINISHED if revoked_at else BlockStatus.NOT_BLOCKED,
        revoked_at=revoked_at,
        reason=error.reason,
        detail=error.detail,
    )


def _find_engagements(
    ports: Ports, client: str
) -> tuple[Sequence[Engagement], Sequence[SimilarClient]]:
    """Return the client's engagements, and the clients with a similar name. Raise NotFound if no
    engagement has this client."""
    sought = normalise_client_name(client)
    engagements: list[Engagement] = []
    similar: dict[str, list[Engagement]] = {}
    for engagement in list_all(ports.state, Engagement):
        name = normalise_client_name(engagement.client)
        if name == sought:
            engagements.append(engagement)
        elif is_similar_client_name(name, sought):
            similar.setdefault(name, []).append(engagement)
    similar_clients = [
        SimilarClient(group[0].client, len(group)) for _, group in sorted(similar.items())
    ]
    if not engagements:
        names = ", ".join(each.client for each in similar_clients[:5])
        hint = f" Clients with a similar name: {names}." if names else ""
        raise NotFound(
            Reason.NO_SUCH_CLIENT,
            f"No engagement has this client. Check the client's name.{hint}",
        )
    # Engagements that are not revoked come first, so that another call continues with those that an
    # earlier call had no time for.
    engagements.sort(key=lambda each: each.revoked_at or ports.now(), reverse=True)
    return engagements, similar_clients


def _list_sessions_again(
    ports: Ports, by: Actor, member: str, suspension: Revocation
) -> Revocation:
    """Return the suspension with its sessions as they are now. The revocations of the grants may
    have withheld a vend that was not on the trail when the suspension listed them."""
    try:
        again = withhold_and_list_sessions(
            ports,
            by,
            find_member(ports, member),
            suspension.revoked_at,
            cut_off=CutOffScope.MEMBER,
            requested_by=by.actor,
        )
        again = with_given_approvals(ports, by, member, again)
    except (Conflict, Unavailable):
        return suspension
    return replace(again, changes_until=suspension.changes_until)


def _record_client(
    ports: Ports,
    lead: Caller,
    engagements: Sequence[Engagement],
    parts: Sequence[BlockedEngagement],
    why: str,
) -> None:
    """Record that the client was revoked, if this call revoked an engagement. Each engagement has
    an entry of its own, so if this entry cannot be written, only the summary is missing."""
    was_revoked = {engagement.id for engagement in engagements if engagement.revoked_at is not None}
    new = [part for part in parts if part.revoked_at and part.engagement not in was_revoked]
    if not new:
        return
    details = {
        "client": engagements[0].client,
        "engagements": str(len(new)),
        "not_blocked": str(sum(part.status is not BlockStatus.BLOCKED for part in parts)),
        "said": why,
    }
    by = as_system_actor(lead)
    operation = Operation(action=Action.CLIENT_REVOKE, details=details)
    with suppress(Unavailable):
        retry_on_conflict(ports, by, lambda by: record(ports, by, operation))


def _record_departure(
    ports: Ports, by: Actor, member: str, revocation: Revocation, grants: int, why: str
) -> datetime | None:
    """Record once that the member left, and return when.

    Return None if that cannot be recorded now. The member is suspended and their grants are revoked
    all the same. Raise Conflict if someone reinstated the member meanwhile.
    """

    def attempt(by: Actor) -> datetime | None:
        stored = find_member(ports, member)
        if stored.suspended_at is None:
            raise Conflict(Reason.NOT_ENDED, REINSTATED)
        if stored.left_at is not None:
            return stored.left_at
        left = next_version(stored, left_at=ports.now())
        details = {"grants": str(grants), "sessions": str(revocation.alive), "said": why}
        write(ports, by, Action.MEMBER_LEAVE, (stored, left), details=details)
        return left.left_at

    try:
        return retry_on_conflict(ports, by, attempt)
    except DaypassError as error:
        if error.reason is Reason.NOT_ENDED:  # the member was reinstated
            raise
        return None
