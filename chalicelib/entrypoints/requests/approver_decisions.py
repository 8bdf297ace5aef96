"""The buttons of the approver's page that decide a request: approve, shorten or deny it.

The function that serves them can write nothing, because anyone with an approver's link reaches it.
It hands the decision to the function ClientDecision, which checks the link again.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.requests.client_decisions import ClientDecision, DecisionForm
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.authentication import call_view, find_source_address
from chalicelib.entrypoints.http.forms import parse_form
from chalicelib.entrypoints.http.parsing import parse, parse_valid_fields
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.requests.approver_page import APPROVER_LINK, ApproverPagePath
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.client.page import build_anchor

blueprint = Blueprint(__name__)

LARGEST_FORM = 4096  # bytes; words have at most 200 characters of 4 bytes, written as %XX


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
    ports.decide_for_client(ClientDecision(link=path.link, address=address, form=decision))
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"{path.link}#{build_anchor(decision.request)}")
