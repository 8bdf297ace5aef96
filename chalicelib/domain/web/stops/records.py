"""Read a stored stop: since when something is stopped, by whose hand, and why."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Value


class StopRecord(Value, frozen=True, kw_only=True):
    """A stop that was stored, in force or undone since."""

    at: datetime
    """When a lead stopped it."""
    by: str = ""
    """The ID of the lead, or of a member who ended their own access. Empty: unknown."""
    reason: str = ""
    is_in_force: bool = True
    """False if someone has undone the stop since."""
    is_finished: bool = True
    """False if Daypass has not yet recorded it, counted its sessions and requested every cut-off.
    It blocks new sessions all the same."""


def build_record(item: Stoppable, stop: Stop | None, action: Action) -> StopRecord | None:
    """Return the item's last stop by this action; None if there was none."""
    ended_at, entry = item.stopped_at(action), _find_entry(stop, action)
    if ended_at is None and entry is None:
        return None
    if entry is None or (ended_at is not None and entry.at != ended_at):
        return StopRecord(at=ended_at) if ended_at is not None else None
    return StopRecord(
        at=entry.at,
        by=entry.actor,
        reason=entry.details.get("said", ""),
        is_in_force=ended_at is not None,
        is_finished=stop is not None and stop.is_finished,
    )


def build_session_record(entry: Entry) -> StopRecord:
    """Return the stop of a single session from its entry on the trail."""
    return StopRecord(at=entry.at, by=entry.actor, reason=entry.details.get("said", ""))


def _find_entry(stop: Stop | None, action: Action) -> Entry | None:
    entries = () if stop is None else (stop.entry, stop.earlier)
    return next((each for each in entries if each is not None and each.action is action), None)
