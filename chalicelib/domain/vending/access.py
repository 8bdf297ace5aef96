"""The access rule: `decide_access`, a pure function that allows or denies one session.

A vend is one attempt to issue a session to a member.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    choose_approved_grant,
    list_stops,
)
from chalicelib.domain.engagements.engagements import AgentAccess, Engagement, Grant, needs_approval
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.people.members import (
    AuthenticationFailure,
    Caller,
    Kind,
    Member,
    authenticate,
)
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.policies.credential_actions import (
    NO_CHAINING,
    READ_ONLY,
    read_only_policy_arn,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block, find_block_reason


class AccessFacts(Value):
    """The stored items that decide whether one member gets one session.

    None means that the item does not exist.
    """

    token: Token | None
    member: Member | None
    engagement: Engagement | None
    role: Role | None
    grant: Grant | None
    approved_grants: tuple[ApprovedGrant, ...] = ()
    """The member's approved grants of the role, in force or not."""
    link: AccessLink | None = None
    """The access link, if one was presented."""
    freeze: Block | None = None
    """The block of everything, in force or lifted."""
    pause: Block | None = None
    """The block of the engagement, in force or lifted."""


class CallerKind(StrEnum):
    """The kind of caller that uses the session: a person or an agent. The request states it, and
    Daypass cannot verify the statement."""

    PERSON = "person"
    """The member."""
    AGENT = "agent"
    """A program that works for the member by itself."""


class SessionRequest(Value):
    """A request for a session. `duration` is in seconds; None means the role's longest session."""

    role: str
    duration: int | None = None
    reason: str = ""
    caller: CallerKind = CallerKind.PERSON


ANY_REASON = "-"
"""The reason of a made-up session request, so that a role that requires a reason does not refuse
it."""


class Terms(Value):
    """The parameters of AssumeRole. Only `decide_access` creates them, and a vend uses no
    others."""

    role_arn: str
    external_id: Secret[str]
    duration: int
    source_identity: str | None
    tags: tuple[tuple[str, str], ...]
    session_policy: str | None
    session_policy_arns: tuple[str, ...] = ()
    """Managed policies that limit the session, too. They allow, and `session_policy` denies."""

    @property
    def is_read_only(self) -> bool:
        return bool(self.session_policy_arns)


class Allowed(Value):
    """The decision to issue a session with these AssumeRole parameters. It ends by `deadline`."""

    terms: Terms
    client: str
    account_id: str
    deadline: datetime
    caller: Caller
    link: AccessLink | None
    """The access link that was presented, if any."""
    approved: ApprovedGrant | None = None
    """The approved grant that opens the role. None if the grant alone does."""
    granted_by: str
    """The lead who created the grant."""


class Denied(Value, kw_only=False):
    """The decision to refuse, and the reason."""

    reason: Reason


def decide_access(
    facts: AccessFacts,
    presented: PresentedToken,
    request: SessionRequest,
    now: datetime,
    *,
    first_decided_at: datetime | None = None,
    approved_request: str = "",
) -> Allowed | Denied:
    """Decide whether the bearer of the presented token gets this session now, and with which terms.

    A vend decides twice: before and after it calls AWS. The second call passes the time of the
    first decision as `first_decided_at`, so that the time between them does not shorten the
    session, and the request of its approved grant, if any, as `approved_request`.

    A caller without a grant gets the same answer whether the engagement exists or not. Outsiders
    thus learn nothing about the firm's clients.
    """
    caller = authenticate(facts.token, facts.member, presented, now)
    if isinstance(caller, AuthenticationFailure):
        return Denied(caller.reason)
    duration_counts_from = first_decided_at or now
    link = facts.link if presented.link else None
    link_problem = _find_link_problem(link, presented, caller.token, duration_counts_from)
    if link_problem is not None:
        return Denied(link_problem)
    engagement, grant, role = facts.engagement, facts.grant, facts.role
    if engagement is None or grant is None or caller.member.kind is Kind.AUDITOR:
        return Denied(Reason.NOT_A_MEMBER)
    if grant.member != caller.member.id or grant.engagement != engagement.id:
        return Denied(Reason.NOT_A_MEMBER)
    if engagement.revoked_at is not None:
        return Denied(Reason.ENGAGEMENT_REVOKED)
    if not engagement.is_open(now):
        return Denied(Reason.ENGAGEMENT_CLOSED)
    if not grant.is_current(now):
        return Denied(Reason.GRANT_NOT_CURRENT)
    if role is None or role.ended_at is not None or role.name not in grant.roles:
        return Denied(Reason.ROLE_NOT_GRANTED)
    if role.engagement != engagement.id or role.name != request.role:
        return Denied(Reason.ROLE_NOT_GRANTED)
    approved, waits_for_start = None, False
    if needs_approval(engagement, grant, role.name):
        stops = list_stops(caller.member, engagement, role, grant)
        choice = choose_approved_grant(
            facts.approved_grants, engagement, stops, now, request=approved_request
        )
        # The callers start such access after this refusal. So it comes last: no other reason may
        # refuse the session after the time of the access has begun.
        waits_for_start = choice is Reason.ACCESS_NOT_STARTED
        if isinstance(choice, ApprovedGrant):
            approved = choice
        elif not waits_for_start:
            return Denied(choice)
    if link is not None and (link.engagement != engagement.id or link.role != role.name):
        return Denied(Reason.ACCESS_LINK_UNKNOWN)
    if role.passed_verification(engagement) is None and not role.is_overridden(now):
        return Denied(Reason.ROLE_UNVERIFIED)
    block_reason = find_block_reason(facts.freeze, facts.pause)
    if block_reason is not None:
        return Denied(block_reason)
    if link is not None and not role.allows_links:
        return Denied(Reason.ROLE_CLOSED_TO_LINKS)
    if request.caller is CallerKind.AGENT and engagement.agents is AgentAccess.REFUSE:
        return Denied(Reason.AGENTS_REFUSED)
    if role.requires_reason and not request.reason:
        return Denied(Reason.REASON_REQUIRED)

    longest_session = min(role.max_session, LONGEST_SESSION)
    if request.duration is not None and request.duration > longest_session:
        return Denied(Reason.DURATION_TOO_LONG)
    deadline = min(grant.ends_at, engagement.ends_at)
    if approved is not None:
        deadline = min(deadline, approved.ends_at)
    # Without the margin, a session could end a moment after its grant.
    seconds_left = int((deadline - duration_counts_from - CLOCK_MARGIN).total_seconds())
    duration = min(longest_session if request.duration is None else request.duration, seconds_left)
    if duration < SHORTEST_SESSION:
        return Denied(Reason.ENDS_TOO_SOON)
    if waits_for_start:
        return Denied(Reason.ACCESS_NOT_STARTED)
    # The check of an overridden role may have failed. It still shows whether the role accepts a
    # source identity and session tags.
    check = role.current_verification(engagement)
    is_read_only = request.caller is CallerKind.AGENT and engagement.agents is not AgentAccess.ALLOW
    tags = build_session_tags(caller.member.id, engagement.id)
    terms = Terms(
        role_arn=role.arn,
        external_id=engagement.external_id,
        duration=duration,
        source_identity=caller.member.id if check and check.accepts_source_identity else None,
        tags=tags if check and check.accepts_tags else (),
        session_policy=_choose_session_policy(role, is_read_only=is_read_only),
        session_policy_arns=(read_only_policy_arn(role.arn),) if is_read_only else (),
    )
    return Allowed(
        terms=terms,
        client=engagement.client,
        account_id=engagement.account_id,
        deadline=deadline,
        caller=caller,
        link=link,
        approved=approved,
        granted_by=grant.granted_by,
    )


def _choose_session_policy(role: Role, *, is_read_only: bool) -> str | None:
    """Return the inline session policy; None if the role's own permissions are the only limit."""
    if is_read_only:
        return READ_ONLY
    return None if role.allows_chaining else NO_CHAINING


def _find_link_problem(
    link: AccessLink | None, presented: PresentedToken, token: Token, at: datetime
) -> Reason | None:
    """Return why the presented access link, or its absence, denies this token a session. Return
    None if it denies nothing.

    A Slack binding, a token that links a Slack user to a member, needs an access link. Other tokens
    need none. A vend marks the link as used before it decides, so that no other vend can use the
    link.
    """
    if not presented.link:
        return Reason.ACCESS_LINK_REQUIRED if token.is_binding else None
    if link is None or link.hash != presented.link or not link.belongs_to(token):
        return Reason.ACCESS_LINK_UNKNOWN
    # `link` is the copy that the vend marked. If it has no mark, the caller skipped that step.
    if link.used_at is None:
        return Reason.ACCESS_LINK_UNKNOWN
    return link.refusal_reason(at)
