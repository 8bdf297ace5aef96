"""A member leaves the firm: suspend them, and revoke all their grants, in one call.

The suspension comes first. From then on the member gets no session, whatever happens to the rest.
A call begins nothing after 12 seconds. Repeating it continues.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Conflict, DaypassError, Unavailable
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value, next_version, shown_property
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.several_revocations import BlockedEngagement, BlockStatus, show_parts
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.several import TIME_TO_BEGIN, build_part, run_each
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.lead_changes import LeadChanges, suspend_member
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, as_system_actor, retry_on_conflict, write
from chalicelib.usecases.vending.given_approvals import with_given_approvals
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions

REINSTATED = (
    "Someone reinstated this member meanwhile. Their grants are revoked. To suspend the member"
    " again, send the same request."
)


class MemberLeft(Value, frozen=True, kw_only=True):
    """The response when a member leaves the firm."""

    revocation: Revocation
    """The member's suspension, with their sessions in all engagements."""
    engagements: Annotated[
        tuple[BlockedEngagement, ...],
        Meta(
            description="The engagements in which this ended the member's grant, those with a grant"
            " that is still in force first. The suspension blocks the member there all the same."
            " The list has 200 at most."
        ),
    ]
    grant_count: int
    """The number of grants that were in force or upcoming when the member was suspended."""
    ended_count: int
    """The number of them that are revoked."""
    left_at: Moment | None
    """When Daypass had revoked every grant, and recorded that the member left. None if some grants
    are still to be revoked: send the same request again."""
    lead_changes: LeadChanges | None
    """The changes that the member made as a lead. None for a member who never was a lead."""

    @shown_property
    def message(self) -> str:
        """The response in a few sentences."""
        if self.left_at is None:
            grants = (
                f"Only {self.ended_count} of {self.grant_count} grants are revoked. Send the same"
                " request again for the others."
            )
        else:
            grants = f"Revoked grants: {self.ended_count}. A reinstatement gives none of them back."
        return f"{self.revocation.message} {grants}"


def leave(ports: Ports, lead: Caller, member: str, *, why: str) -> MemberLeft:
    """Suspend the member, revoke every grant of theirs, and record that they left.

    Return what ended in each engagement, also if the member left before. A grant that was created
    in the last second may be missing. If some grants cannot be revoked, or the time runs out, the
    response names them, and another call continues.

    Raise NotFound for an unknown member. Raise Conflict for the last active lead, or if someone
    reinstated the member meanwhile.
    """
    latest_begin = ports.now() + TIME_TO_BEGIN
    suspension = suspend_member(ports, lead, member, why=why)
    # A lead who leaves has just revoked their own token.
    by: Actor = as_system_actor(lead) if lead.actor == member else lead
    grants = _find_ended_grants(ports, member, suspension.revocation.revoked_at)
    results = run_each(
        ports,
        latest_begin,
        [partial(revoke_grant, ports, by, grant.engagement, member, why=why) for grant in grants],
    )
    engagements = ports.state.get_many(Engagement, [(grant.engagement,) for grant in grants])
    parts = [
        build_part(engagement, result)
        for grant, result in zip(grants, results, strict=True)
        if (engagement := engagements.get((grant.engagement,)))  # else the grant opens nothing
    ]
    ended_count = sum(part.status is BlockStatus.BLOCKED for part in parts)
    revocation = (
        _list_again(ports, by, member, suspension.revocation) if parts else suspension.revocation
    )
    left_at = None
    if ended_count == len(parts):
        left_at = _record(ports, by, member, revocation, ended_count, why)
    return MemberLeft(
        revocation=revocation,
        engagements=show_parts(parts),
        grant_count=len(parts),
        ended_count=ended_count,
        left_at=left_at,
        lead_changes=suspension.lead_changes,
    )


def _find_ended_grants(ports: Ports, member: str, suspended_at: datetime) -> list[Grant]:
    """Return the grants that the suspended member would still have, or that were revoked since."""
    return [
        grant
        for grant in list_all(ports.state, Grant, member=member)
        if grant.ends_at > suspended_at
        and (grant.revoked_at is None or grant.revoked_at >= suspended_at)
    ]


def _list_again(ports: Ports, by: Actor, member: str, suspension: Revocation) -> Revocation:
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


def _record(
    ports: Ports, by: Actor, member: str, revocation: Revocation, ended_count: int, why: str
) -> datetime | None:
    """Record once that the member left, and return when. Return None if that cannot be recorded
    now: the member and their grants are blocked all the same. Raise Conflict if someone reinstated
    the member meanwhile."""

    def attempt(by: Actor) -> datetime | None:
        stored = find_member(ports, member)
        if stored.suspended_at is None:
            raise Conflict(Reason.NOT_ENDED, REINSTATED)
        if stored.left_at is not None:
            return stored.left_at
        left = next_version(stored, left_at=ports.now())
        details = {"grants": str(ended_count), "sessions": str(revocation.alive), "said": why}
        write(ports, by, Action.MEMBER_LEAVE, (stored, left), details=details)
        return left.left_at

    try:
        return retry_on_conflict(ports, by, attempt)
    except DaypassError as error:
        if error.reason is Reason.NOT_ENDED:
            raise
        return None
