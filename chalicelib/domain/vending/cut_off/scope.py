"""Decide which sessions a revocation must cut off, and group them by the client's IAM role."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import MAX_NAMES
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.vending.withholding import VendBasis


class CutOffScope(StrEnum):
    """The sessions of a role that a cut-off ends, given the sessions that may be active under a
    revoked item."""

    EVERYONE = "everyone"
    """All sessions of their roles."""
    MEMBER = "member"
    """All sessions of their members, in their roles."""
    SESSIONS = "sessions"
    """These sessions, and no others."""


class CutOffTarget(Value):
    """The sessions of one IAM role that one cut-off is to end."""

    engagement: str
    role: str
    role_arn: str
    member: str = ""
    sessions: tuple[str, ...] = ()
    needed_until: datetime


def find_cut_off_scope(item: VendBasis, action: Action) -> CutOffScope | None:
    """Return the scope of the cut-offs that this revocation of the item requests. Return None for
    the ordinary close of an engagement. It requests none, because no one is under suspicion."""
    if action is Action.ENGAGEMENT_CLOSE:
        return None
    match item:
        case Engagement() | Role():
            return CutOffScope.EVERYONE
        case Member() | Grant():
            return CutOffScope.MEMBER
    return CutOffScope.SESSIONS


def group_sessions(sessions: Iterable[Session], scope: CutOffScope) -> list[CutOffTarget]:
    """Return the targets of the cut-offs for these sessions, sorted by engagement and role.

    If a member has more single sessions of a role than one cut-off can name, the target has no
    names. Its cut-off ends all of the member's sessions of the role.
    """
    groups: dict[tuple[str, str, str, str], list[Session]] = {}
    for session in sessions:
        member = "" if scope is CutOffScope.EVERYONE else session.member
        key = (session.engagement, session.role, session.role_arn, member)
        groups.setdefault(key, []).append(session)
    targets = []
    for (engagement, role, role_arn, member), group in sorted(groups.items()):
        is_named = scope is CutOffScope.SESSIONS and len(group) <= MAX_NAMES
        targets.append(
            CutOffTarget(
                engagement=engagement,
                role=role,
                role_arn=role_arn,
                member=member,
                sessions=tuple(sorted({each.session_name for each in group})) if is_named else (),
                needed_until=max(each.ends_by for each in group) + CLOCK_MARGIN,
            )
        )
    return targets
