"""What operators see: one JSON line a request, and metrics. Never a body, a header or a token.

A line carries its metrics as well, where it has any, in CloudWatch's embedded metric format.

Powertools' `inject_lambda_context` and `log_metrics` decorators are not used: they cost more CPU
than all our own code in a vend, and can be told to log whole events.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import BasePowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit
from chalice.app import Chalice, Request, Response

from chalicelib.domain.reasons import OF_AWS, Reason
from chalicelib.entrypoints.http.answers import as_text
from chalicelib.entrypoints.http.problems import framework_problem

SERVICE = "daypass"
NAMESPACE = "Daypass"

# What every record has, whatever is logged.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class _Line(BasePowertoolsFormatter):
    """One JSON object a line. Powertools' own formatter does this and much else, for every vend."""

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
        line |= {n: fact for n, fact in vars(record).items() if n not in _OF_EVERY_RECORD}
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

# A vend's metrics are in its line: whatever the environment says, it is written.
logger = Logger(service=SERVICE, level="INFO", logger_formatter=_Line())
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)

_VENDS = (("POST", "/v1/engagements/{engagement}/sessions"), ("POST", "/access/{link}"))


def note(request: Request, **facts: str) -> None:
    """Remember something for the request's log line."""
    request.context.setdefault("daypass", {}).update(facts)


def warn(correlation_id: str, cause: BaseException) -> None:
    """Say on a line of its own what AWS said when Daypass could not do what was asked."""
    text = f"{type(cause).__name__}: {cause}"[:500]
    logger.warning("upstream", extra={"correlation_id": correlation_id, "cause": text})


def report(correlation_id: str, bug: BaseException) -> None:
    """Say on a line of its own what broke in Daypass itself.

    A bug's text may hold anything; its type and the lines that it came through do not.
    """
    facts = {"error": type(bug).__name__, "lines": _lines(bug)}
    logger.error("bug", extra={"correlation_id": correlation_id, **facts, **counted("Bugs")})


def counted(metric: str, **dimensions: str) -> dict[str, Any]:
    """One more of this metric, for the line that tells of it."""
    return _embedded({metric: _count(1)}, **dimensions)


def numbered(numbers: Mapping[str, float]) -> dict[str, Any]:
    """So many of each of these metrics, for the line that tells of them."""
    return _embedded({metric: _count(number) for metric, number in numbers.items()})


def _count(number: float) -> dict[str, Any]:
    return {"Unit": MetricUnit.Count.value, "Value": [float(number)]}


def request_id(request: Request) -> str:
    """What API Gateway calls the request; whoever asked is told it too."""
    known: str = request.context.get("requestId", "")
    return known


def observe(app: Chalice) -> None:
    """Log and measure every request of the app, and give every problem the same shape."""
    app.log = logger  # type: ignore[assignment]  # it has all of a logger's methods

    @app.middleware("http")
    def observed(request: Request, get_response: Callable[[Request], Response]) -> Response:
        began = time.perf_counter()
        try:
            response = get_response(request)
        except Exception as bug:  # noqa: BLE001 - Chalice would answer in words of its own
            report(request_id(request), bug)
            response = framework_problem(500)
            note(request, reason=response.body["reason"])
        if response.status_code >= 400 and "Code" in _fields(response.body):
            response = _in_our_words(response)
            note(request, reason=response.body["reason"])
        if response.status_code >= 400:
            _fields(response.body)["request_id"] = request_id(request)
        response.body = as_text(response.body)
        response.headers["X-Request-Id"] = request_id(request)
        _log(request, response, (time.perf_counter() - began) * 1000)
        return response


def _in_our_words(response: Response) -> Response:
    allow = str(response.headers.get("Allow") or "")
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not allow:
        return framework_problem(HTTPStatus.NOT_FOUND)  # no method at all: no such route
    ours = framework_problem(response.status_code)
    if allow:
        ours.body["detail"] += f" Send {allow.replace(', ', ' or ')}."
        ours.headers["Allow"] = allow
    return ours


def _log(request: Request, response: Response, milliseconds: float) -> None:
    noted: dict[str, str] = request.context.get("daypass", {})
    route = request.context.get("resourcePath", "")
    is_vend = (request.method, route) in _VENDS
    line = {
        "correlation_id": request_id(request),
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "duration_ms": round(milliseconds, 1),
        **noted,
        **_measured(noted.get("reason", ""), milliseconds, is_vend=is_vend),
    }
    logger.info("request", extra=line)


def _measured(reason: str, milliseconds: float, *, is_vend: bool) -> dict[str, Any]:
    """The metrics of a vend, or of one that came to nothing, and what is counted of every route."""
    told: dict[str, Any] = {}
    if is_vend and reason:
        told = counted("StsErrors" if reason in OF_AWS else "Refusals", reason=reason)
        # Altogether as well: an alarm cannot add up the reasons that there may be.
        told["_aws"]["CloudWatchMetrics"][0]["Dimensions"].append(["service"])
    elif is_vend:
        told = _embedded(
            {
                "Vends": _count(1),
                "VendLatency": {"Unit": MetricUnit.Milliseconds.value, "Value": [milliseconds]},
            }
        )
    if reason == Reason.TOKEN_UNKNOWN:
        unknown = counted("UnknownTokens")
        unknown["_aws"]["CloudWatchMetrics"] += told.get("_aws", {}).get("CloudWatchMetrics", [])
        told |= unknown
    return told


def _embedded(measured: dict[str, Any], **dimensions: str) -> dict[str, Any]:
    told = metrics.serialize_metric_set(measured, {"service": SERVICE, **dimensions}, metadata={})
    # In every line already, and no field of a record may be given twice.
    return {name: value for name, value in told.items() if name != "service"}


def _fields(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}


def _lines(bug: BaseException) -> list[str]:
    lines, step = [], bug.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return lines[-8:]
