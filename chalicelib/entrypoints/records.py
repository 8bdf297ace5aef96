"""What operators see: one JSON line a request, and metrics. Never a body, a header or a token.

Powertools' `inject_lambda_context` and `log_metrics` decorators are not used: they cost more CPU
than all our own code in a vend, and can be told to log whole events.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from chalice.app import Chalice, Request, Response

from chalicelib.entrypoints.answers import framework_problem

SERVICE = "daypass"
NAMESPACE = "Daypass"

logger = Logger(service=SERVICE, utc=True, use_rfc3339=True, location=None)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)

_VEND = ("POST", "/v1/engagements/{engagement}/sessions")
# The reasons that are AWS's doing, not a rule's.
_STS_ERRORS = frozenset({"role-refused-us", "aws-rejected", "aws-throttled", "aws-unreachable"})


def note(request: Request, **facts: str) -> None:
    """Remember something for the request's log line."""
    request.context.setdefault("daypass", {}).update(facts)


def observe(app: Chalice) -> None:
    """Log and measure every request of the app, and give every problem the same shape."""
    app.log = logger  # type: ignore[assignment]  # it has all of a logger's methods

    @app.middleware("http")
    def observed(request: Request, get_response: Callable[[Request], Response]) -> Response:
        began = time.perf_counter()
        response = get_response(request)
        if response.status_code >= 400 and "Code" in _fields(response.body):
            response = _in_our_words(response)
        request_id = request.context.get("requestId", "")
        if response.status_code >= 400:
            _fields(response.body)["request_id"] = request_id
        response.headers["X-Request-Id"] = request_id
        _log(request, response, request_id, (time.perf_counter() - began) * 1000)
        return response


def _in_our_words(response: Response) -> Response:
    ours = framework_problem(response.status_code)
    if "Allow" in response.headers:
        ours.headers["Allow"] = response.headers["Allow"]
    return ours


def _log(request: Request, response: Response, request_id: str, milliseconds: float) -> None:
    noted: dict[str, str] = request.context.get("daypass", {})
    reason = noted.get("reason", "")
    logger.info(
        "request",
        extra={
            "correlation_id": request_id,
            "method": request.method,
            "route": request.context.get("resourcePath", ""),
            "status": response.status_code,
            "duration_ms": round(milliseconds, 1),
            **noted,
        },
    )
    if (request.method, request.context.get("resourcePath")) == _VEND:
        _measure_vend(reason, milliseconds)


def _measure_vend(reason: str, milliseconds: float) -> None:
    if not reason:
        metrics.add_metric(name="Vends", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="VendLatency", unit=MetricUnit.Milliseconds, value=milliseconds)
        metrics.flush_metrics()
        return
    name = "StsErrors" if reason in _STS_ERRORS else "Refusals"
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=SERVICE)
        metric.add_dimension(name="reason", value=reason)


def _fields(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}
