"""The overview's records of each day: the access, the sessions, and the last uses.

Every item here is derived from other items or from the trail. No decision depends on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState, Value

KEPT_FOR = timedelta(days=100)
"""How long the items of an overview are kept: longer than the 90 days that the pictures show."""
MAX_ENGAGEMENTS_OF_A_DAY = 50
"""The most engagements whose sessions a day counts one by one: the busiest."""
MAX_PART_CHARACTERS = 300_000
"""The longest text of one part. DynamoDB stores at most 400 KB as one item."""
MAX_PARTS = 50
"""The most parts of a day. Two days are then one call of BatchGetItem."""
MAX_MEMBERS_PER_ROW = 100
"""The most members in one row of a part, so that a row is shorter than a part."""

Day = Annotated[str, Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$(?!\n)", max_length=10)]
"""A day in UTC, such as `2026-11-27`."""
PartName = Annotated[str, Meta(pattern=r"^[abu]-[0-9]{1,2}$(?!\n)", max_length=4)]
"""`a-…` or `b-…` for access, and `u-…` for uses."""
PartText = Annotated[
    str, Meta(pattern=r"^[ -~]+$(?!\n)", min_length=2, max_length=MAX_PART_CHARACTERS)
]


class AccessDay(JobState, frozen=True, kw_only=True):
    """The last complete record of a day's access. Its rows are in parts, which are items of their
    own.

    Each run writes its parts under the names that this item does not refer to, `a-…` or `b-…`, and
    then this item. So a reader never sees a mixture of two runs.
    """

    STORED_AS: ClassVar[str] = "overview-day"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("day",)

    day: Day
    taken_at: Moment
    letter: Annotated[str, Meta(pattern=r"^[ab]$(?!\n)", max_length=1)]
    """The first letter of the parts' names."""
    parts: int
    """The number of parts."""
    left_out: int = 0
    """The number of rows beyond the most parts of a day."""

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR

    @property
    def part_keys(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the parts, in the order of their rows."""
        return tuple((self.day, f"{self.letter}-{number}") for number in range(self.parts))


class DayPart(JobState, frozen=True, kw_only=True):
    """Some rows of a day's access or uses, as one text. As single attributes, the rows of 30,000
    grants would take DynamoDB three times the space, and a page several times the time."""

    STORED_AS: ClassVar[str] = "overview-access"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("day", "part")

    day: Day
    part: PartName
    taken_at: Moment
    text: PartText
    """JSON in ASCII: see `split_into_parts`."""

    @property
    def gone_after(self) -> datetime:
        return self.taken_at + KEPT_FOR


class DaySessions(JobState, frozen=True, kw_only=True):
    """The sessions that Daypass handed over on one day, by engagement."""

    STORED_AS: ClassVar[str] = "overview-sessions"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("day",)

    day: Day
    counted_at: Moment
    is_finished: bool
    """True if the day was over when its sessions were counted, so that it is never read again."""
    sessions: Annotated[Mapping[EngagementId, int], Meta(max_length=MAX_ENGAGEMENTS_OF_A_DAY)] = {}
    """The number of sessions of each of the busiest engagements."""
    other_sessions: int = 0
    """The number of sessions of all other engagements."""
    other_engagements: int = 0
    """The number of those engagements."""
    use_parts: int = 0
    """The number of parts with the last uses of the day. They have the name `u-…`, and the time at
    which this item was counted. More than MAX_PARTS are not stored."""

    @property
    def gone_after(self) -> datetime:
        return self.counted_at + KEPT_FOR

    @property
    def use_part_keys(self) -> tuple[tuple[str, str], ...] | None:
        """Return the keys of the parts with the last uses, in the order of their rows. None: they
        are not stored."""
        if self.use_parts > MAX_PARTS:
            return None
        return tuple((self.day, f"u-{number}") for number in range(self.use_parts))

    @property
    def total(self) -> int:
        """Return the number of all sessions of the day."""
        return sum(self.sessions.values()) + self.other_sessions


class MemberAccess(Value, frozen=True, array_like=True):
    """The access of a member in an engagement. It is stored as a list, without field names."""

    member: str
    until: datetime
    """When the access ends: with the grant, or with the engagement if that ends earlier."""
    roles: tuple[str, ...]
    """The roles of the grant that exist, sorted, without those on request."""
    on_request: tuple[str, ...] = ()
    """The roles of the grant that need an approved request, sorted."""


class EngagementAccess(Value, frozen=True, array_like=True):
    """The access of several members in an engagement. It is stored as a list."""

    engagement: str
    client: str
    members: tuple[MemberAccess, ...]


class LastUse(Value, frozen=True, array_like=True):
    """A member's last session of a day in an engagement. It is stored as a list."""

    engagement: str
    member: str
    at: datetime
    """When Daypass issued the session."""


_ACCESS = msgspec.json.Decoder(tuple[EngagementAccess, ...])
_USES = msgspec.json.Decoder(tuple[LastUse, ...])


def split_access(rows: Iterable[EngagementAccess]) -> Iterator[str]:
    """Yield the texts of the parts for these rows."""
    return split_into_parts(_split_long_rows(rows))


def split_into_parts(rows: Iterable[Value]) -> Iterator[str]:
    """Yield the texts of the parts for these rows. Each is a JSON list in ASCII."""
    texts: list[str] = []
    size = 2
    for row in rows:
        # In ASCII, a text's length is its size.
        text = json.dumps(msgspec.to_builtins(row), separators=(",", ":"))
        if size + len(text) + 1 > MAX_PART_CHARACTERS:
            yield f"[{','.join(texts)}]"
            texts, size = [], 2
        texts.append(text)
        size += len(text) + 1
    if texts:
        yield f"[{','.join(texts)}]"


def _split_long_rows(rows: Iterable[EngagementAccess]) -> Iterator[EngagementAccess]:
    """Yield the rows, each with MAX_MEMBERS_PER_ROW members at most."""
    for row in rows:
        for start in range(0, len(row.members), MAX_MEMBERS_PER_ROW):
            members = row.members[start : start + MAX_MEMBERS_PER_ROW]
            yield EngagementAccess(row.engagement, row.client, members)


def parse_access(text: str) -> tuple[EngagementAccess, ...]:
    """Return the rows of a part with access."""
    return _ACCESS.decode(text)


def parse_uses(text: str) -> tuple[LastUse, ...]:
    """Return the rows of a part with uses."""
    return _USES.decode(text)


class AccessRecord(Value, frozen=True, kw_only=True):
    """The access of a day, as the last complete run of that day recorded it."""

    day: str
    taken_at: datetime
    rows: tuple[EngagementAccess, ...]
    left_out: int = 0
    """The number of rows that the record leaves out, because there were too many."""


def name_day(day: date) -> str:
    """Return the day as the items' keys have it."""
    return day.isoformat()


def count_day(
    sessions: Mapping[str, int],
    *,
    day: str,
    counted_at: datetime,
    is_finished: bool,
    version: int,
    use_parts: int = 0,
) -> DaySessions:
    """Return the item of a day with these numbers of sessions, by engagement."""
    by_number = sorted(sessions.items(), key=lambda pair: (-pair[1], pair[0]))
    busiest, others = by_number[:MAX_ENGAGEMENTS_OF_A_DAY], by_number[MAX_ENGAGEMENTS_OF_A_DAY:]
    return DaySessions(
        day=day,
        counted_at=counted_at,
        is_finished=is_finished,
        sessions=dict(sorted(busiest)),
        other_sessions=sum(number for _, number in others),
        other_engagements=len(others),
        use_parts=use_parts,
        version=version,
    )
