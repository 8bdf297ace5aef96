"""Say for each of a member's grants whether it works now, by the access rule itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, needs_approval
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import AccessFacts, Allowed, SessionRequest, decide_access
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole

_ANY_HASH = "0" * 64
"""The hash of the token that the rule is asked about. No stored token has it."""
WAITING = frozenset(
    {Reason.APPROVAL_REQUIRED, Reason.CLIENT_APPROVAL_REQUIRED, Reason.ACCESS_NOT_STARTED}
)
"""The reasons that a request of the member's, or its start, removes."""


class RoleAccess(Value, frozen=True, kw_only=True):
    """One role of a grant, as the access rule decides about it now for a person with a token."""

    name: str
    is_on_request: bool
    """True if the member has no access to the role until a request is approved."""
    allows_emergency: bool
    """True if the member may open the role themself, in an emergency."""
    reason: Reason | None
    """Why the member gets no session now. None if they get one."""
    text: str
    """The same in a sentence."""
    ends_at: datetime | None
    """When the access ends that works now. None if none works."""
    is_emergency: bool = False
    """True if an emergency opened the access that works now."""
    shut: ShutRole | None = None
    """The role, if Daypass shut it. The access rule does not know that."""

    @property
    def waits(self) -> bool:
        """Return whether only a request, or its start, is missing."""
        return self.reason in WAITING


class GrantAccess(Value, frozen=True, kw_only=True):
    """A grant with its engagement, and with each of its roles."""

    grant: Grant
    engagement: Engagement | None
    """None if the engagement could not be read: the row is shown all the same."""
    roles: tuple[RoleAccess, ...]
    last_used_at: datetime | None = None
    """When the member last entered the engagement, as far as the trail was read."""


class GrantFacts(Value, frozen=True, kw_only=True):
    """The stored items that decide about one grant of a member."""

    member: Member
    grant: Grant
    engagement: Engagement | None
    approved_grants: tuple[ApprovedGrant, ...]
    freeze: Block | None
    pause: Block | None
    find_role: Callable[[str], Role | None]
    find_shut: Callable[[Role], ShutRole | None]


def describe_grant(
    facts: GrantFacts, now: datetime, last_used_at: datetime | None = None
) -> GrantAccess:
    """Return the grant with what the access rule decides about each of its roles now."""
    return GrantAccess(
        grant=facts.grant,
        engagement=facts.engagement,
        roles=tuple(_describe_role(facts, name, now) for name in sorted(facts.grant.roles)),
        last_used_at=last_used_at,
    )


def _describe_role(facts: GrantFacts, name: str, now: datetime) -> RoleAccess:
    member, grant, engagement = facts.member, facts.grant, facts.engagement
    role = facts.find_role(name)
    decision = decide_access(
        AccessFacts(
            token=_build_any_token(member, now),
            member=member,
            engagement=engagement,
            role=role,
            grant=grant,
            approved_grants=tuple(_of_role(facts.approved_grants, grant, name)),
            freeze=facts.freeze,
            pause=facts.pause,
        ),
        PresentedToken(member.id, _ANY_HASH),
        SessionRequest(role=name, reason="-"),
        now,
    )
    is_open = isinstance(decision, Allowed)
    approved = decision.approved if isinstance(decision, Allowed) else None
    reason = None if isinstance(decision, Allowed) else decision.reason
    return RoleAccess(
        name=name,
        is_on_request=name in grant.on_request
        or (engagement is not None and needs_approval(engagement, grant, name)),
        allows_emergency=name in grant.emergency
        and not (engagement is not None and engagement.requires_client_approval),
        reason=reason,
        text="Works now." if reason is None else explain(reason, facts, role, now),
        ends_at=decision.deadline if is_open and isinstance(decision, Allowed) else None,
        is_emergency=approved is not None and approved.is_emergency,
        shut=facts.find_shut(role) if role is not None else None,
    )


def _build_any_token(member: Member, now: datetime) -> Token:
    """Return a token of the member that would work now. The page lists the real ones, and says if
    there is none: the rule is asked only about the grant."""
    return Token(
        member=member.id,
        hash=_ANY_HASH,
        label="any",
        created_at=max(now, member.tokens_from),
        expires_at=now + timedelta(days=1),
    )


def _of_role(approved: Iterable[ApprovedGrant], grant: Grant, role: str) -> Iterable[ApprovedGrant]:
    return (each for each in approved if (each.engagement, each.role) == (grant.engagement, role))


def explain(reason: Reason, facts: GrantFacts, role: Role | None, now: datetime) -> str:
    """Return why the member gets no session, in a sentence for those who look at their page."""
    grant, engagement = facts.grant, facts.engagement
    match reason:
        case Reason.NOT_A_MEMBER if engagement is None:
            return "Unknown: the engagement could not be read."
        case Reason.ENGAGEMENT_CLOSED if engagement is not None:
            if engagement.closed_at is not None:
                return "The engagement is closed."
            if now < engagement.starts_at:
                return f"The engagement begins on {utc_text(engagement.starts_at)}."
            return "The engagement has ended."
        case Reason.GRANT_NOT_CURRENT:
            if grant.revoked_at is not None:
                return "The grant was revoked."
            if now < grant.starts_at:
                return f"The grant begins on {utc_text(grant.starts_at)}."
            return "The grant has ended."
        case Reason.ROLE_NOT_GRANTED if role is not None:
            return "The role has ended."
    return TEXTS.get(reason) or reason.text(Surface.PAGE)


TEXTS = {
    Reason.MEMBER_SUSPENDED: "Suspended.",
    Reason.NOT_A_MEMBER: "Auditors get no sessions.",
    Reason.ENGAGEMENT_REVOKED: "The engagement was revoked.",
    Reason.ROLE_NOT_GRANTED: "The engagement has no such role.",
    Reason.APPROVAL_REQUIRED: "Only with an approved request.",
    Reason.ACCESS_NOT_STARTED: "Approved: it begins when they start it.",
    Reason.APPROVAL_REVOKED: "The approved access was revoked or given back.",
    Reason.CLIENT_APPROVAL_REQUIRED: "Only with the client's approval.",
    Reason.ROLE_UNVERIFIED: "The role has not passed its check.",
    Reason.FROZEN: "A lead has frozen everything.",
    Reason.PAUSED_BY_CLIENT: "The client has paused access.",
    Reason.ENDS_TOO_SOON: "It ends in less than 15 minutes, AWS's shortest session.",
}
"""Why a member gets no session, in words about them. Daypass's other sentences address the person
who asks."""
