"""Decide which engagements, roles and grants an overview lists."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import Decision, count_unused_days, propose_decision
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.web.overview.overview import ENDING_WITHIN


def ends_soon(end: datetime, now: datetime) -> bool:
    """Return whether this time is in the next 14 days."""
    return now < end <= now + ENDING_WITHIN


def is_engagement_ending(engagement: Engagement, now: datetime) -> bool:
    """Return whether the engagement is not over and ends soon."""
    return not engagement.is_over(now) and ends_soon(engagement.ends_at, now)


def is_grant_ending(grant: Grant, engagement: Engagement, now: datetime) -> bool:
    """Return whether the grant ends soon, and before its engagement. Most grants end together with
    their engagement, and are not listed beside it."""
    return (
        not engagement.is_over(now)
        and grant.is_current_or_upcoming(now)
        and grant.ends_at < engagement.ends_at
        and ends_soon(grant.ends_at, now)
    )


def may_be_unused(grant: Grant, now: datetime) -> bool:
    """Return whether a review proposes to end this grant, unless the trail has a use of it."""
    unused_days = count_unused_days(grant, None, grant.created_at, now)
    return grant.is_current_or_upcoming(now) and propose_decision(unused_days) is Decision.END


def find_policy_end(role: Role, engagement: Engagement, now: datetime) -> datetime | None:
    """Return when the role's trust policy ends, if that is soon and before the engagement's end, so
    that the client has to update the policy. Otherwise return None."""
    policy = role.trust_policy
    if policy is None or not policy.needs_update or engagement.is_over(now):
        return None
    return policy.ends_at if ends_soon(policy.ends_at, now) else None


def find_failed_check(role: Role, engagement: Engagement, now: datetime) -> datetime | None:
    """Return when the role's last check was, if it failed and the engagement is not over. Otherwise
    return None."""
    if role.ended_at is not None or engagement.is_over(now):
        return None
    check = role.current_verification(engagement)
    return None if check is None or check.passed else check.checked_at
