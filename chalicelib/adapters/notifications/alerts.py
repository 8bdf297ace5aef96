"""Alerts, each as a log line with the metric that raises an alarm."""

from __future__ import annotations

from chalicelib.domain.notifications.table import alerts_of
from chalicelib.domain.trail import Entry
from chalicelib.telemetry import logger, measured


def announce(entry: Entry) -> None:
    """Log each alert that the entry raises, and count it by its name. Never fail: what the entry
    records has happened, and a revocation has yet to withhold the sessions under way."""
    try:
        _announce(entry)
    except Exception as bug:  # noqa: BLE001 - a wrong sentence must stop nothing
        facts = {"error": type(bug).__name__, "entry": entry.id}
        logger.error("bug", extra=facts | measured({"Bugs": 1}))


def _announce(entry: Entry) -> None:
    for raised in alerts_of(entry):
        facts = {
            "engagement": raised.engagement,
            "role": raised.role,
            "member": raised.member,
            "says": raised.text,
        }
        # The name is also the metric's dimension, and so among its fields.
        logger.warning("event", extra=facts | measured({"Events": 1}, news=raised.alert))
