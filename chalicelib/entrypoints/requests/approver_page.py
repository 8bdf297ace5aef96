"""The approver's page: a person at the client decides there on access to their account.

The page needs no token: the approver gets the link by e-mail. The link's secret text is in the
URL's path, so Daypass never logs the path. Opening the page changes nothing, because mail scanners
open links too. Its buttons send a POST. The function that serves them can write nothing, because
anyone with an approver's link reaches it. It hands the decision to the function ClientDecision,
which checks the link again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import AccessDenied, DaypassError
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.client_decisions import ClientDecision, DecisionForm
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, Secret
from chalicelib.entrypoints.http.authentication import (
    CLIENT_LINK,
    call_view,
    find_source_address,
)
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.parsing import parse, parse_form, parse_valid_fields
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page, render_problem_page
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.client.page import build_anchor, build_approver_page

_HEADINGS = {
    Reason.NO_SUCH_PAGE: "Page not found",
    Reason.NO_SUCH_REQUEST: "There is no such request",
    Reason.REQUEST_DECIDED: "This request was decided already",
    Reason.REQUEST_EXPIRED: "This request has expired",
    Reason.REQUEST_ENDED: "This request can no longer open anything",
    Reason.RIGHT_TOO_NEW: "You cannot do this yet",
    Reason.NOT_CONFIRMED: "You cannot do this yet",
    Reason.LEAD_SUSPENDED: "You cannot do this yet",
    Reason.NO_SUCH_APPROVER: "There is nothing to do",
    Reason.NOT_AN_APPROVER: "You cannot decide this",
    Reason.PAUSED_BY_CLIENT: "The access is paused",
    Reason.NOT_PAUSED: "The access is not paused",
    Reason.FROZEN: "All access is stopped at the moment",
    Reason.TOO_MANY_APPROVED_GRANTS: "There are three approved periods already",
    Reason.DENIAL_NEEDS_WORDS: "Please say why",
    Reason.BAD_VALUE: "Please check what you typed",
}


class ApproverPagePath(Request):
    """The path of an approver's page. `link` is the link's secret text."""

    link: Secret[LinkText]


def _render_problem(error: DaypassError, route: Route, request: ChaliceRequest) -> Response:
    """Return a page that explains why the button did nothing, with a link back to the page."""
    is_page = error.reason is not Reason.NO_SUCH_PAGE and request.method == "POST"
    link = (request.uri_params or {}).get("link", "") if is_page else ""
    levels_below_page = route.path.count("/") - 2  # the page is /approve/{link}
    return render_problem_page(
        build_problem(error, Surface.PAGE),
        read_request_id(request),
        "../" * levels_below_page + link if link else "",
        heading=_HEADINGS.get(error.reason, ""),
    )


APPROVER_LINK = replace(
    CLIENT_LINK, render_problem=_render_problem, function=Function.CLIENT_APPROVAL
)
"""For holders of an approver's link."""
approvers = Routes(authentication=APPROVER_LINK)


@approvers.get("/approve/{link}")
def show_approver_page(ports: Ports, path: ApproverPagePath) -> Response:
    """Show a client's approver the requests that wait, their decisions, and the sessions since"""
    page = build_approver_page(ports, path.link)
    template = "approve/proposals.html" if page.only_refuses else "approve/page.html"
    return render_page(template, assets="approve/page", page=page, link=path.link)


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
deciders = Routes(authentication=APPROVER_FORM)


@deciders.post("/approve/{link}", Action.REQUEST_APPROVE, status=303)
def decide(ports: Ports, path: ApproverPagePath, form: Mapping[str, str], address: str) -> Response:
    """Approve, shorten or deny a request as the client's approver"""
    open_approver_link(ports, path.link)  # an invalid link gets the same page for any form
    decision = parse(DecisionForm, form, from_text=True)
    ports.decide_for_client(ClientDecision(link=path.link, address=address, form=decision))
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"{path.link}#{build_anchor(decision.request)}")
