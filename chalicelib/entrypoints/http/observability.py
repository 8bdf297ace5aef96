"""Write one log line with metrics for every request. It never contains a body, a header or a
token."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from chalice.app import Chalice, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.reasons import AWS_REASONS, Reason
from chalicelib.entrypoints.http.problems import framework_problem, problem
from chalicelib.entrypoints.http.responses import as_text
from chalicelib.telemetry import build_metric_fields, logger

_VENDS = (("POST", "/v1/engagements/{engagement}/sessions"), ("POST", "/access/{link}"))


def annotate(request: Request, **facts: str) -> None:
    """Add fields to the request's log line."""
    request.context.setdefault("daypass", {}).update(facts)


def log_upstream_error(correlation_id: str, cause: BaseException) -> None:
    """Log the error of a service that Daypass called, such as DynamoDB, on a line of its own."""
    text = f"{type(cause).__name__}: {cause}"[:500]
    logger.warning("upstream", extra={"correlation_id": correlation_id, "cause": text})


def log_bug(correlation_id: str, bug: BaseException) -> None:
    """Log a bug on a line of its own: the exception's type and where it was raised, but not its
    text, which may hold secrets."""
    facts = {"error": type(bug).__name__, "lines": _stack_lines(bug)}
    logger.error(
        "bug", extra={"correlation_id": correlation_id, **facts, **build_metric_fields({"Bugs": 1})}
    )


def log_failure(correlation_id: str, error: Exception) -> DaypassError:
    """Log why an operation failed, and return the error that is safe to show."""
    if not isinstance(error, DaypassError):
        log_bug(correlation_id, error)
        return DaypassError(Reason.BUG)
    if error.__cause__ is not None:
        log_upstream_error(correlation_id, error.__cause__)
    return error


def log_refusal(request: Request, error: Exception) -> DaypassError:
    """Log why the request failed, add the reason to the request's log line, and return the error
    that is safe to show to the caller."""
    error = log_failure(request_id(request), error)
    annotate(request, reason=error.reason.value)
    if error.reason is Reason.TOKEN_UNKNOWN:
        annotate(request, member="")  # only an unknown token names this member
    return error


def request_id(request: Request) -> str:
    """Return API Gateway's ID of the request, which the response includes too."""
    api_gateway_id: str = request.context.get("requestId", "")
    return api_gateway_id


def observe_requests(app: Chalice) -> None:
    """Add middleware to the app that logs and measures every request and gives every problem
    response the same format."""
    app.log = logger  # type: ignore[assignment]  # it has all of a logger's methods

    @app.middleware("http")
    def observe_request(request: Request, get_response: Callable[[Request], Response]) -> Response:
        started = time.perf_counter()
        try:
            response = get_response(request)
        except Exception as bug:  # noqa: BLE001 - Chalice would make a response of its own
            response = problem(log_refusal(request, bug))
        if response.status_code >= 400 and "Code" in _object_fields(response.body):
            response = _replace_framework_error(response)
            annotate(request, reason=response.body["reason"])
        if response.status_code >= 400:
            _object_fields(response.body)["request_id"] = request_id(request)
        response.body = as_text(response.body)
        response.headers["X-Request-Id"] = request_id(request)
        _log_request(request, response, (time.perf_counter() - started) * 1000)
        return response


# API Gateway always sends these fields. An operator who tests the function by hand may omit them.
_EMPTY_EVENT: dict[str, Any] = {
    "headers": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "body": None,
}


class Handler(Chalice):
    """A Chalice app that returns a problem response even for an event that is not a request."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            if not isinstance(event["requestContext"]["resourcePath"], str):
                raise TypeError
            return super().__call__(_EMPTY_EVENT | event, context)
        except Exception as bug:  # noqa: BLE001 - Lambda would answer with the bug's text
            response = problem(log_failure(getattr(context, "aws_request_id", ""), bug))
            response.body = as_text(response.body)
            return dict(response.to_dict())


def _replace_framework_error(response: Response) -> Response:
    """Return Daypass's own problem response for an error response of Chalice's."""
    allow = str(response.headers.get("Allow") or "")
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and bootstrap.function_name():
        # Another function serves the route. During a stack update, API Gateway may briefly send
        # such requests here.
        return problem(Unavailable(Reason.SERVED_ELSEWHERE))
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not allow:
        return framework_problem(HTTPStatus.NOT_FOUND)  # no methods: no such route
    replacement = framework_problem(response.status_code)
    if allow:
        replacement.body["detail"] += f" Send {allow.replace(', ', ' or ')}."
        replacement.headers["Allow"] = allow
    return replacement


def _log_request(request: Request, response: Response, milliseconds: float) -> None:
    """Write the request's log line, with its annotations and metrics."""
    annotations: dict[str, str] = request.context.get("daypass", {})
    route = request.context.get("resourcePath", "")
    is_vend = (request.method, route) in _VENDS
    line = {
        "correlation_id": request_id(request),
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "duration_ms": round(milliseconds, 1),
        **annotations,
        **_metrics_of(annotations.get("reason", ""), milliseconds, is_vend=is_vend),
    }
    logger.info("request", extra=line)


def _metrics_of(reason: str, milliseconds: float, *, is_vend: bool) -> dict[str, Any]:
    """Return the log fields that count the request: a vend, a refused vend, or a request with an
    unknown token on any route."""
    fields: dict[str, Any] = {}
    if is_vend and reason:
        fields = build_metric_fields(
            {"StsErrors" if reason in AWS_REASONS else "Refusals": 1}, reason=reason
        )
        # Without the reason as well: an alarm cannot add up all possible reasons.
        fields["_aws"]["CloudWatchMetrics"][0]["Dimensions"].append(["service"])
    elif is_vend:
        fields = build_metric_fields({"Vends": 1, "VendLatency": milliseconds})
    if reason == Reason.TOKEN_UNKNOWN:
        unknown = build_metric_fields({"UnknownTokens": 1})
        unknown["_aws"]["CloudWatchMetrics"] += fields.get("_aws", {}).get("CloudWatchMetrics", [])
        fields |= unknown
    return fields


def _object_fields(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}


def _stack_lines(bug: BaseException) -> list[str]:
    """Return the file, line and function of the last eight stack frames."""
    lines, frame = [], bug.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{frame.tb_lineno} {code.co_name}")
        frame = frame.tb_next
    return lines[-8:]
