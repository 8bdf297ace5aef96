"""The trail entries of a vend: an intent before Daypass calls AWS, and one outcome after.

A vend is one attempt to issue a session to a member.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.trail import Entry, Outcome

# A vend takes no longer than this, because AWS Lambda stops its function earlier. The vend may call
# STS at any time before that, so a session can begin this long after the intent.
LONGEST_VEND = timedelta(seconds=30)


def build_outcome_entry(
    intent: Entry,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """Return the trail entry with this outcome of the intent's vend.

    All outcome entries of a vend have the same ID, and the trail stores only the first of them.
    """
    return replace(
        intent,
        id=f"{intent.vend}-outcome",
        at=at,
        outcome=outcome,
        reason=reason,
        details={"session_name": intent.details["session_name"], **(details or {})},
    )


def latest_session_end(intent: Entry) -> datetime:
    """Return the latest time, by Daypass's clock, at which this vend's session can end."""
    return intent.at + LONGEST_VEND + timedelta(seconds=int(intent.details["duration"]))
