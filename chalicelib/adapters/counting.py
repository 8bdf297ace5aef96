"""One log line and one metric for what an operator should hear of, by Powertools."""

from __future__ import annotations

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

_SERVICE = "daypass"


def log() -> Logger:
    """The logger that all lines go through."""
    return Logger(service=_SERVICE)


def count(metric: str, **dimensions: str) -> None:
    """Count one more of this metric."""
    with single_metric(name=metric, unit=MetricUnit.Count, value=1, namespace="Daypass") as one:
        one.add_dimension(name="service", value=_SERVICE)
        for name, value in dimensions.items():
            one.add_dimension(name=name, value=value)
