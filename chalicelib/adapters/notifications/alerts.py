"""Log the alerts that a trail entry raises. Each log line counts a metric, on which an alarm is
set."""

from __future__ import annotations

from chalicelib.domain.notifications.table import alerts_of
from chalicelib.domain.trail import Entry
from chalicelib.telemetry import build_metric_fields, logger


def announce(entry: Entry) -> None:
    """Log and count each alert that the trail entry raises. Never raise an error: the recorded
    event has already happened, and a revocation has still to withhold (not hand over) vends in
    progress."""
    try:
        _announce(entry)
    except Exception as bug:  # noqa: BLE001 - a wrong template must not stop the caller
        facts = {"error": type(bug).__name__, "entry": entry.id}
        logger.error("bug", extra=facts | build_metric_fields({"Bugs": 1}))


def _announce(entry: Entry) -> None:
    for raised in alerts_of(entry):
        facts = {
            "engagement": raised.engagement,
            "role": raised.role,
            "member": raised.member,
            "text": raised.text,
        }
        # The name is also the metric's dimension, so it is one of its fields.
        logger.warning(
            "event", extra=facts | build_metric_fields({"Events": 1}, alert=raised.alert)
        )
