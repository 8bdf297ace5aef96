"""The record of each day's last uses of the grants, derived from the trail.

No decision depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState
from chalicelib.domain.web.overview.overview import KEPT_FOR

MAX_CHARACTERS = 300_000
"""The longest text of a day's uses. DynamoDB stores at most 400 KB as one item."""

LastUses = Mapping[tuple[str, str], datetime]
"""The last use of each grant, by engagement and member."""
Day = Annotated[str, Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$(?!\n)", max_length=10)]
"""A day in UTC, such as `2026-11-27`."""
UsesText = Annotated[str, Meta(pattern=r"^[ -~]+$(?!\n)", min_length=2, max_length=MAX_CHARACTERS)]

_SECONDS = msgspec.json.Decoder(dict[str, dict[str, int]])


class DayUses(JobState, frozen=True, kw_only=True):
    """The last uses of the grants on one day."""

    STORED_AS: ClassVar[str] = "overview-uses"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("day",)

    day: Day
    read_at: Moment
    is_finished: bool
    """True if the day was over when its vends were read, so that they are never read again."""
    text: UsesText | None = None
    """See `format_uses`. None: there were too many uses."""

    @property
    def gone_after(self) -> datetime:
        return self.read_at + KEPT_FOR

    def parse_uses(self) -> LastUses | None:
        """Return the uses, in whole seconds. Return None if they are not stored."""
        if self.text is None:
            return None
        return {
            (engagement, member): datetime.fromtimestamp(seconds, UTC)
            for engagement, members in _SECONDS.decode(self.text).items()
            for member, seconds in members.items()
        }


def format_uses(uses: LastUses) -> str | None:
    """Return the uses as JSON: Unix seconds by member by engagement. Return None if the text is
    longer than MAX_CHARACTERS."""
    seconds: dict[str, dict[str, int]] = {}
    for (engagement, member), at in sorted(uses.items()):
        seconds.setdefault(engagement, {})[member] = int(at.timestamp())
    text = msgspec.json.encode(seconds).decode()
    return text if len(text) <= MAX_CHARACTERS else None
