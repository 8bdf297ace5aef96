"""Say from when a right to approve counts: what is new does not approve.

A right counts 24 hours after it was given, and it does not matter who gave it. The people who hear
of it have that time to take it away (docs/decisions/0074).
"""

from __future__ import annotations

from datetime import datetime, timedelta

NEW_RIGHT = timedelta(hours=24)
"""For this long, a right to approve does not count."""


def counts_from(*given_at: datetime) -> datetime:
    """Return when someone may approve who needs all the rights that were given at these times."""
    return max(given_at) + NEW_RIGHT
