"""Moments: how far clocks may disagree, and RFC 3339 text in UTC with a Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# AWS counts a session from its own clock, in whole seconds, and no two clocks agree.
CLOCK_MARGIN = timedelta(seconds=5)

# "AssumeRole" (STS API Reference): DurationSeconds is 900 at least; a role that is assumed from
# another role's session (role chaining, which is what a Lambda function does) has 3600 at most.
SHORTEST_SESSION = 900
LONGEST_SESSION = 3600


def whole_second_up(moment: datetime) -> datetime:
    """The moment, or the first whole second after it: AWS counts in those, and never back."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def rfc3339(moment: datetime) -> str:
    """`2026-11-24T18:00:00Z`, with milliseconds where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
