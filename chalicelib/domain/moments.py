"""Parse and format times in UTC, and define the limits of a session's duration and the margin for
differing clocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from chalicelib.domain.values import build_constraints

# DurationSeconds is at least 900. It is at most 3600 with role chaining, such as a Lambda function
# that assumes a role ("AssumeRole", STS API Reference).
SHORTEST_SESSION = 900
LONGEST_SESSION = 3600

# How much Daypass's clock may differ from AWS's clock, which counts whole seconds.
CLOCK_MARGIN = timedelta(seconds=5)
MAX_CLOCK_LEAD = timedelta(minutes=10)
"""How far the clock of one function may be ahead of another's, where the trail is read. Ten minutes
are ample: in most cases, AWS refuses a request whose time differs from its own by more than five
("AWS Signature Version 4", IAM User Guide)."""

# RFC 3339 with a mandatory offset. Python alone would accept other formats too.
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_EXPECTED_TIME = "a time such as 2026-12-31T18:00:00Z"


LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Earlier than every recorded time. It stands for a time that is missing."""
_LAST_MICROSECOND = 10**17 - 1
"""Later than every valid time: in the year 5138, in microseconds since 1970."""


def _parse_moment(unverified: Any) -> datetime:
    """Return the time in UTC. Raise ValueError unless it is in RFC 3339 with a year from 2000 to
    2999 in UTC. Python accepts other years, but they are mistakes."""
    if isinstance(unverified, str) and _RFC3339.fullmatch(unverified):
        try:
            moment = datetime.fromisoformat(unverified.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if 2000 <= moment.year <= 2999:
                return moment
    raise ValueError(f"Enter {_EXPECTED_TIME}.")


Moment = Annotated[datetime, build_constraints(_EXPECTED_TIME, parser=_parse_moment, tz=True)]

SessionSeconds = Annotated[
    int,
    build_constraints(
        f"a whole number of seconds, from {SHORTEST_SESSION} to {LONGEST_SESSION}",
        ge=SHORTEST_SESSION,
        le=LONGEST_SESSION,
    ),
]
"""The duration of a session."""


def round_up_to_second(moment: datetime) -> datetime:
    """Return the time rounded up to a whole second. AWS counts whole seconds, and the time of a
    cut-off (a policy that denies older sessions) must never be too early."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def rfc3339(moment: datetime) -> str:
    """Return the time in RFC 3339, such as `2026-11-24T18:00:00Z`, with milliseconds if it has a
    fraction of a second."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def utc_text(moment: datetime) -> str:
    """Return the time for people, such as `24 November 2026, 18:00 UTC`, which no country
    misreads."""
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def exact_text(moment: datetime) -> str:
    """Return the time with its seconds, such as `24 November 2026, 18:00:07 UTC`."""
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M:%S} UTC"


def last_moment_text(moment: datetime) -> str:
    """Return the time until which something may be valid, rounded up to a minute, so that no one
    thinks too early that it is over."""
    return utc_text(moment + timedelta(minutes=1) - timedelta(microseconds=1))


def end_text(end: datetime) -> str:
    """Return an end date as text that follows "until". Midnight is shown as the end of the day
    before, such as `the end of 27 November 2026, UTC`."""
    if end.astimezone(UTC).time() == time():
        return f"the end of {end.astimezone(UTC) - timedelta(days=1):%-d %B %Y}, UTC"
    return utc_text(end)


def describe_duration(seconds: int) -> str:
    """Return a duration as text, such as "1 day 2 hours" or "15 minutes", rounded up to a
    minute."""
    minutes = -(-seconds // 60)
    parts = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for unit, n in parts if n) or "0 minutes"


def format_sortable(moment: datetime) -> str:
    """Return the time as text of fixed width, so that sorting the texts sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def format_latest_first(moment: datetime) -> str:
    """Return the time as text of fixed width, so that sorting the texts puts later times first."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return f"{_LAST_MICROSECOND - since // timedelta(microseconds=1):017d}"
