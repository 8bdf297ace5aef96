"""Decide about a session whose request begins the time of approved access.

Such access lasts for a duration from its first use. Until then, `decide_access` denies.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, list_stops
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    Denied,
    SessionRequest,
    decide_access,
)


def find_grant_to_start(facts: AccessFacts, now: datetime) -> ApprovedGrant | None:
    """Return the approved grant that the first use of the role starts now, or None. If several are
    unstarted, return the one whose time to start ends first."""
    member, engagement, role, grant = facts.member, facts.engagement, facts.role, facts.grant
    if member is None or engagement is None or role is None or grant is None:
        return None
    stops = list_stops(member, engagement, role, grant)
    unstarted = [
        each
        for each in facts.approved_grants
        if each.needs_start
        and each.revoked_at is None
        and each.may_open(engagement, stops)
        and each.starts_at <= now < each.ends_at
    ]
    return min(unstarted, key=lambda each: (each.ends_at, each.request), default=None)


def decide_first_use(
    facts: AccessFacts, presented: PresentedToken, request: SessionRequest, now: datetime
) -> tuple[Allowed | Denied, ApprovedGrant | None]:
    """Decide as `decide_access` would after the start of approved access that waits for it. Also
    return the approved grant to start, or None if the session needs no start."""
    decision = decide_access(facts, presented, request, now)
    grant = find_grant_to_start(facts, now)
    if decision != Denied(Reason.ACCESS_NOT_STARTED) or grant is None:
        return decision, None
    return decide_access(begin_access(facts, grant, now), presented, request, now), grant


def begin_access(facts: AccessFacts, grant: ApprovedGrant, now: datetime) -> AccessFacts:
    """Return the facts as they will be after the start of this approved grant."""
    others = (each for each in facts.approved_grants if each.request != grant.request)
    return replace(facts, approved_grants=(*others, grant.started(now)))
