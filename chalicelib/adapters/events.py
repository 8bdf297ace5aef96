"""Events as one log line and one metric each, for alarms and for whoever listens to the log."""

from __future__ import annotations

from chalicelib.adapters.counting import count, log
from chalicelib.domain.events import Event


def tell(event: Event) -> None:
    """Write it down, on the logger that all lines go through."""
    named = {name: getattr(event, name) for name in ("engagement", "role", "member", "says")}
    log().warning("event", extra={"news": event.news.value} | named)
    count("Events", news=event.news.value)
