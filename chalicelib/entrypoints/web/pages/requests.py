"""The pages about requests, the access review, and one's own access."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import NameCursor, PairCursor, RequestCursor
from chalicelib.domain.requests.view import describe_history, describe_span
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.http.requests import RequestPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.engagements.review import ReviewPart, list_reviews, read_unused_list
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import steps
from chalicelib.usecases.requests.access import ACCESS, AccessFilters, read_access
from chalicelib.usecases.requests.listing import RequestPart, list_requests
from chalicelib.usecases.vending.uses import read_uses

blueprint = Blueprint(__name__)
everyone = Routes(blueprint, EVERYONE, authentication=WEB_PAGE)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


class RequestsQuery(Request, frozen=True, kw_only=True):
    """The part of the page of requests to show alone, and where its list goes on."""

    part: RequestPart | None = None
    cursor: RequestCursor = ""


class WebReviewQuery(Request, frozen=True, kw_only=True):
    """The grants to review: of an engagement, of a member, or of all engagements."""

    engagement: EngagementId = ""
    member: MemberId = ""
    part: ReviewPart = ReviewPart.UNUSED
    cursor: PairCursor = ""


class MyAccessQuery(Request, frozen=True, kw_only=True):
    cursor: NameCursor = ""


@everyone.get("/web/requests")
def show_requests(ports: Ports, web: WebRequest, query: RequestsQuery) -> Response:
    """Show the requests for access: those that wait for the caller, for others, and the history"""
    history = RequestPart.DECIDED if web.is_reader else RequestPart.OWN
    parts = (query.part,) if query.part else (RequestPart.WAITING, RequestPart.UNDECIDED, history)
    cursor = query.cursor if query.part else ""
    lists = read_parts(
        ports,
        {part: partial(list_requests, ports, web.caller, part, cursor=cursor) for part in parts},
    )
    return render_console(
        "web/requests/list.html",
        web,
        title="Requests",
        lists=lists,
        only=query.part,
        describe_history=describe_history,
    )


@everyone.get("/web/requests/{request}")
def show_request(ports: Ports, web: WebRequest, path: RequestPath) -> Response:
    """Show a request: what it would open, who decided it, and the sessions that it gave"""
    row = steps.show_request(ports, web.caller, path.request)
    return render_console("web/requests/show.html", web, title=f"Request of {row.member}", row=row)


@readers.get("/web/review")
def show_review(ports: Ports, web: WebRequest, query: WebReviewQuery) -> Response:
    """Show the unused grants, or who has access: to all engagements, or to one, or one member"""
    is_all = bool(query.engagement or query.member) or query.part is ReviewPart.ALL
    parts: dict[str, Callable[[], Any]] = {
        "grants": partial(list_reviews, ports, **sent_fields(query)),
        "overview": partial(read_unused_list, ports),
    }
    return render_console(
        "web/requests/review.html",
        web,
        title="Access review",
        query=query,
        is_all=is_all,
        **read_parts(ports, parts),
    )


@everyone.get("/web/access")
def show_my_access(ports: Ports, web: WebRequest, query: MyAccessQuery) -> Response:
    """Show the caller's own engagements and roles, live sessions, and undecided requests"""
    filters = AccessFilters(cursor=query.cursor)
    parts: dict[str, Callable[[], Any]] = {
        "access": partial(read_access, ports, web.caller, filters),
        "uses": partial(read_uses, ports, web.caller.member.id),
    }
    return render_console(
        "web/requests/access.html",
        web,
        title="My access",
        question=ACCESS,
        query=query,
        describe_span=describe_span,
        **read_parts(ports, parts),
    )
