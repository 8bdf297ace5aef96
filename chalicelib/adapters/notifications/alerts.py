"""Log the alerts that a trail entry raises, and the decisions of requests. Each log line counts a
metric. The metric of each severity has an alarm."""

from __future__ import annotations

from chalicelib.domain.notifications.notification import max_severity
from chalicelib.domain.notifications.recorded import find_alerts
from chalicelib.domain.requests.outcomes import find_decided_request
from chalicelib.domain.trail import Entry
from chalicelib.telemetry import build_metric_fields, logger


def announce(entry: Entry) -> None:
    """Log and count each alert that the trail entry raises, and the request that it decides, but
    never raise an error.

    The recorded event has already happened, and the caller must go on. After a revocation, for
    example, it must still withhold the sessions that are being issued.
    """
    try:
        _log_alerts(entry)
        _log_decided_request(entry)
    except Exception as bug:  # noqa: BLE001 - a wrong message template must not stop the caller
        facts = {"error": type(bug).__name__, "entry": entry.id}
        logger.error("bug", extra=facts | build_metric_fields({"Bugs": 1}))


def _log_alerts(entry: Entry) -> None:
    """Log each alert that the trail entry raises, with a metric that counts it."""
    for alert in find_alerts(entry):
        facts = {
            "alert": alert.alert,
            "engagement": alert.engagement,
            "role": alert.role,
            "member": alert.member,
            "text": alert.text,
        }
        counted = build_metric_fields({"Events": 1}, severity=max_severity([alert.alert]))
        logger.warning("event", extra=facts | counted)


def _log_decided_request(entry: Entry) -> None:
    """Log the outcome of the request that the entry decides, if any, with metrics that count it and
    measure how long people other than the member took to decide."""
    decided = find_decided_request(entry)
    if decided is None:
        return
    fields = build_metric_fields({"RequestDecided": 1}, outcome=decided.outcome.value)
    if decided.seconds is not None:  # None for a withdrawn request and an emergency, for example
        # This metric does not have the outcome as a dimension, so that CloudWatch has one median
        # for all requests. One log line has the definitions of both metrics.
        measured = build_metric_fields({"TimeToDecision": decided.seconds})
        measured["_aws"]["CloudWatchMetrics"] += fields["_aws"]["CloudWatchMetrics"]
        fields |= measured
    facts = {"engagement": entry.engagement, "role": entry.role}
    logger.info("request decided", extra=facts | fields)
