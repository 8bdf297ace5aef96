"""The log and the metrics: one JSON line for each event, with its metrics in the same line, in
CloudWatch's embedded metric format. Of Powertools, `Logger` and that format are used.
`inject_lambda_context`, `log_metrics` and the default formatter cost more CPU than all our own code
in a vend, and can log whole events and the text of exceptions."""

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

_UNITS = {"VendLatency": MetricUnit.Milliseconds}
"""The unit of each metric that is not a count."""
_FIELDS_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class _LineFormatter(BasePowertoolsFormatter):
    """Formatter that writes one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "service": SERVICE,
        }
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):  # as AWS Lambda sets it
            line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
        line |= {n: fact for n, fact in vars(record).items() if n not in _FIELDS_OF_EVERY_RECORD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its text may hold anything
        return msgspec.json.encode(line, enc_hook=str).decode()

    def append_keys(self, **_keys: Any) -> None: ...

    def remove_keys(self, keys: Iterable[str]) -> None: ...

    def clear_state(self) -> None: ...


# "Optimization" (Python's Logging HOWTO): no line says which thread, process or task wrote it, or
# from where in the code, and each of these is looked up for every line unless it is told otherwise.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # from Python 3.12 on
logging._srcfile = None

# The level is set here, because lines carry metrics: no environment variable may silence them.
logger = Logger(service=SERVICE, level="INFO", logger_formatter=_LineFormatter())
_metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def measured(values: Mapping[str, float], **dimensions: str) -> dict[str, Any]:
    """Return the log fields that count these metrics; no field if there is no metric."""
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
    # In every line already, and no field of a record may be given twice.
    return {name: value for name, value in fields.items() if name != "service"}
