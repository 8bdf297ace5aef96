"""The buttons of the approver's page that decide a request: approve, shorten or deny it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest
from msgspec import Meta
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.moments import Moment
from chalicelib.domain.requests.requests import LONGEST_ACCESS, SHORTEST_ACCESS, ApproveRequest
from chalicelib.domain.text import ReasonLine
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, build_constraints
from chalicelib.entrypoints.http.authentication import call_view, find_source_address
from chalicelib.entrypoints.http.forms import parse_form
from chalicelib.entrypoints.http.parsing import parse, parse_valid_fields
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.requests.approver_page import APPROVER_LINK, ApproverPagePath
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.deciding import approve_on_page, deny_on_page
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.client.page import build_anchor

blueprint = Blueprint(__name__)

LARGEST_FORM = 4096  # bytes; words have at most 200 characters of 4 bytes, written as %XX


class Decision(StrEnum):
    """A decision about a request."""

    APPROVE = "approve"
    DENY = "deny"


_MINUTE = 60
Minutes = Annotated[
    int,
    build_constraints(
        "a whole number of minutes",
        ge=int(SHORTEST_ACCESS.total_seconds()) // _MINUTE,
        le=int(LONGEST_ACCESS.total_seconds()) // _MINUTE,
    ),
    Meta(description="A shorter time in minutes, for access with a duration."),
]


class DecisionForm(Request, frozen=True, kw_only=True):
    """The form with which an approver decides."""

    decision: Decision
    request: RequestId
    minutes: Minutes | None = None
    end: Moment | None = None
    """An earlier end, for access with an end."""
    words: ReasonLine = ""


def serve_form(route: Route, request: ChaliceRequest) -> Response:
    """Call the view with the link in the path and the fields of the form in the body.

    A malformed link becomes empty text. A field without text counts as not sent.
    """
    path = {"link": ""} | parse_valid_fields(ApproverPagePath, request.uri_params or {})
    form = parse_form(request.raw_body, LARGEST_FORM)
    arguments = {
        "ports": bootstrap.ports(),
        "path": ApproverPagePath(**path),
        "form": {name: text.strip() for name, text in form.items() if text.strip()},
        "address": find_source_address(request),
    }
    return call_view(route, arguments)


APPROVER_FORM = replace(
    APPROVER_LINK,
    serve=serve_form,
    function=Function.CLIENT_APPROVAL,
    refusals=APPROVER_LINK.refusals | {AccessDenied},
)
"""For the page's buttons."""
deciders = Routes(blueprint, authentication=APPROVER_FORM)


@deciders.post("/approve/{link}", Action.REQUEST_APPROVE, status=303)
def decide(ports: Ports, path: ApproverPagePath, form: Mapping[str, str], address: str) -> Response:
    """Approve, shorten or deny a request as the client's approver"""
    open_approver_link(ports, path.link)  # an invalid link gets the same page for any form
    decision = parse(DecisionForm, form, from_text=True)
    if decision.decision is Decision.DENY:
        why = decision.words
        deny_on_page(ports, path.link, decision.request, why=why, address=address)
    else:
        approval = ApproveRequest(
            duration=decision.minutes * _MINUTE if decision.minutes is not None else None,
            ends_at=decision.end,
            reason=decision.words,
        )
        approve_on_page(ports, path.link, decision.request, approval, address=address)
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"{path.link}#{build_anchor(decision.request)}")
