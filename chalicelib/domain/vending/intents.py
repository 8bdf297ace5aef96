"""A vend on the trail: its intent, and its one outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.trail import Entry, Outcome

# The longest run of a vend: AWS Lambda stops its function earlier. It may call STS at any moment,
# so a session can begin this long after the intent.
LONGEST_VEND = timedelta(seconds=30)


def outcome_of(
    intent: Entry,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """Return the outcome entry of a vend. All outcomes of a vend share one key: the first wins."""
    return replace(
        intent,
        id=f"{intent.vend}-outcome",
        at=at,
        outcome=outcome,
        reason=reason,
        details={"session_name": intent.details["session_name"], **(details or {})},
    )


def latest_end(intent: Entry) -> datetime:
    """Return the last moment at which a session of this vend can end, by Daypass's clock."""
    return intent.at + LONGEST_VEND + timedelta(seconds=int(intent.details["duration"]))
