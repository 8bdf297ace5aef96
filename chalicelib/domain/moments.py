"""Moments (UTC) and spans: how they are read and written, and how far clocks may disagree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from chalicelib.domain.values import takes

# "AssumeRole" (STS API Reference): DurationSeconds is 900 at least; a role that is assumed from
# another role's session (role chaining, which is what a Lambda function does) has 3600 at most.
SHORTEST_SESSION = 900
LONGEST_SESSION = 3600

# AWS counts a session from its own clock, in whole seconds, and no two clocks agree.
CLOCK_MARGIN = timedelta(seconds=5)

# RFC 3339, with the offset that it demands. Python alone would also read other forms.
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_A_MOMENT = "a moment such as 2026-12-31T18:00:00Z"


def _read_moment(unverified: Any) -> datetime:
    """The moment in UTC; ValueError unless it is RFC 3339 and in a year from 2000 to 2999."""
    if isinstance(unverified, str) and _RFC3339.fullmatch(unverified):
        try:
            moment = datetime.fromisoformat(unverified.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if 2000 <= moment.year <= 2999:
                return moment
    raise ValueError(f"This takes {_A_MOMENT}.")


Moment = Annotated[datetime, takes(_A_MOMENT, reads=_read_moment, tz=True)]

SessionSeconds = Annotated[
    int,
    takes(
        f"a whole number of seconds, from {SHORTEST_SESSION} to {LONGEST_SESSION}",
        ge=SHORTEST_SESSION,
        le=LONGEST_SESSION,
    ),
]
"""How long a session is to be."""


def whole_second_up(moment: datetime) -> datetime:
    """The moment, or the first whole second after it: AWS counts in those, and never back."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def rfc3339(moment: datetime) -> str:
    """`2026-11-24T18:00:00Z`, with milliseconds where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def in_words(moment: datetime) -> str:
    """`24 November 2026, 18:00 UTC`: nobody has to guess what is the month."""
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def end_in_words(end: datetime) -> str:
    """Return an end as it reads after "until": midnight by the day before it, such as `the end of
    27 November 2026, UTC`."""
    if end.astimezone(UTC).time() == time():
        return f"the end of {end.astimezone(UTC) - timedelta(days=1):%-d %B %Y}, UTC"
    return in_words(end)


def sortable(moment: datetime) -> str:
    """A moment as text of fixed width, which sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
