"""Send new trail entries to an event bus, each at least once.

The trail's stream gives them in batches, and gives a batch again from the first entry that was not
sent. So an entry waits for the ones before it, and those after it can be sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from chalicelib.domain.evidence.trail_events import (
    NewEntry,
    SendResult,
    TrailEvent,
    build_trail_event,
    split_into_calls,
)
from chalicelib.domain.values import Value

TRIES = 3
SECONDS_FOR_ONE_CALL = 30.0
"""How many seconds a call may take with all its tries. With less time left, a run leaves the
entries to the next."""
LATE = timedelta(minutes=5)
"""After this time, an alarm says that an entry was not sent."""


class EventBus(Protocol):
    """The event bus of a SIEM."""

    def send(self, events: Sequence[TrailEvent]) -> list[SendResult]:
        """Send the events in one call. Return the result of each. Raise no error."""


class PublishPorts(Struct, frozen=True):
    """The ports of the job."""

    bus: EventBus
    read_stream: Callable[[Any], Sequence[NewEntry]]
    """Returns the new entries in an event of AWS Lambda, in the order of the stream."""
    now: Callable[[], datetime]
    pause: Callable[[int], None]
    """Waits before the next try. Takes the number of tries so far."""


class PublishSummary(Value):
    """The numbers of one run."""

    sent: int = 0
    left_out: int = 0
    """Entries that the bus never takes."""
    late: int = 0
    """1 if an entry of more than five minutes ago was not sent, otherwise 0."""
    first_unsent: str = ""
    """The position of the first entry that was not sent. Empty: all were."""


def publish(
    ports: PublishPorts,
    records: Sequence[NewEntry],
    *,
    time_left: Callable[[], float],
    report_left_out: Callable[[str], None],
) -> PublishSummary:
    """Send the entries in their order until one cannot be sent. Return the numbers of this run.

    `report_left_out` takes the ID or the key of an entry that the bus never takes.
    """
    left_out: list[str] = []
    sent, first_unsent = 0, ""
    for events in split_into_calls(_build_events(records, left_out.append)):
        results = _send(ports, events) if time_left() >= SECONDS_FOR_ONE_CALL else {}
        sent += list(results.values()).count(SendResult.SENT)
        left_out += [each.entry for each in events if results.get(each.position) is _INVALID]
        if unsent := [each for each in events if results.get(each.position) not in _SETTLED]:
            first_unsent = unsent[0].position
            break
    for name in left_out:
        report_left_out(name)
    return PublishSummary(
        sent=sent,
        left_out=len(left_out),
        late=_count_late(records, first_unsent, ports.now()),
        first_unsent=first_unsent,
    )


_INVALID = SendResult.INVALID
_SETTLED = (SendResult.SENT, SendResult.INVALID)
"""The results after which an event is not sent again."""


def _build_events(
    records: Sequence[NewEntry], leave_out: Callable[[str], None]
) -> Iterator[TrailEvent]:
    """Yield an event for each entry. Leave out records that cannot be read."""
    for record in records:
        if record.entry is None:
            leave_out(record.key)
        else:
            yield build_trail_event(record.entry, record.position)


def _send(ports: PublishPorts, events: Sequence[TrailEvent]) -> dict[str, SendResult]:
    """Send the events in one call, and retry the unsent ones. Return the last result of each event,
    by its position."""
    results: dict[str, SendResult] = {}
    unsent = events
    for tries in range(TRIES):
        if tries:
            ports.pause(tries)
        positions = [event.position for event in unsent]
        results.update(zip(positions, ports.bus.send(unsent), strict=True))
        unsent = [event for event in unsent if results[event.position] not in _SETTLED]
        if not unsent:
            break
    return results


def _count_late(records: Sequence[NewEntry], first_unsent: str, now: datetime) -> int:
    """Return 1 if the first entry that was not sent is late, otherwise 0."""
    unsent = [record for record in records if record.position == first_unsent]
    return int(any(now - record.recorded_at > LATE for record in unsent))
