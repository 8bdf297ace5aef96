"""An event bus in memory. The adapter behaves alike: tests/adapters/evidence/test_event_bus.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.evidence.trail_events import SendResult, TrailEvent


def accept(_call: int, _event: TrailEvent) -> SendResult:
    return SendResult.SENT


@dataclass(slots=True)
class FakeEventBus:
    """The EventBus port over a list."""

    result_for: Callable[[int, TrailEvent], SendResult] = accept
    """Returns the result of an event, from the number of the call and the event."""
    calls: list[list[str]] = field(default_factory=list)
    """The entries' IDs in each call."""
    received: list[str] = field(default_factory=list)
    """The details of the events that the bus took."""

    def send(self, events: Sequence[TrailEvent]) -> list[SendResult]:
        self.calls.append([event.entry for event in events])
        results = [self.result_for(len(self.calls), event) for event in events]
        self.received += [
            event.detail
            for event, result in zip(events, results, strict=True)
            if result is SendResult.SENT
        ]
        return results
