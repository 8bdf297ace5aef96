"""The hourly overview of everything that a page cannot read within one request: what ends soon,
which roles failed their check, which clients paused their access, and which emergencies no lead has
reviewed.

No decision depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId, RoleName
from chalicelib.domain.moments import LONG_AGO, Moment
from chalicelib.domain.values import JobState, Value

KEPT_FOR = timedelta(days=100)
"""How long the items of an overview are kept: longer than the 90 days that a review searches."""
ENDING_WITHIN = timedelta(days=14)
"""An engagement, a grant or a trust policy ends soon if it ends within this time."""
MAY_LAG = timedelta(hours=2, minutes=15)
"""An older overview is late: a run has failed since, or takes longer than usual."""
MAX_ROWS = 200
"""The most rows of each list of an overview. The counts include those that a list leaves out."""


class OverviewPart(StrEnum):
    """The kinds of things that need someone's attention."""

    FAILED = "failed"
    """The roles whose last check failed, the latest check first."""
    ENDING = "ending"
    """The ends of the next 14 days, the earliest first: engagements, and access and trust policies
    that end before their engagement."""
    PAUSED = "paused"
    """The engagements that their client paused, the latest pause first."""
    EMERGENCIES = "emergencies"
    """The members whose last emergency no lead has reviewed."""
    SHUT = "shut"
    """The roles that Daypass shut with a cut-off, so that their sessions can do nothing, the latest
    first. The overview does not have them: they are read
    when they are shown."""


class OverviewRow(Value):
    """An engagement, a member's access to it, one of its roles, or a member's emergency."""

    part: OverviewPart
    engagement: EngagementId | None = None
    """The engagement, which is not over. None for an emergency."""
    at: Moment | None = None
    """When it ends, when the check failed, when the pause began, or when Daypass shut the role.
    None for an emergency."""
    member: MemberId | None = None
    """The member, for their access or their emergency."""
    role: RoleName | None = None
    """The role, for its trust policy or its check."""
    request: RequestId | None = None
    """The request of the emergency."""

    @property
    def text(self) -> str:
        """Return a sentence that says what needs attention."""
        match self.part:
            case OverviewPart.FAILED:
                return "The role failed its most recent check."
            case OverviewPart.PAUSED:
                return "The client paused the engagement. The client can lift the pause."
            case OverviewPart.SHUT:
                return "Daypass attached AWSDenyAll to the role. Only the client can detach it."
            case OverviewPart.EMERGENCIES:
                return f"No lead has confirmed the emergency {self.request}."
        # The remaining part is ENDING: the end of a grant, a trust policy or the engagement.
        if self.member:
            return "The member’s access ends before the engagement."
        return "The role’s trust policy expires." if self.role else "The engagement ends."


class Overview(JobState):
    """The last complete overview."""

    STORED_AS = "overview"

    taken_at: Moment
    """When the run began that read all engagements, roles, members and grants."""
    counts: Mapping[OverviewPart, int] = field(default_factory=dict)
    """The size of each part that is not empty, also of what the rows leave out."""
    rows: Annotated[tuple[OverviewRow, ...], Meta(max_length=MAX_ROWS * len(OverviewPart))] = ()

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR

    def is_late(self, now: datetime) -> bool:
        """Return whether a newer overview should be there by now."""
        return now - self.taken_at > MAY_LAG

    def list_part(self, part: OverviewPart) -> tuple[OverviewRow, ...]:
        """Return the rows of the part, in its order."""
        return tuple(row for row in self.rows if row.part is part)


def build_overview(rows: Iterable[OverviewRow], taken_at: datetime) -> Overview:
    """Return the overview of these rows: the first of each part, and the counts of all."""
    listed = tuple(rows)
    parts = {part: [row for row in listed if row.part is part] for part in OverviewPart}
    return Overview(
        taken_at=taken_at,
        counts={part: len(of_part) for part, of_part in parts.items() if of_part},
        rows=tuple(row for part in parts for row in _sort(part, parts[part])[:MAX_ROWS]),
    )


def _sort(part: OverviewPart, rows: Sequence[OverviewRow]) -> Sequence[OverviewRow]:
    if part is OverviewPart.EMERGENCIES:
        return rows  # as the members are listed: by ID
    is_latest_first = part is not OverviewPart.ENDING
    return sorted(rows, key=lambda row: row.at or LONG_AGO, reverse=is_latest_first)


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
