"""The pages about requests, the access review, and one's own access."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.requests.view import describe_history, describe_span
from chalicelib.domain.values import sent_fields
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.routing import RequestPath
from chalicelib.entrypoints.web.list_view import build_view, download_list, show_list
from chalicelib.entrypoints.web.pages import everyone, readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.review import REVIEW, ReviewFilters, ReviewPart
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import steps
from chalicelib.usecases.requests.access import ACCESS, AccessFilters, read_pending_access
from chalicelib.usecases.requests.listing import REQUESTS, RequestFilters
from chalicelib.usecases.selections import ListFormat, SearchFilters
from chalicelib.usecases.vending.sessions import read_uses


class WebReviewQuery(ReviewFilters):
    """The grants to review: the unused ones, unless the query says otherwise."""

    part: ReviewPart = ReviewPart.UNUSED


@everyone.get("/web/requests")
def show_requests(web: WebRequest, query: RequestFilters) -> Response:
    """Show one part of the requests for access: the undecided ones unless the query says another"""
    return show_list(
        "web/requests/list.html", web, REQUESTS, query, describe_history=describe_history
    )


@everyone.get("/web/requests/{request}")
def show_request(ports: Ports, web: WebRequest, path: RequestPath) -> Response:
    """Show a request: what it would open, who decided it, and the sessions that it gave"""
    row = steps.show_request(ports, web.caller, path.request)
    title = f"{row.member}’s request: {row.role} in {row.engagement}"
    return render_console("web/requests/show.html", web, title=title, row=row)


@readers.get("/web/review")
def show_review(ports: Ports, web: WebRequest, query: WebReviewQuery) -> Response:
    """Show the unused grants, or who has access"""
    unused = ports.state.get(UnusedGrants) if query.part is ReviewPart.UNUSED else None
    return show_list("web/requests/review.html", web, REVIEW, query, unused=unused)


@everyone.get("/web/access")
def show_my_access(ports: Ports, web: WebRequest, query: SearchFilters) -> Response:
    """Show the caller's own engagements and roles, live sessions, and undecided requests"""
    member, own = web.caller.member.id, AccessFilters(**sent_fields(query))
    if query.format is ListFormat.CSV:
        return download_list(web, ACCESS, own)
    parts = read_parts(
        ports,
        {
            "access": partial(ACCESS.ask, ports, web.caller, own),
            "pending": partial(read_pending_access, ports, member),
            "uses": partial(read_uses, ports, member),
        },
    )
    view = build_view(web, ACCESS, query, parts.pop("access"), "#roles")
    return render_console(
        "web/requests/access.html",
        web,
        title="My access",
        view=view,
        describe_span=describe_span,
        **parts,
    )
