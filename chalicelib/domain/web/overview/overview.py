"""The hourly overview of everything that the web console shows but cannot read within one request:
what ends soon, and which roles failed their check.

No decision depends on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

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


class Ending(Value, frozen=True, kw_only=True):
    """An engagement that ends soon. Or something that ends soon and before its engagement: a
    member's access, or a role's trust policy, which the client has to update."""

    engagement: EngagementId
    client: ClientName
    ends_at: Moment
    member: MemberId | None = None
    """The member, if their access ends."""
    role: RoleName | None = None
    """The role, if its trust policy ends."""


class FailedRole(Value, frozen=True, kw_only=True):
    """A role whose last check failed. Its engagement is not over."""

    engagement: EngagementId
    client: ClientName
    role: RoleName
    checked_at: Moment


class OverviewCounts(Value, frozen=True, kw_only=True):
    """The numbers of an overview. They include the rows that its lists leave out."""

    failed_roles: int = 0
    ending_engagements: int = 0
    ending_grants: int = 0
    ending_policies: int = 0


class Overview(JobState, frozen=True, kw_only=True):
    """The last complete overview. Its lists begin with the earliest end, or the latest check."""

    STORED_AS: ClassVar[str] = "overview"

    taken_at: Moment
    """When the run began that read all engagements, roles, members and grants."""
    counts: OverviewCounts
    ending_engagements: Annotated[tuple[Ending, ...], Meta(max_length=MAX_ROWS)] = ()
    ending_grants: Annotated[tuple[Ending, ...], Meta(max_length=MAX_ROWS)] = ()
    ending_policies: Annotated[tuple[Ending, ...], Meta(max_length=MAX_ROWS)] = ()
    failed_roles: Annotated[tuple[FailedRole, ...], Meta(max_length=MAX_ROWS)] = ()

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR

    def is_late(self, now: datetime) -> bool:
        """Return whether a newer overview should be there by now."""
        return now - self.taken_at > MAY_LAG
