"""Build problem responses (RFC 9457), with the HTTP status of each error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from msgspec import UNSET, UnsetType

from chalicelib.domain.errors import (
    AccessDenied,
    AwsRefused,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.responses import make_response, to_json_value

STATUS_OF_ERROR: dict[type[DaypassError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    AccessDenied: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    AwsRefused: HTTPStatus.BAD_GATEWAY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# The reasons for error statuses that Chalice itself returns before any view runs.
FRAMEWORK_REASONS: dict[int, Reason] = {
    400: Reason.MALFORMED_BODY,
    404: Reason.NO_SUCH_ROUTE,
    405: Reason.METHOD_NOT_ALLOWED,
    413: Reason.BODY_TOO_LARGE,
    415: Reason.UNSUPPORTED_MEDIA_TYPE,
}

# The reasons for error statuses that API Gateway itself returns. `.chalice/gateway.yaml` has the
# texts.
GATEWAY_REASONS: dict[int, Reason] = {
    400: Reason.BAD_REQUEST,
    404: Reason.NO_SUCH_ROUTE,
    413: Reason.BODY_TOO_LARGE,
    415: Reason.BAD_REQUEST,
    429: Reason.TOO_MANY_REQUESTS,
    502: Reason.BUG,
    504: Reason.TIMED_OUT,
}


class Problem(Value):
    """A refusal or failure, in the format of RFC 9457."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    """The name of the HTTP status."""
    status: int
    reason: Reason
    """The reason, as a stable code for programs."""
    detail: str
    """The problem and the next step, in sentences for people. The sentences may change."""
    field: str | UnsetType = UNSET
    """The invalid field of the request. Absent if no single field is the cause."""
    request_id: str = ""
    """The request's ID, as in the header `X-Request-Id` and in Daypass's log."""


def find_surface(request: Request) -> Surface:
    """Return where a person reads a JSON problem: in the `daypass` command, or as the API's
    caller."""
    from_command = (request.headers.get("user-agent") or "").startswith("daypass/")
    return Surface.COMMAND if from_command else Surface.API


def build_problem(error: DaypassError, surface: Surface = Surface.API) -> Response:
    """Return the problem response for the error.

    Its text is in the words of the surface where it is read: the API, a page or a shell.
    """
    statuses = (STATUS_OF_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_OF_ERROR)
    status = next(statuses, HTTPStatus.INTERNAL_SERVER_ERROR)
    response = _build_problem_response(status, error.reason, error.text(surface), error.field)
    if isinstance(error, Unauthenticated):
        challenge = "" if error.reason is Reason.TOKEN_MISSING else ', error="invalid_token"'
        response.headers["WWW-Authenticate"] = f'Bearer realm="daypass"{challenge}'
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def build_framework_problem(status: int) -> Response:
    """Return the problem response that replaces Chalice's own response with this status."""
    reason = FRAMEWORK_REASONS.get(status, Reason.BUG)
    return _build_problem_response(HTTPStatus(status), reason, reason.text(Surface.API))


def _build_problem_response(
    status: HTTPStatus, reason: Reason, detail: str, field: str = ""
) -> Response:
    """Return a problem response with these values. `field` is the invalid field, or empty."""
    body = Problem(
        title=status.phrase,
        status=status.value,
        reason=reason,
        detail=detail,
        field=field or UNSET,
    )
    return make_response(status.value, to_json_value(body), "application/problem+json")
