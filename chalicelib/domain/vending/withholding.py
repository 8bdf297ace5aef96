"""Decide which vends in progress must be withheld after a change, such as a revocation.

A vend is one attempt to issue a session to a member. To withhold a vend is to record the outcome
`withheld` for it before it records an outcome itself. The vend then does not hand its session over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import AgentAccess, Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block, find_block_reason
from chalicelib.domain.vending.vends import latest_session_end

VendBasis = Token | Member | Engagement | Grant | ApprovedGrant | Role | AccessLink | ClientApprover
"""The items that a vend depends on. A change of one can withhold the vend. A vend depends on a
client's approver only through access that they helped to open. That access is revoked with them."""
STOPPABLE_KINDS: Mapping[str, type[VendBasis]] = {
    kind.__name__: kind for kind in get_args(VendBasis)
}
"""The types of items that a stop (a stored revocation) can revoke, by the stop's `kind`."""
WithholdBasis = VendBasis | Block
"""The items that can withhold the vends in progress."""


def depends_on(intent: Entry, item: WithholdBasis) -> bool:
    """Return whether the vend with this intent depends on the item itself."""
    match item:
        case Block():
            return item.covers(intent.engagement)
        case Token():
            return (intent.actor, intent.token) == (item.member, item.id)
        case Member():
            return intent.actor == item.id
        case Engagement():
            return intent.engagement == item.id
        case Grant():
            return (intent.actor, intent.engagement) == (item.member, item.engagement)
        case ApprovedGrant():
            return intent.details.get("request") == item.request
        case Role():
            return (intent.engagement, intent.role) == (item.engagement, item.name)
        case AccessLink():
            return intent.actor == item.member and intent.details.get("link") == item.id
        case ClientApprover():
            return False  # it depends on the approved grants, which are revoked one by one


def find_withhold_reason(intent: Entry, item: WithholdBasis, now: datetime) -> Reason | None:
    """Return why Daypass must withhold the vend with this intent now. Return None if `item` gives
    no reason. `item` is the current version of an item that the vend depends on."""
    match item:
        case Block():
            return find_block_reason(item)
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
            if item.requires_client_approval and "client_approved" not in intent.details:
                return Reason.CLIENT_APPROVAL_REQUIRED
            return _find_agent_reason(intent, item) or _find_end_date_reason(intent, item)
        case ApprovedGrant():
            if not item.is_current(now):
                return Reason.APPROVAL_REVOKED
            return _find_end_date_reason(intent, item)
        case Grant():
            if not item.is_current(now):
                return Reason.GRANT_NOT_CURRENT
            if intent.role not in item.roles:
                return Reason.ROLE_NOT_GRANTED
            if intent.role in item.on_request and "request" not in intent.details:
                return Reason.APPROVAL_REQUIRED
            return _find_end_date_reason(intent, item)
        case Role():
            return _find_role_reason(intent, item, now)
        case AccessLink():
            return Reason.ACCESS_LINK_REVOKED if item.revoked_at else None
        case ClientApprover():
            return None  # no vend depends on it directly (`depends_on`)


def _find_agent_reason(intent: Entry, engagement: Engagement) -> Reason | None:
    """Return why the engagement would not allow this vend's session to an agent. Return None if it
    would allow it, or if a person requested the session."""
    if intent.details.get("caller") != CallerKind.AGENT or engagement.agents is AgentAccess.ALLOW:
        return None
    if engagement.agents is AgentAccess.REFUSE:
        return Reason.AGENTS_REFUSED
    is_read_only = intent.details.get("access") == AgentAccess.READ_ONLY
    return None if is_read_only else Reason.CHANGED_MEANWHILE


def _find_end_date_reason(intent: Entry, item: Engagement | Grant | ApprovedGrant) -> Reason | None:
    """Return ENDS_TOO_SOON if the item now ends before the vend's deadline, and the session could
    outlast the item. The deadline is the earliest end date of engagement, grant and approved grant
    when the vend began."""
    is_earlier = item.ends_at < datetime.fromisoformat(intent.details["deadline"])
    return (
        Reason.ENDS_TOO_SOON if is_earlier and latest_session_end(intent) > item.ends_at else None
    )


def _find_role_reason(intent: Entry, role: Role, now: datetime) -> Reason | None:
    """Return why the current role would not allow this vend's session; None if it would."""
    details = intent.details
    if role.ended_at:
        return Reason.ROLE_NOT_GRANTED
    verification = role.verification
    is_verified = (
        verification is not None and verification.passed and verification.role_arn == role.arn
    )
    if not is_verified and not role.is_overridden(now):
        return Reason.ROLE_UNVERIFIED
    if details.get("link") and not role.allows_links:
        return Reason.ROLE_CLOSED_TO_LINKS
    if role.requires_reason and not details.get("said"):
        return Reason.REASON_REQUIRED
    if int(details["duration"]) > role.max_session:
        return Reason.DURATION_TOO_LONG
    session_can_chain = details.get("chaining") == "allowed"
    if role.arn != details["role_arn"] or (session_can_chain and not role.allows_chaining):
        return Reason.CHANGED_MEANWHILE
    return None
