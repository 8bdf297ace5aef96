"""Vend a session: issue temporary credentials to a member. No other route gives credentials for an
API token."""

from __future__ import annotations

from typing import Annotated

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.identifiers import RoleName
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.reasons import Surface
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, build_constraints
from chalicelib.domain.vending.access import CallerKind, SessionRequest
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.entrypoints.http.authentication import (
    TOKEN,
    parse_valid_body_fields,
    serve_with_origin,
)
from chalicelib.entrypoints.http.framework import Blueprint, Response
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.problems import build_problem, find_surface
from chalicelib.entrypoints.http.responses import make_response, to_json_value
from chalicelib.entrypoints.http.routes import OWN_LIMIT, Route
from chalicelib.entrypoints.http.routing import EngagementPath, Routes
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    SessionFormat,
    format_refusal,
    format_script,
)
from chalicelib.usecases.admission import WITH_MACHINES
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending.vend import vend

blueprint = Blueprint(__name__)
_PLAIN_TEXT = "text/plain; charset=utf-8"


class VendSession(Request):
    role: Annotated[
        RoleName,
        build_constraints("the name of one of your roles in the engagement"),
    ]
    duration: SessionSeconds | None = None
    """The session's duration, in seconds. Default: the role's `max_session`. The session is shorter
    if the grant or the engagement ends sooner."""
    reason: ReasonText = ""
    """Required if the role requires a reason."""
    caller: CallerKind = CallerKind.PERSON
    """The user of the session: a person, or an agent, which is a program that works for you by
    itself. Daypass cannot verify this."""
    format: SessionFormat = SessionFormat.JSON
    """The format of the response."""


def _render_in_requested_format(
    error: DaypassError, route: Route, request: ChaliceRequest
) -> Response:
    """Render the refusal in the session format that the request asks for.

    A shell that evaluates the response prints the refusal. The shell also unsets its earlier
    credentials, so that the member's next commands do not run in another client's account.
    """
    requested_format = parse_valid_body_fields(route, request).get("format", SessionFormat.JSON)
    if requested_format is SessionFormat.JSON:
        return build_problem(error, find_surface(request))
    response = build_problem(error, Surface.SHELL)
    field = f"{error.field}: " if error.field else ""
    text = (
        f"{field}{error.text(Surface.SHELL)} ({error.reason}, request {read_request_id(request)})"
    )
    response.body = format_refusal(requested_format, f"Daypass: {text}")
    response.headers["Content-Type"] = _PLAIN_TEXT
    return response


VENDING = replace(
    TOKEN,
    serve=serve_with_origin,
    render_problem=_render_in_requested_format,
    limit=OWN_LIMIT,
    other_types=("text/plain",),
    response_types=(VendedSession, CredentialProcess),
    problem_response="ProblemInRequestedFormat",
)
"""Authentication by an API token. The use case `vend` authenticates the caller itself, and a
refusal has the format that the request asks for."""
vending = Routes(blueprint, WITH_MACHINES, authentication=VENDING)


@vending.post("/v1/engagements/{engagement}/sessions", Action.VEND, status=201, assumes_role=True)
def create_session(
    ports: Ports, origin: RequestOrigin, path: EngagementPath, body: VendSession
) -> Response:
    """Vend a session: temporary credentials for one role of the engagement"""
    request = SessionRequest(
        role=body.role, duration=body.duration, reason=body.reason, caller=body.caller
    )
    session = vend(ports, origin, path.engagement, request)
    match body.format:
        case SessionFormat.JSON:
            return make_response(201, to_json_value(session))
        case SessionFormat.CREDENTIAL_PROCESS:
            process_output = CredentialProcess(
                credentials=session.credentials, account_id=session.account_id
            )
            return make_response(201, to_json_value(process_output))
    return make_response(201, format_script(body.format, session.credentials), _PLAIN_TEXT)
