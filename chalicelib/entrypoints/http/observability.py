"""Write one log line with metrics for every request. The line never contains a body, a header or a
token. A vend is one attempt to issue a session to a member."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.reasons import AWS_REASONS, Reason
from chalicelib.entrypoints.http.framework import Chalice, Request, Response
from chalicelib.entrypoints.http.problems import build_framework_problem, build_problem
from chalicelib.entrypoints.http.responses import encode_body
from chalicelib.telemetry import build_metric_fields, logger

_VEND_ROUTES = (("POST", "/v1/engagements/{engagement}/sessions"), ("POST", "/access/{link}"))


def add_log_fields(request: Request, **facts: str) -> None:
    """Add fields to the log line that is written at the end of the request."""
    request.context.setdefault("daypass", {}).update(facts)


def count_as_vend(request: Request) -> None:
    """Count the request as a vend in the metrics, on a route that serves other requests, too."""
    request.context["daypass_vend"] = True


def log_upstream_error(correlation_id: str, cause: BaseException) -> None:
    """Log the error of a service that Daypass called, such as DynamoDB, on a line of its own."""
    text = f"{type(cause).__name__}: {cause}"[:500]
    logger.warning("upstream", extra={"correlation_id": correlation_id, "cause": text})


def log_bug(correlation_id: str, bug: BaseException) -> None:
    """Log a bug on a line of its own: the exception's type and where it was raised, but not its
    text, which may hold secrets."""
    facts = {"error": type(bug).__name__, "lines": _list_stack_frames(bug)}
    logger.error(
        "bug", extra={"correlation_id": correlation_id, **facts, **build_metric_fields({"Bugs": 1})}
    )


def log_failure(correlation_id: str, error: Exception) -> DaypassError:
    """Log a bug, or the cause of an expected error. Return the error that is safe to show."""
    if not isinstance(error, DaypassError):
        log_bug(correlation_id, error)
        return DaypassError(Reason.BUG)
    if error.__cause__ is not None:
        log_upstream_error(correlation_id, error.__cause__)
    return error


def log_refusal(request: Request, error: Exception) -> DaypassError:
    """Log why the request failed, and add the reason to the request's log line.

    Return the error that is safe to show to the caller.
    """
    error = log_failure(read_request_id(request), error)
    add_log_fields(request, reason=error.reason.value)
    if error.reason is Reason.TOKEN_UNKNOWN:
        # The token's text names a member, but the token may be forged.
        add_log_fields(request, member="")
    return error


def read_request_id(request: Request) -> str:
    """Return API Gateway's ID of the request. The response has the same ID."""
    api_gateway_id: str = request.context.get("requestId", "")
    return api_gateway_id


def observe_requests(app: Chalice) -> None:
    """Add middleware to the app that logs and measures every request.

    It also turns Chalice's own error responses into Daypass's problem responses.
    """
    app.log = logger  # type: ignore[assignment]  # it has all of a logger's methods

    @app.middleware("http")
    def observe_request(request: Request, get_response: Callable[[Request], Response]) -> Response:
        """Return the response to the request, as API Gateway sends it, and log the request."""
        started = time.perf_counter()
        try:
            response = get_response(request)
        except Exception as bug:  # noqa: BLE001 - Chalice would make a response of its own
            # Refusals are responses already. `log_refusal` also logs a bug, and returns the error
            # that is safe to show.
            response = build_problem(log_refusal(request, bug))
        if response.status_code >= 400 and _is_framework_error(response):
            response = _replace_framework_error(response)
            add_log_fields(request, reason=response.body["reason"])
        if response.status_code >= 400 and isinstance(response.body, dict):
            response.body["request_id"] = read_request_id(request)
        response.body = encode_body(response.body)
        response.headers["X-Request-Id"] = read_request_id(request)
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
        """Serve the Lambda event, and return the response as API Gateway expects it."""
        try:
            # Each request from API Gateway names the route's path. Another event is no request.
            if not isinstance(event["requestContext"]["resourcePath"], str):
                raise TypeError
            return super().__call__(_EMPTY_EVENT | event, context)
        except Exception as bug:  # noqa: BLE001 - Lambda would answer with the bug's text
            response = build_problem(log_failure(getattr(context, "aws_request_id", ""), bug))
            response.body = encode_body(response.body)
            return dict(response.to_dict())


def _replace_framework_error(response: Response) -> Response:
    """Return Daypass's problem response in place of an error response that Chalice made."""
    allowed_methods = str(response.headers.get("Allow") or "")
    # A function of the stack, which has a name, serves only some methods of a path. Locally, one
    # process without a name serves all.
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and bootstrap.function_name():
        # Another Lambda function serves this method. During a stack update, API Gateway may briefly
        # send its requests to this function.
        return build_problem(Unavailable(Reason.SERVED_ELSEWHERE))
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not allowed_methods:
        return build_framework_problem(HTTPStatus.NOT_FOUND)  # no methods: no such route
    replacement = build_framework_problem(response.status_code)
    if allowed_methods:
        replacement.body["detail"] += f" Send {allowed_methods.replace(', ', ' or ')}."
        replacement.headers["Allow"] = allowed_methods
    return replacement


def _log_request(request: Request, response: Response, milliseconds: float) -> None:
    """Write the request's log line, with the fields that `add_log_fields` added, and metrics."""
    added_fields: dict[str, str] = request.context.get("daypass", {})
    route = request.context.get("resourcePath", "")
    is_vend = (request.method, route) in _VEND_ROUTES or "daypass_vend" in request.context
    line = {
        "correlation_id": read_request_id(request),
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "duration_ms": round(milliseconds, 1),
        **added_fields,
        **_build_request_metrics(added_fields.get("reason", ""), milliseconds, is_vend=is_vend),
    }
    logger.info("request", extra=line)


def _build_request_metrics(reason: str, milliseconds: float, *, is_vend: bool) -> dict[str, Any]:
    """Return the log fields from which CloudWatch makes the request's metrics.

    Count vends, failed vends, and requests on any route with an unknown token. `reason` is the code
    of the reason why the request failed, or empty. It is no dimension of a metric, because each
    reason would then be a billed metric of its own. The log line has it.
    """
    counts: dict[str, float] = {}
    if is_vend and reason:
        counts["StsErrors" if reason in AWS_REASONS else "Refusals"] = 1
    elif is_vend:
        counts = {"Vends": 1, "VendLatency": milliseconds}
    if is_vend and reason == Reason.RECORDS_UNAVAILABLE:
        counts["RecordsUnavailable"] = 1
    if reason == Reason.TOKEN_UNKNOWN:
        counts["UnknownTokens"] = 1
    return build_metric_fields(counts)


def _is_framework_error(response: Response) -> bool:
    """Return whether Chalice made this error response, in its own format."""
    return isinstance(response.body, dict) and "Code" in response.body


def _list_stack_frames(bug: BaseException) -> list[str]:
    """Return the file name, line and function of the last eight stack frames."""
    frames, traceback = [], bug.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file_name = code.co_filename.rpartition("/")[2]
        frames.append(f"{file_name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]
