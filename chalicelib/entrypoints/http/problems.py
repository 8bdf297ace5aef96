"""What goes back where Daypass says no (RFC 9457): the one table from errors to HTTP statuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from chalice.app import Response
from msgspec import UNSET, UnsetType

from chalicelib.domain.errors import (
    AccessDenied,
    AwsRefused,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    Unrecognised,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.responses import answer, to_json

STATUS: dict[type[DaypassError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    Unrecognised: HTTPStatus.UNAUTHORIZED,
    AccessDenied: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    AwsRefused: HTTPStatus.BAD_GATEWAY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What Chalice says by itself, before any view of ours runs.
FRAMEWORK: dict[int, Reason] = {
    400: Reason.MALFORMED_BODY,
    404: Reason.NO_SUCH_ROUTE,
    405: Reason.METHOD_NOT_ALLOWED,
    413: Reason.BODY_TOO_LARGE,
    415: Reason.UNSUPPORTED_MEDIA_TYPE,
}

# What API Gateway says without asking the function: `.chalice/gateway.yaml` has its words.
GATEWAY: dict[int, Reason] = {
    400: Reason.BAD_REQUEST,
    404: Reason.NO_SUCH_ROUTE,
    413: Reason.BODY_TOO_LARGE,
    415: Reason.BAD_REQUEST,
    429: Reason.TOO_MANY_REQUESTS,
    502: Reason.BUG,
    504: Reason.TIMED_OUT,
}


class Problem(Value, frozen=True, kw_only=True):
    """RFC 9457. `reason` is stable and for machines, `detail` is for people."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    reason: Reason
    detail: str
    field: str | UnsetType = UNSET
    """Which field of the request is at fault, where one is."""
    request_id: str = ""
    """Told by `observability`, which knows it."""


def problem(error: DaypassError) -> Response:
    """The answer to a request that Daypass did not carry out."""
    statuses = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    status = next(statuses, HTTPStatus.INTERNAL_SERVER_ERROR)
    response = _problem(status, error.reason, error.detail, error.field)
    if isinstance(error, Unrecognised):
        known = "" if error.reason is Reason.TOKEN_MISSING else ', error="invalid_token"'
        response.headers["WWW-Authenticate"] = f'Bearer realm="daypass"{known}'
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def framework_problem(status: int) -> Response:
    """The same answer in place of one that Chalice gave by itself."""
    reason = FRAMEWORK.get(status, Reason.BUG)
    return _problem(HTTPStatus(status), reason, reason.sentence)


def _problem(status: HTTPStatus, reason: Reason, detail: str, field: str = "") -> Response:
    told = Problem(
        title=status.phrase,
        status=status.value,
        reason=reason,
        detail=detail,
        field=field or UNSET,
    )
    return answer(status.value, to_json(told), "application/problem+json")
