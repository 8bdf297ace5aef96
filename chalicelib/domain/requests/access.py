"""A member's access: what a row says of each role of each grant, and why a role is not open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    find_open_access,
    list_stops,
    needs_approval,
)
from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.engagements.engagements import Agents, Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import RequiresReason
from chalicelib.domain.identifiers import AccountId, EngagementId, MemberId, RequestId
from chalicelib.domain.moments import Moment, describe_duration, utc_text
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.decisions import find_request_problem
from chalicelib.domain.requests.emergencies import (
    EmergencyFacts,
    OpenEmergency,
    find_emergency_problem,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Internal, Value
from chalicelib.domain.vending.access import AccessFacts, Allowed, CallerKind, SessionRequest
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole
from chalicelib.domain.vending.explain import ChangeBy, Explanation, explain_access, limit_to_own
from chalicelib.domain.vending.first_use import begin_access, find_grant_to_start

NO_ROLE = "No role of the grant is in use."
_ANY_REASON = "-"


class AccessState(StrEnum):
    """The state of a role for its member."""

    OPEN = "open"
    APPROVED = "approved"
    """The next session begins the time of approved access."""
    SHUT = "role shut"
    """Daypass gives a session, which can do nothing."""
    ON_REQUEST = "on request"
    """The member can request access."""
    CLOSED = "closed"

    @property
    def tone(self) -> str:
        return _TONES[self]


_TONES = {
    AccessState.OPEN: "good",
    AccessState.APPROVED: "good",
    AccessState.SHUT: "bad",
    AccessState.ON_REQUEST: "wait",
    AccessState.CLOSED: "bad",
}


class AccessKind(StrEnum):
    """How the member gets access to a role."""

    STANDING = "standing"
    """By their grant alone."""
    ON_REQUEST = "on-request"
    """By their grant and an approved request."""
    EMERGENCY = "emergency"
    """By an approved request or, in an emergency, by themself."""


class Access(Value, frozen=True, kw_only=True):
    """One role of one grant, as its member can use it with a token of theirs."""

    member: MemberId
    engagement: EngagementId
    client: ClientName
    account_id: AccountId
    role: Annotated[str, Meta(description="Empty if no role of the grant is in use.")]
    state: AccessState
    until: Moment
    """When the access ends that is open now, or else the grant or the engagement."""
    text: str = ""
    """Why the role is not open, or what to know before a session."""
    reason: Reason | None = None
    """The reason's code, if Daypass would refuse a session."""
    change_by: ChangeBy | None = None
    """The person or thing that can change that. null if Daypass would not refuse."""
    change: str | None = None
    """The person who can open the role, and their step. null if Daypass would not refuse."""
    starts_at: Moment
    """The later start of the engagement and the grant."""
    ends_at: Moment
    """The earlier end of the engagement and the grant."""
    agents: Agents
    requires_reason: RequiresReason = False
    longest_session: int = 0
    """The duration of the longest session now, in seconds. 0 if Daypass would refuse one."""
    access: AccessKind = AccessKind.STANDING
    request: RequestId | None = None
    """The request whose access is open now, begins with the next session, or is the next one."""
    waiting_request: RequestId | None = None
    """The member's request for the role that no one has decided."""
    may_request: bool = False
    """True if the member can request access now."""
    may_open_emergency: bool = False
    """True if the member can open the role themself now."""
    granted_by: MemberId
    granted_at: Moment
    opened: Internal[ApprovedGrant | None] = None
    """The approved grant of `request`."""
    shut: Internal[ShutRole | None] = None
    """The role, if Daypass shut it. The access rule does not know that."""

    @property
    def is_open(self) -> bool:
        return self.reason is None and bool(self.role)

    @property
    def target(self) -> str:
        return f"{self.engagement}/{self.role}" if self.role else self.engagement


def describe_access(
    facts: AccessFacts,
    name: str,
    *,
    lock: EmergencyLock | None,
    requests: Iterable[AccessRequest],
    shut: ShutRole | None,
    limited: bool,
    now: datetime,
) -> Access:
    """Return what the member of the facts may do with this role of their grant. `limited` says no
    more than a refused vend does: see `limit_to_own`. `requests` are their undecided ones."""
    member, engagement, grant = facts.member, facts.engagement, facts.grant
    if member is None or engagement is None or grant is None:
        raise TypeError("access is that of a member's grant")
    waiting = [each for each in requests if (each.engagement, each.role) == (engagement.id, name)]
    emergency = _find_emergency_problem(facts, lock, engagement, name, now)
    access = replace(
        describe_grant(grant, engagement),
        role=name,
        text="",
        requires_reason=facts.role is not None and facts.role.requires_reason,
        access=_find_kind(engagement, grant, name),
        waiting_request=waiting[0].id if waiting else None,
        may_request=find_request_problem(facts, CallerKind.PERSON, now) is None,
        shut=shut,
    )
    notes = [shut.text if shut is not None else ""]
    starts = find_grant_to_start(facts, now)
    explanation = _explain(facts, member, engagement, name, now)
    if explanation.reason is Reason.ACCESS_NOT_STARTED and starts is not None:
        explanation = _explain(begin_access(facts, starts, now), member, engagement, name, now)
        span = describe_duration(starts.duration or 0)
        notes.append(f"Its time, {span}, begins with the first session.")
        access = replace(access, state=AccessState.APPROVED, opened=starts, until=starts.ends_at)
    decision, refusal = explanation.decision, explanation.refusal
    if isinstance(decision, Allowed):
        notes.append("A session needs a reason." if access.requires_reason else "")
        if access.state is AccessState.CLOSED:
            access = replace(
                access, state=AccessState.OPEN, opened=decision.approved, until=decision.deadline
            )
        if access.opened is not None and access.opened.is_emergency:
            notes.append("Opened in an emergency.")
        if shut is not None:
            access = replace(access, state=AccessState.SHUT)
        access = replace(access, longest_session=decision.terms.duration)
    elif refusal is not None:
        if limited and refusal.change_by is not ChangeBy.TIME:
            refusal = limit_to_own(explanation).refusal or refusal
        if waiting:
            notes.append(f"A request waits until {utc_text(waiting[0].expires_at)}.")
        if access.access is AccessKind.EMERGENCY and emergency is Reason.EMERGENCY_UNREVIEWED:
            notes.append(emergency.text(Surface.WEB))
        access = replace(
            access,
            state=AccessState.ON_REQUEST if access.may_request else AccessState.CLOSED,
            text=refusal.fact,
            reason=refusal.reason,
            change_by=refusal.change_by,
            change=refusal.change,
            may_open_emergency=emergency is None,
            opened=_find_next(facts, member, engagement, grant, now),
        )
    request = access.opened.request if access.opened is not None else None
    return replace(access, text=" ".join(filter(None, (access.text, *notes))), request=request)


def describe_grant(grant: Grant, engagement: Engagement) -> Access:
    """Return the row of a grant without a role in use."""
    ends_at = min(grant.ends_at, engagement.ends_at)
    return Access(
        member=grant.member,
        engagement=engagement.id,
        client=engagement.client,
        account_id=engagement.account_id,
        role="",
        state=AccessState.CLOSED,
        until=ends_at,
        text=NO_ROLE,
        starts_at=max(grant.starts_at, engagement.starts_at),
        ends_at=ends_at,
        agents=engagement.agents,
        granted_by=grant.granted_by,
        granted_at=grant.created_at,
    )


def _explain(
    facts: AccessFacts, member: Member, engagement: Engagement, role: str, now: datetime
) -> Explanation:
    request = SessionRequest(role=role, reason=_ANY_REASON)
    return explain_access(facts, member.id, engagement.id, request, now)


def _find_kind(engagement: Engagement, grant: Grant, role: str) -> AccessKind:
    if role in grant.emergency and not engagement.requires_client_approval:
        return AccessKind.EMERGENCY
    is_on_request = needs_approval(engagement, grant, role)
    return AccessKind.ON_REQUEST if is_on_request else AccessKind.STANDING


def _find_emergency_problem(
    facts: AccessFacts, lock: EmergencyLock | None, engagement: Engagement, role: str, now: datetime
) -> Reason | None:
    """Return why the member may not open the role themself now."""
    policy = ApprovalPolicy(engagement=engagement.id, role=role)
    emergency = EmergencyFacts(access=facts, policy=policy, lock=lock)
    return find_emergency_problem(emergency, OpenEmergency(reason=_ANY_REASON), now)


def _find_next(
    facts: AccessFacts, member: Member, engagement: Engagement, grant: Grant, now: datetime
) -> ApprovedGrant | None:
    """Return the approved grant that opens the role later, if any."""
    if facts.role is None:
        return None
    stops = list_stops(member, engagement, facts.role, grant)
    return find_open_access(facts.approved_grants, engagement, stops, now)
