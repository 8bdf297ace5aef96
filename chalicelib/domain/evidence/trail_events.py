"""Write trail entries as events for an event bus of Amazon EventBridge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.evidence.export import format_line
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value

SOURCE = "daypass"
DETAIL_TYPE = "Daypass Trail Entry"
MAX_EVENTS = 10
"""How many events one call takes ("PutEvents", Amazon EventBridge API Reference)."""
MAX_BYTES = 256 * 1024
"""The size limit of an event, and of the events of a call together. PutEvents takes 1 MB meanwhile,
but not every target of a rule does."""
_TIME_BYTES = 14
"""The size of the time ("Calculating PutEvents event entry size", EventBridge User Guide)."""


class NewEntry(Value):
    """A record of the trail's stream."""

    position: str
    """Its position in the stream."""
    recorded_at: datetime
    key: str
    """The entry's sort key on the trail."""
    entry: Entry | None
    """None if the record cannot be read."""


class TrailEvent(Value):
    """One entry as an event."""

    position: str
    """The position of the entry's record in the trail's stream."""
    entry: str
    """The entry's ID."""
    at: datetime
    detail: str
    """The entry as JSON."""

    @property
    def size(self) -> int:
        """Return the bytes that Amazon EventBridge counts."""
        return _TIME_BYTES + sum(len(text.encode()) for text in (SOURCE, DETAIL_TYPE, self.detail))


class SendResult(StrEnum):
    """The result of sending an event."""

    SENT = "sent"
    NOT_SENT = "not-sent"
    """It can be sent later."""
    INVALID = "invalid"
    """The event bus never takes this event."""


def build_trail_event(entry: Entry, position: str) -> TrailEvent:
    """Return the event, whose detail is the entry's line in an export. If that is too large, leave
    out the entry's details, and end the line with `"without_details":true`."""
    event = TrailEvent(position=position, entry=entry.id, at=entry.at, detail=format_line(entry))
    if event.size <= MAX_BYTES:
        return event
    line = format_line(replace(entry, details={}))
    return replace(event, detail=f'{line[:-1]},"without_details":true}}')


def split_into_calls(events: Iterable[TrailEvent]) -> Iterator[list[TrailEvent]]:
    """Yield the events in their order, as many at once as one call takes."""
    call: list[TrailEvent] = []
    size = 0
    for event in events:
        if call and (len(call) == MAX_EVENTS or size + event.size > MAX_BYTES):
            yield call
            call, size = [], 0
        call.append(event)
        size += event.size
    if call:
        yield call
