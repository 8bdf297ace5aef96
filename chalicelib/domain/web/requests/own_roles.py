"""A member's own role: whether they get a session of it now, why not, and what they can do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import find_request_problem
from chalicelib.domain.requests.emergencies import (
    EmergencyFacts,
    OpenEmergency,
    find_emergency_problem,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    CallerKind,
    Denied,
    SessionRequest,
)
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.domain.vending.unverified import explain_role_problem

_ANY_REASON = "-"


class OwnRole(Value, frozen=True, kw_only=True):
    """A role of the member's grant, as it is now."""

    name: str
    account: str
    """The role's AWS account. Empty if the role does not exist."""
    refusal: Reason | None
    """Why the member gets no session now. None if they get one."""
    explanation: str
    """For an unverified role: why it is not verified. Otherwise empty."""
    longest_session: int
    """The longest session that they get now, in seconds. 0 if they get none."""
    requires_reason: bool
    starts: ApprovedGrant | None
    """The approved access whose time begins with the next session. None if none waits."""
    next_access: ApprovedGrant | None
    """The approved access that opens later. None if there is none."""
    current_access: ApprovedGrant | None
    """The approved access that opens the role now. None if none does, or it needs none."""
    pending: AccessRequest | None
    """The member's request for the role that no one has decided."""
    may_request: bool
    may_open_emergency: bool
    shut: ShutRole | None
    """The role, if Daypass shut it. The access rule does not know that."""
    emergency_refusal: Reason | None
    """Why a member whose grant allows emergencies may open none now. Otherwise None."""

    @property
    def gets_session(self) -> bool:
        return self.refusal is None


def describe_own_role(
    facts: AccessFacts,
    presented: PresentedToken,
    *,
    lock: EmergencyLock | None,
    requests: Iterable[AccessRequest],
    shut: ShutRole | None = None,
    name: str,
    now: datetime,
) -> OwnRole:
    """Return the role of the facts as its member sees it. The decision is that about a session for
    the presented token, with a reason if the role requires one."""
    role, engagement = facts.role, facts.engagement
    request = SessionRequest(role=name, reason=_ANY_REASON)
    decision, starts = decide_first_use(facts, presented, request, now)
    pending = [each for each in requests if _is_for(each, facts, name)]
    emergency = _find_emergency_refusal(facts, lock, name, now)
    refusal = decision.reason if isinstance(decision, Denied) else None
    is_unverified = refusal is Reason.ROLE_UNVERIFIED
    upcoming = [
        each
        for each in facts.approved_grants
        if each.revoked_at is None and not each.needs_start and each.starts_at > now
    ]
    return OwnRole(
        name=name,
        account=engagement.account_id if engagement is not None else "",
        refusal=refusal,
        explanation=(
            explain_role_problem(role, engagement, now)
            if is_unverified and role is not None and engagement is not None
            else ""
        ),
        longest_session=decision.terms.duration if isinstance(decision, Allowed) else 0,
        requires_reason=role is not None and role.requires_reason,
        starts=starts if isinstance(decision, Allowed) else None,
        next_access=min(upcoming, key=lambda each: each.starts_at, default=None),
        current_access=decision.approved if isinstance(decision, Allowed) else None,
        pending=pending[0] if pending else None,
        may_request=find_request_problem(facts, CallerKind.PERSON, now) is None,
        may_open_emergency=emergency is None and refusal is not None,
        shut=shut,
        emergency_refusal=emergency if emergency is Reason.EMERGENCY_UNREVIEWED else None,
    )


def _is_for(request: AccessRequest, facts: AccessFacts, role: str) -> bool:
    engagement = facts.engagement.id if facts.engagement is not None else ""
    return (request.engagement, request.role) == (engagement, role)


def _find_emergency_refusal(
    facts: AccessFacts, lock: EmergencyLock | None, role: str, now: datetime
) -> Reason | None:
    """Return why the member may not open the role themself now."""
    policy = ApprovalPolicy(engagement=facts.engagement.id if facts.engagement else "", role=role)
    emergency = EmergencyFacts(access=facts, policy=policy, lock=lock)
    return find_emergency_problem(emergency, OpenEmergency(reason=_ANY_REASON), now)
