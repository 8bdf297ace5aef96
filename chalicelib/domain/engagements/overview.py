"""The hourly overview of everything that a page cannot read within one request: what ends soon, and
which roles failed their check.

No decision depends on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import JobState, Value

KEPT_FOR = timedelta(days=100)
"""How long the items of an overview are kept: longer than the 90 days that a review searches."""
ENDING_WITHIN = timedelta(days=14)
"""An engagement, a grant or a trust policy ends soon if it ends within this time."""
MAY_LAG = timedelta(hours=2, minutes=15)
"""An older overview is late: a run has failed since, or takes longer than usual."""
MAX_ROWS = 200
"""The most rows of each list of an overview. The counts include those that a list leaves out."""


class OverviewRow(Value, frozen=True, kw_only=True):
    """An engagement, a member's access to it, or one of its roles. The engagement is not over."""

    engagement: EngagementId
    client: ClientName
    at: Moment
    """When it ends, or when the check failed."""
    member: MemberId | None = None
    """The member, for their access."""
    role: RoleName | None = None
    """The role, for its trust policy or its check."""


class Overview(JobState, frozen=True, kw_only=True):
    """The last complete overview."""

    STORED_AS: ClassVar[str] = "overview"

    taken_at: Moment
    """When the run began that read all engagements, roles, members and grants."""
    ending_count: int = 0
    ending: Annotated[tuple[OverviewRow, ...], Meta(max_length=MAX_ROWS)] = ()
    """The ends of the next 14 days, the earliest first: engagements, and access and trust policies
    that end before their engagement."""
    failed_count: int = 0
    failed: Annotated[tuple[OverviewRow, ...], Meta(max_length=MAX_ROWS)] = ()
    """The roles whose last check failed, the latest check first."""

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR

    def is_late(self, now: datetime) -> bool:
        """Return whether a newer overview should be there by now."""
        return now - self.taken_at > MAY_LAG


def ends_soon(end: datetime, now: datetime) -> bool:
    """Return whether this time is in the next 14 days."""
    return now < end <= now + ENDING_WITHIN


def is_grant_ending(grant: Grant, engagement: Engagement, now: datetime) -> bool:
    """Return whether the grant ends soon, and before its engagement. Most grants end together with
    their engagement, and are not listed beside it."""
    return (
        grant.is_current_or_upcoming(now)
        and grant.ends_at < engagement.ends_at
        and ends_soon(grant.ends_at, now)
    )


def find_policy_end(role: Role, now: datetime) -> datetime | None:
    """Return when the role's trust policy ends, if that is soon and before the engagement's end, so
    that the client has to update the policy. Otherwise return None."""
    policy = role.trust_policy
    if policy is None or not policy.needs_update:
        return None
    return policy.ends_at if ends_soon(policy.ends_at, now) else None


def find_failed_check(role: Role, engagement: Engagement) -> datetime | None:
    """Return when the role's last check was, if it failed. Otherwise return None."""
    check = role.current_verification(engagement)
    return None if check is None or check.passed else check.checked_at
