"""Read what the forms of one's own access need: the terms of a request, of an emergency, and of a
session."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    build_effective_policy,
    find_request_problem,
    list_waiting_for,
)
from chalicelib.domain.requests.emergencies import OpenEmergency, find_emergency_problem
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import AccessFacts, CallerKind, Denied, SessionRequest
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.emergencies import build_emergency_error, read_emergency_facts
from chalicelib.usecases.requests.policies import read_policies
from chalicelib.usecases.requests.reading import read_facts
from chalicelib.usecases.requests.refusing import build_problem
from chalicelib.usecases.vending.facts import build_session_refusal_error, read_access_facts
from chalicelib.usecases.vending.sessions import list_sessions

_ANY_REASON = "-"
_SESSIONS_READ = 300


class RoleOffer(Value, frozen=True, kw_only=True):
    """The terms on which the caller can get access to a role."""

    engagement: Engagement
    role: Role
    last_end: datetime
    """The latest end of the access."""
    policy: ApprovalPolicy
    waiting_for: tuple[str, ...]
    """The approvers that a request would wait for."""


class SessionOffer(Value, frozen=True, kw_only=True):
    """The terms of the session that the caller would get now."""

    engagement: Engagement
    role: Role
    longest: int
    """The session's longest duration, in seconds."""
    starts: ApprovedGrant | None
    """The approved access whose time begins with the session. None if none waits."""


def read_request_offer(ports: Ports, caller: Caller, engagement: str, role: str) -> RoleOffer:
    """Return the terms of a request for the role. Raise the errors with which the use case refuses
    such a request, without a trail entry: nothing was requested."""
    facts = read_facts(ports, caller.member.id, engagement, role)
    problem = find_request_problem(facts, CallerKind.PERSON, ports.now())
    if problem is Reason.ACCESS_ALREADY_OPEN:
        raise build_problem(problem)
    if problem is not None:
        raise build_session_refusal_error(facts, problem)
    offer = _build_offer(ports, facts, engagement, role)
    if not offer.policy.allows_requests:
        raise Conflict(Reason.REQUESTS_NOT_ALLOWED)
    return offer


def read_emergency_offer(ports: Ports, caller: Caller, engagement: str, role: str) -> RoleOffer:
    """Return the terms of an emergency in the role. Raise the errors with which the use case
    refuses it, without a trail entry."""
    facts = read_emergency_facts(ports, caller.member.id, engagement, role)
    opening = OpenEmergency(reason=_ANY_REASON)
    problem = find_emergency_problem(
        facts, opening, ports.now(), is_binding=caller.token.is_binding
    )
    if problem is not None:
        raise build_emergency_error(facts.access, problem)
    return _build_offer(ports, facts.access, engagement, role)


def read_session_offer(
    ports: Ports, presented: PresentedToken, engagement: str, role: str
) -> SessionOffer:
    """Return the terms of the session that the presented token would get now. Raise the error with
    which a vend refuses it, without a trail entry."""
    facts = read_access_facts(ports, presented, engagement, role)
    request = SessionRequest(role=role, reason=_ANY_REASON)
    decision, starts = decide_first_use(facts, presented, request, ports.now())
    if isinstance(decision, Denied):
        raise build_session_refusal_error(facts, decision.reason)
    if facts.engagement is None or facts.role is None:
        raise AssertionError("a session is allowed only in an engagement, of a role")
    return SessionOffer(
        engagement=facts.engagement,
        role=facts.role,
        longest=decision.terms.duration,
        starts=starts,
    )


def find_own_session(ports: Ports, caller: Caller, session: str) -> Session:
    """Return the caller's session that may be alive. Raise NotFound if they have none with this
    ID among the latest."""
    page = list_sessions(ports, member=caller.member.id, limit=_SESSIONS_READ, with_given_back=True)
    alive = [each for each in page.items if each.vend == session]
    if not alive:
        raise NotFound(Reason.NO_SUCH_SESSION)
    return alive[0]


def _build_offer(ports: Ports, facts: AccessFacts, engagement: str, role: str) -> RoleOffer:
    if facts.engagement is None or facts.role is None or facts.grant is None:
        raise AssertionError("no one may request access without these")
    policies = read_policies(ports, engagement, role)
    policy = build_effective_policy(facts.engagement, policies, role)
    return RoleOffer(
        engagement=facts.engagement,
        role=facts.role,
        last_end=min(facts.grant.ends_at, facts.engagement.ends_at),
        policy=policy,
        waiting_for=list_waiting_for(facts.grant.member, policy, ()),
    )
