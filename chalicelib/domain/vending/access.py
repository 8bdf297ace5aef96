"""Who may have what, now. Pure rules: they read facts and answer with a value."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.credential_actions import NO_CHAINING
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import session_tags
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.people.authentication import AuthenticationFailure, Caller, authenticate
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.access_links import AccessLink


class AccessFacts(Value, frozen=True, kw_only=True):
    """All that one vend is decided on, read at one time. What does not exist is None."""

    token: Token | None
    member: Member | None
    engagement: Engagement | None
    role: Role | None
    grant: Grant | None
    link: AccessLink | None = None
    """Read where one was presented."""


class SessionRequest(Value, frozen=True, kw_only=True):
    """What a member asks for. `duration` in seconds; None takes the role's longest."""

    role: str
    duration: int | None = None
    reason: str = ""


class Terms(Value, frozen=True, kw_only=True):
    """What STS is asked for. Made by `decide` alone; STS is asked for nothing else."""

    role_arn: str
    external_id: Secret[str]
    duration: int
    source_identity: str | None
    tags: tuple[tuple[str, str], ...]
    session_policy: str | None


class Allowed(Value, frozen=True, kw_only=True):
    """Yes: on these terms, for a session that ends by `deadline`."""

    terms: Terms
    client: str
    account_id: str
    deadline: datetime
    caller: Caller
    link: AccessLink | None
    """The access link that it came by, if it came by one."""


def decide(
    facts: AccessFacts,
    presented: PresentedToken,
    request: SessionRequest,
    now: datetime,
    *,
    began: datetime | None = None,
) -> Allowed | AuthenticationFailure:
    """May whoever presents this token have this session now, and on what terms?

    `began` is when it was first decided on, where this is the second time: what has passed since
    does not make it shorter. An engagement that does not exist and one that the caller has no grant
    for give the same answer, so that an outsider learns of no client.
    """
    caller = authenticate(facts.token, facts.member, presented, now)
    if isinstance(caller, AuthenticationFailure):
        return caller
    at = began or now
    link = facts.link if presented.link else None
    fault = _fault_of_link(link, presented, caller.token, at)
    if fault is not None:
        return AuthenticationFailure(fault)
    engagement, grant, role = facts.engagement, facts.grant, facts.role
    if engagement is None or grant is None or caller.member.kind is Kind.AUDITOR:
        return AuthenticationFailure(Reason.NOT_A_MEMBER)
    if grant.member != caller.member.id or grant.engagement != engagement.id:
        return AuthenticationFailure(Reason.NOT_A_MEMBER)
    if engagement.revoked_at is not None:
        return AuthenticationFailure(Reason.ENGAGEMENT_REVOKED)
    if not engagement.is_open(now):
        return AuthenticationFailure(Reason.ENGAGEMENT_CLOSED)
    if not grant.is_current(now):
        return AuthenticationFailure(Reason.GRANT_NOT_CURRENT)
    if role is None or role.ended_at is not None or role.name not in grant.roles:
        return AuthenticationFailure(Reason.ROLE_NOT_GRANTED)
    if role.engagement != engagement.id or role.name != request.role:
        return AuthenticationFailure(Reason.ROLE_NOT_GRANTED)
    if link is not None and (link.engagement != engagement.id or link.role != role.name):
        return AuthenticationFailure(Reason.ACCESS_LINK_UNKNOWN)
    if role.proof(engagement) is None and not role.is_overridden(now):
        return AuthenticationFailure(Reason.ROLE_UNVERIFIED)
    if link is not None and not role.allows_links:
        return AuthenticationFailure(Reason.ROLE_CLOSED_TO_LINKS)
    if role.requires_reason and not request.reason:
        return AuthenticationFailure(Reason.REASON_REQUIRED)

    longest = min(role.max_session, LONGEST_SESSION)
    if request.duration is not None and request.duration > longest:
        return AuthenticationFailure(Reason.DURATION_TOO_LONG)
    deadline = min(grant.ends_at, engagement.ends_at)
    # Without the margin a session could end a moment after the grant that it was given under.
    left = int((deadline - at - CLOCK_MARGIN).total_seconds())
    duration = min(longest if request.duration is None else request.duration, left)
    if duration < SHORTEST_SESSION:
        return AuthenticationFailure(Reason.ENDS_TOO_SOON)
    # One that is overridden may have failed, and yet have shown what it takes and demands.
    seen = role.last_check(engagement)
    tags = session_tags(caller.member.id, engagement.id)
    terms = Terms(
        role_arn=role.arn,
        external_id=engagement.external_id,
        duration=duration,
        source_identity=caller.member.id if seen and seen.accepts_source_identity else None,
        tags=tags if seen and seen.accepts_tags else (),
        session_policy=None if role.allows_chaining else NO_CHAINING,
    )
    return Allowed(
        terms=terms,
        client=engagement.client,
        account_id=engagement.account_id,
        deadline=deadline,
        caller=caller,
        link=link,
    )


def _fault_of_link(
    link: AccessLink | None, presented: PresentedToken, token: Token, at: datetime
) -> Reason | None:
    """Return why the access link opens nothing for this token; None if it does, or none is needed.
    A link has to have been used, for this one vend: so it can be used for no other."""
    if not presented.link:
        return Reason.ACCESS_LINK_REQUIRED if token.is_binding else None
    if link is None or link.hash != presented.link or not link.proves(token):
        return Reason.ACCESS_LINK_UNKNOWN
    if link.used_at is None:
        return Reason.ACCESS_LINK_UNKNOWN
    return link.fault(at)
