"""The grants of all engagements that were not used lately, and the uses of grants on each day and
in each week, derived from the trail.

No decision depends on either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.engagements.overview import KEPT_FOR, MAX_ROWS
from chalicelib.domain.engagements.reviews import (
    UNUSED_DAYS,
    Decision,
    count_unused_days,
    propose_decision,
)
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState, Value

MAX_CHARACTERS = 300_000
"""The longest text of a day's uses. DynamoDB stores at most 400 KB as one item."""

LastUses = Mapping[tuple[str, str], datetime]
"""The last use of each grant, by engagement and member."""
Day = Annotated[str, Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$(?!\n)", max_length=10)]
"""A day in UTC, such as `2026-11-27`."""
UsesText = Annotated[str, Meta(pattern=r"^[ -~]+$(?!\n)", min_length=2, max_length=MAX_CHARACTERS)]

Uses = Mapping[tuple[str, str], tuple[datetime, int]]
"""The last use of each grant, and the number of its sessions, by engagement and member."""

WEEKS = 12
"""The weeks whose sessions are counted: of seven days each, the last one with today."""
MAX_WEEKLY_CHARACTERS = 60_000
"""The longest text of the weekly sessions: those of some 1,500 engagements."""

_USES = msgspec.json.Decoder(dict[str, dict[str, tuple[int, int]]])
_WEEKLY = msgspec.json.Decoder(dict[str, tuple[int, ...]])
KEEP_HOLDS = timedelta(days=UNUSED_DAYS)
"""How long a lead's decision to keep a grant moves it to the end of the list."""


class UnusedGrant(Value):
    """A grant that an access review proposes to end."""

    engagement: EngagementId
    member: MemberId
    last_used_at: Moment | None = None
    """When Daypass last issued the member a session in the engagement. None if it issued none in
    the days that were searched."""


class UnusedGrants(JobState):
    """The grants that were unused for 30 days, those that were unused for longest first. Those that
    a lead decided to keep in the last 30 days come last."""

    STORED_AS = "overview-unused"

    taken_at: Moment
    """When the run began. Later uses are not considered."""
    searched_from: Moment
    """From when on the run knows each use."""
    count: int
    """The number of all these grants, also of those that the rows leave out."""
    rows: Annotated[tuple[UnusedGrant, ...], Meta(max_length=MAX_ROWS)] = ()
    weekly: Annotated[str, Meta(pattern=r"^[ -~]*$(?!\n)", max_length=MAX_WEEKLY_CHARACTERS)] = ""
    """The sessions of each week: see `format_weekly`. Empty if too many engagements had sessions.
    """

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR

    def parse_weekly(self) -> Mapping[str, Sequence[int]] | None:
        """Return how many sessions Daypass issued in each engagement in each week, the latest week
        last. An engagement without sessions is left out. Return None if they are not known."""
        return _WEEKLY.decode(self.weekly) if self.weekly else None

    @property
    def has_searched_enough(self) -> bool:
        """Return whether the run knew each use for long enough to find any unused grant."""
        return self.taken_at - self.searched_from >= timedelta(days=UNUSED_DAYS)


def may_be_unused(grant: Grant, now: datetime) -> bool:
    """Return whether a review proposes to end this grant, unless the trail has a use of it."""
    unused_days = count_unused_days(grant, None, grant.created_at, now)
    return grant.is_current_or_upcoming(now) and propose_decision(unused_days) is Decision.END


def list_unused(
    grants: Iterable[Grant],
    last_uses: LastUses,
    *,
    searched_from: datetime,
    weekly: str = "",
    now: datetime,
) -> UnusedGrants:
    """Return those of the grants that a review proposes to end, in the order of `UnusedGrants`.

    `last_uses` holds the last uses since `searched_from`. `weekly` is the summary of all sessions
    that `format_weekly` made. It is stored with the result, unchanged.
    """
    unused: list[tuple[bool, int, UnusedGrant]] = []
    for grant in grants:
        last_used_at = last_uses.get((grant.engagement, grant.member))
        days = count_unused_days(grant, last_used_at, searched_from, now)
        if propose_decision(days) is Decision.END:
            row = UnusedGrant(
                engagement=grant.engagement, member=grant.member, last_used_at=last_used_at
            )
            was_kept = grant.reviewed_at is not None and now - grant.reviewed_at < KEEP_HOLDS
            unused.append((was_kept, -days, row))  # more days sort first
    # Grants that a lead kept lately come last, then those that were unused for longest come first.
    unused.sort(key=lambda each: (*each[:2], each[2].engagement, each[2].member))
    return UnusedGrants(
        taken_at=now,
        searched_from=searched_from,
        count=len(unused),
        rows=tuple(row for *_, row in unused[:MAX_ROWS]),
        weekly=weekly,
    )


class DayUses(JobState):
    """The uses of the grants on one day."""

    STORED_AS = "overview-uses"
    KEY_FIELDS = ("day",)

    day: Day
    read_at: Moment
    is_finished: bool
    """True if the day was over when its vends were read, so that they are never read again."""
    text: UsesText | None = None
    """See `format_uses`. None if there were too many uses."""

    @property
    def gone_after(self) -> datetime:
        return self.read_at + KEPT_FOR

    def parse_uses(self) -> Uses | None:
        """Return the uses, in whole seconds. Return None if they are not stored."""
        if self.text is None:
            return None
        return {
            (engagement, member): (datetime.fromtimestamp(seconds, UTC), sessions)
            for engagement, members in _USES.decode(self.text).items()
            for member, (seconds, sessions) in members.items()
        }


def format_uses(uses: Uses) -> str | None:
    """Return the uses as JSON: the Unix seconds of the last use and the number of sessions by
    member by engagement. Return None if the text is longer than MAX_CHARACTERS."""
    nested: dict[str, dict[str, tuple[int, int]]] = {}
    for (engagement, member), (at, sessions) in sorted(uses.items()):
        nested.setdefault(engagement, {})[member] = int(at.timestamp()), sessions
    text = msgspec.json.encode(nested).decode()
    return text if len(text) <= MAX_CHARACTERS else None


def format_weekly(days: Sequence[Uses]) -> str:
    """Return, as JSON, the sessions of each week by engagement, the latest week last. `days` are
    the uses of the last days, the latest first. Leave out a week whose days are not all there.
    Return empty text if it would be longer than MAX_WEEKLY_CHARACTERS."""
    weeks = min(len(days) // 7, WEEKS)
    counts: dict[str, list[int]] = {}
    for number, uses in enumerate(days[: weeks * 7]):
        for (engagement, _), (_, sessions) in uses.items():
            counts.setdefault(engagement, [0] * weeks)[-1 - number // 7] += sessions
    text = msgspec.json.encode(counts, order="sorted").decode()
    return text if weeks and len(text) <= MAX_WEEKLY_CHARACTERS else ""
