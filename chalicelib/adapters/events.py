"""Events as one log line and one metric each, for alarms and for whoever listens to the log."""

from __future__ import annotations

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chalicelib.domain.events import Event

_SERVICE = "daypass"


def tell(event: Event) -> None:
    """Write it down, on the logger that all lines go through."""
    named = {name: getattr(event, name) for name in ("engagement", "role", "member", "says")}
    Logger(service=_SERVICE).warning("event", extra={"news": event.news.value} | named)
    with single_metric(
        name="Events", unit=MetricUnit.Count, value=1, namespace="Daypass"
    ) as metric:
        metric.add_dimension(name="service", value=_SERVICE)
        metric.add_dimension(name="news", value=event.news.value)
