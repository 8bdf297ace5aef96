"""A vend on the trail: its intent, and the one entry that says what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.trail import Entry, Outcome

# The longest life of a vend: its function is stopped before that. It can have asked STS at any
# moment of it, so this long after the intent a session may have begun.
LONGEST_VEND = timedelta(seconds=30)


def outcome_of(
    intent: Entry,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """What came of the vend. It has one place on the trail: whoever writes first has the word."""
    return replace(
        intent,
        id=f"{intent.vend}-outcome",
        at=at,
        outcome=outcome,
        reason=reason,
        details={"session_name": intent.details["session_name"], **(details or {})},
    )


def latest_end(intent: Entry) -> datetime:
    """The last moment, by our clock, at which a session of this vend can end."""
    return intent.at + LONGEST_VEND + timedelta(seconds=int(intent.details["duration"]))
