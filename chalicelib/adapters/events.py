"""Events as one log line each, with its metric, for alarms and for whoever reads the log."""

from __future__ import annotations

from chalicelib.domain.events import Event
from chalicelib.telemetry import logger, measured


def tell(event: Event) -> None:
    """Log the event, and count it by its kind."""
    named = {name: getattr(event, name) for name in ("engagement", "role", "member", "says")}
    # The kind is also the metric's dimension, and so among its fields.
    logger.warning("event", extra=named | measured({"Events": 1}, news=event.news.value))
