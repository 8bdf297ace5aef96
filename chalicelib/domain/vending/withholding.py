"""Which vends that are under way a change puts an end to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.intents import latest_end

VendBasis = Token | Member | Engagement | Grant | Role | AccessLink
"""What a vend is decided on, and what can put an end to it."""
STOPPABLE_KINDS: Mapping[str, type[VendBasis]] = {
    kind.__name__: kind for kind in get_args(VendBasis)
}
"""What a stop can end, by the stop's `kind`."""


def depends_on(vend: Entry, item: VendBasis) -> bool:
    """Whether the vend of this entry was decided on this item, among others."""
    match item:
        case Token():
            return (vend.actor, vend.token) == (item.member, item.id)
        case Member():
            return vend.actor == item.id
        case Engagement():
            return vend.engagement == item.id
        case Grant():
            return (vend.actor, vend.engagement) == (item.member, item.engagement)
        case Role():
            return (vend.engagement, vend.role) == (item.engagement, item.name)
        case AccessLink():
            return vend.actor == item.member and vend.details.get("link") == item.id


def withhold_reason(intent: Entry, item: VendBasis, now: datetime) -> Reason | None:
    """Return why a vend under this item may not be handed over, now that it is as it is.

    Dates count only where they are nearer than when the vend was decided on: its session ends in
    time by itself.
    """
    match item:
        case Token():
            return Reason.TOKEN_REVOKED if item.revoked_at else None
        case Member():
            if item.suspended_at:
                return Reason.MEMBER_SUSPENDED
            return Reason.NOT_A_MEMBER if item.kind is Kind.AUDITOR else None
        case Engagement():
            if item.revoked_at:
                return Reason.ENGAGEMENT_REVOKED
            if not item.is_open(now):
                return Reason.ENGAGEMENT_CLOSED
            return _end_by_date(intent, item)
        case Grant():
            if not item.is_current(now):
                return Reason.GRANT_NOT_CURRENT
            if intent.role not in item.roles:
                return Reason.ROLE_NOT_GRANTED
            return _end_by_date(intent, item)
        case Role():
            return _end_by_role(intent, item, now)
        case AccessLink():
            return Reason.ACCESS_LINK_REVOKED if item.revoked_at else None


def _end_by_date(intent: Entry, item: Engagement | Grant) -> Reason | None:
    came_nearer = item.ends_at < datetime.fromisoformat(intent.details["deadline"])
    return Reason.ENDS_TOO_SOON if came_nearer and latest_end(intent) > item.ends_at else None


def _end_by_role(intent: Entry, role: Role, now: datetime) -> Reason | None:
    asked = intent.details
    if role.ended_at:
        return Reason.ROLE_NOT_GRANTED
    known = role.verification
    is_proven = known is not None and known.passed and known.role_arn == role.arn
    if not is_proven and not role.is_overridden(now):
        return Reason.ROLE_UNVERIFIED
    if asked.get("link") and not role.allows_links:
        return Reason.ROLE_CLOSED_TO_LINKS
    if role.requires_reason and not asked.get("said"):
        return Reason.REASON_REQUIRED
    if int(asked["duration"]) > role.max_session:
        return Reason.DURATION_TOO_LONG
    chains = asked.get("chaining") == "allowed"
    if role.arn != asked["role_arn"] or (chains and not role.allows_chaining):
        return Reason.CHANGED_MEANWHILE
    return None
