"""Write the log and the metrics.

Each event is one JSON line. The line can contain metrics in CloudWatch's embedded metric format.

From Powertools, Daypass uses only `Logger` and the format of metrics. `inject_lambda_context`,
`log_metrics` and the default formatter use more CPU than all of Daypass's code in a vend, and can
log whole events and the text of exceptions.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import BasePowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

SERVICE = "daypass"
NAMESPACE = "Daypass"

_UNITS = {"VendLatency": MetricUnit.Milliseconds, "TimeToDecision": MetricUnit.Seconds}
"""The units of metrics that are not counts."""
_FIELDS_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""The attributes that Python itself gives a log record. All others are the event's own fields."""


class _LineFormatter(BasePowertoolsFormatter):
    """A formatter that writes one JSON object for each line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON, with the event's own fields."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "service": SERVICE,
        }
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):  # set by AWS Lambda
            line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
        line |= {
            name: value
            for name, value in vars(record).items()
            if name not in _FIELDS_OF_EVERY_RECORD
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # the exception's text may hold secrets
        return msgspec.json.encode(line, enc_hook=str).decode()

    # Powertools requires these methods. Daypass gives each event its fields when it is logged.
    def append_keys(self, **_keys: Any) -> None: ...

    def remove_keys(self, keys: Iterable[str]) -> None: ...

    def clear_state(self) -> None: ...


# Log lines do not contain the thread, process, task or source location, so do not look them up
# ("Optimization", Python's Logging HOWTO).
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # from Python 3.12 on
logging._srcfile = None

# The level is fixed, because the lines carry metrics: no environment variable may silence them.
logger = Logger(service=SERVICE, level="INFO", logger_formatter=_LineFormatter())
_metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def build_metric_fields(values: Mapping[str, float], **dimensions: str) -> dict[str, Any]:
    """Return the log fields from which CloudWatch records these metrics.

    `values` maps each metric's name to its value. If it is empty, return no fields.
    """
    if not values:
        return {}
    fields = _metrics.serialize_metric_set(
        {
            name: {"Unit": _UNITS.get(name, MetricUnit.Count).value, "Value": [float(value)]}
            for name, value in values.items()
        },
        {"service": SERVICE, **dimensions},
        metadata={},
    )
    # Leave out `service`, because every log line has this field already.
    return {name: value for name, value in fields.items() if name != "service"}
