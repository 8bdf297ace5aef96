"""A member's access: what a row says of each role of each grant, and why a role is not open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, EmergencyLock
from chalicelib.domain.engagements.engagements import Agents, Engagement, Grant
from chalicelib.domain.engagements.roles import RequiresReason
from chalicelib.domain.identifiers import AccountId, EngagementId, MemberId, RequestId
from chalicelib.domain.moments import Moment, describe_duration, utc_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import find_emergency_problem
from chalicelib.domain.requests.opening import find_request_problem
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Internal, Value
from chalicelib.domain.vending.access import (
    ANY_REASON,
    AccessFacts,
    Allowed,
    CallerKind,
    SessionRequest,
)
from chalicelib.domain.vending.conditions import AccessQuestion
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole
from chalicelib.domain.vending.explain import ChangeBy, Clause, explain_access, limit_to_own
from chalicelib.domain.vending.first_use import begin_access, find_grant_to_start

NO_ROLE = "No role of the grant is in use."
_NO_CLAUSE = Clause(name="", holds=False, fact="")


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


class Access(Value):
    """A row of a member's access: one role of one grant, and what the member can do with it."""

    member: MemberId
    engagement: EngagementId
    client: ClientName
    account_id: AccountId
    role: str
    """Empty if no role of the grant is in use."""
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
    def key(self) -> str:
        """Return what identifies the row in a list, and its cursor."""
        return f"{self.engagement}:{self.role}" if self.role else self.engagement

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
    """Return what the member may do with this role of their grant. `requests` are the member's
    undecided requests. With `limited`, the result reveals no more than the refusal of a vend does:
    see `limit_to_own`."""
    if facts.member is None or facts.engagement is None or facts.grant is None:
        raise TypeError("a row of access needs a member, an engagement and a grant")
    request = SessionRequest(role=name, reason=ANY_REASON)
    question = AccessQuestion(facts, facts.member.id, facts.engagement.id, request, now)
    explanation, starts = explain_access(*question), find_grant_to_start(facts, now)
    if explanation.reason is Reason.ACCESS_NOT_STARTED and starts is not None:
        # The next session starts this approved access. So explain the access as if it had begun.
        begun = question._replace(facts=begin_access(facts, starts, now))
        explanation = explain_access(*begun)
    else:
        starts = None
    access = replace(
        describe_grant_without_role(facts.grant, facts.engagement),
        role=name,
        text="",
        requires_reason=facts.role is not None and facts.role.requires_reason,
        may_request=find_request_problem(facts, CallerKind.PERSON, now) is None,
        shut=shut,
    )
    decision, notes = explanation.decision, [shut.text if shut is not None else ""]
    if isinstance(decision, Allowed):
        opened = starts or decision.approved
        if starts is not None:
            span = describe_duration(starts.duration or 0)
            notes.append(f"The access lasts {span} from first use.")
        elif opened is not None:
            notes.append(
                "Emergency access." if opened.is_emergency else "From an approved request."
            )
        notes.append("A session needs a reason." if access.requires_reason else "")
        state = AccessState.OPEN if starts is None else AccessState.APPROVED
        access = replace(
            access,
            state=state if shut is None else AccessState.SHUT,
            opened=opened,
            until=decision.deadline if starts is None else starts.ends_at,
            longest_session=decision.terms.duration,
        )
    else:
        clause = explanation.refusal or _NO_CLAUSE  # the first condition that does not hold
        if limited and clause.change_by is not ChangeBy.TIME:
            clause = limit_to_own(explanation).refusal or _NO_CLAUSE
        waiting = [r for r in requests if (r.engagement, r.role) == (access.engagement, name)]
        if waiting:
            notes.append(f"A request is pending until {utc_text(waiting[0].expires_at)}.")
        emergency = find_emergency_problem(facts, lock, CallerKind.PERSON, now)
        if emergency is None:
            notes.append("Emergency access is available.")
        elif emergency is Reason.EMERGENCY_UNCONFIRMED:
            last = f"A lead has to confirm {access.member}'s last emergency"
            notes.append(f"{last} before they can use emergency access again.")
        access = replace(
            access,
            state=AccessState.ON_REQUEST if access.may_request else AccessState.CLOSED,
            text=clause.fact,
            reason=decision.reason,
            change_by=clause.change_by,
            change=clause.change,
            waiting_request=waiting[0].id if waiting else None,
            may_open_emergency=emergency is None,
            opened=question.approved if facts.role is not None else None,
        )
    return replace(
        access,
        text=" ".join(filter(None, (access.text, *notes))),
        request=access.opened.request if access.opened is not None else None,
    )


def describe_grant_without_role(grant: Grant, engagement: Engagement) -> Access:
    """Return the row of a grant whose every role has ended. The row names no role."""
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
