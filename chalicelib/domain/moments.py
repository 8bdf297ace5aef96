"""Parse and format moments (UTC) and durations, and define the margin for differing clocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from chalicelib.domain.values import accepts

# "AssumeRole" (STS API Reference): DurationSeconds is at least 900. With role chaining, as for a
# Lambda function that assumes a role, it is at most 3600.
SHORTEST_SESSION = 900
LONGEST_SESSION = 3600

# AWS times a session by its own clock, in whole seconds, and clocks differ.
CLOCK_MARGIN = timedelta(seconds=5)

# RFC 3339 with a mandatory offset. Python alone would accept other formats too.
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_A_MOMENT = "a time such as 2026-12-31T18:00:00Z"


def _parse_moment(unverified: Any) -> datetime:
    """Return the moment in UTC. ValueError unless it is RFC 3339 with a year from 2000 to 2999."""
    if isinstance(unverified, str) and _RFC3339.fullmatch(unverified):
        try:
            moment = datetime.fromisoformat(unverified.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if 2000 <= moment.year <= 2999:
                return moment
    raise ValueError(f"This must be {_A_MOMENT}.")


Moment = Annotated[datetime, accepts(_A_MOMENT, parser=_parse_moment, tz=True)]

SessionSeconds = Annotated[
    int,
    accepts(
        f"a whole number of seconds, from {SHORTEST_SESSION} to {LONGEST_SESSION}",
        ge=SHORTEST_SESSION,
        le=LONGEST_SESSION,
    ),
]
"""The duration of a session."""


def whole_second_up(moment: datetime) -> datetime:
    """Return the moment, rounded up to a whole second: AWS counts whole seconds, and a cut-off must
    never be too early."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def rfc3339(moment: datetime) -> str:
    """Return `2026-11-24T18:00:00Z`, with milliseconds if there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def utc_text(moment: datetime) -> str:
    """Return `24 November 2026, 18:00 UTC`, which cannot be misread in any country."""
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def end_text(end: datetime) -> str:
    """Return an end as it reads after "until". Midnight becomes the day before, such as `the end of
    27 November 2026, UTC`."""
    if end.astimezone(UTC).time() == time():
        return f"the end of {end.astimezone(UTC) - timedelta(days=1):%-d %B %Y}, UTC"
    return utc_text(end)


def sortable(moment: datetime) -> str:
    """Return a moment as text of fixed width that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
