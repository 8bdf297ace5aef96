"""The approver's page: a person at the client decides there on access to their account.

The page needs no token: the approver gets the link by e-mail. The link's secret text is in the
URL's path, so Daypass never logs the path. Opening the page changes nothing, because mail scanners
open links too. Its buttons send a POST (`approver_decisions`).
"""

from __future__ import annotations

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest
from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request, Secret
from chalicelib.entrypoints.http.authentication import CLIENT_LINK
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.routes import Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page, render_problem_page
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.page import build_approver_page, build_proposal_page

blueprint = Blueprint(__name__)

_HEADINGS = {
    Reason.NO_SUCH_PAGE: "Page not found",
    Reason.NO_SUCH_REQUEST: "There is no such request",
    Reason.REQUEST_DECIDED: "This request was decided already",
    Reason.REQUEST_EXPIRED: "This request has expired",
    Reason.REQUEST_ENDED: "This request can open nothing any more",
    Reason.RIGHT_TOO_NEW: "You cannot do this yet",
    Reason.NOT_CONFIRMED: "You cannot do this yet",
    Reason.LEAD_SUSPENDED: "You cannot do this yet",
    Reason.NO_SUCH_APPROVER: "There is nothing to do",
    Reason.NOT_AN_APPROVER: "You cannot decide this",
    Reason.PAUSED_BY_CLIENT: "The access is paused",
    Reason.NOT_PAUSED: "The access is not paused",
    Reason.FROZEN: "All access is stopped at the moment",
    Reason.TOO_MANY_APPROVED_GRANTS: "There are three approved times already",
    Reason.DENIAL_NEEDS_WORDS: "Please say why",
    Reason.BAD_VALUE: "Please check what you typed",
}


class ApproverPagePath(Request, frozen=True, kw_only=True):
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
approvers = Routes(blueprint, authentication=APPROVER_LINK)


@approvers.get("/approve/{link}")
def show_approver_page(ports: Ports, path: ApproverPagePath) -> Response:
    """Show a client's approver the requests that wait, their decisions, and the sessions since"""
    proposals = build_proposal_page(ports, path.link)
    if proposals is not None:
        return render_page(
            "approve/proposals.html", assets="approve/page", page=proposals, link=path.link
        )
    page = build_approver_page(ports, path.link)
    return render_page("approve/page.html", assets="approve/page", page=page, link=path.link)
