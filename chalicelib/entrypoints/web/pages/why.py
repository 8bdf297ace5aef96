"""Serve the page that explains an access decision clause by clause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chalice.app import Blueprint, Response
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import EngagementId, RoleName
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.vending.conditions import APPROVAL_REASONS
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.domain.vending.explain import Explanation
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.vending.explain import ExplainSession
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.lists import read_part, read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import list_pending_requests
from chalicelib.usecases.requests.reading import read_contexts, show
from chalicelib.usecases.vending.explain import explain_to_caller
from chalicelib.usecases.web.suggestions import (
    SessionSuggestions,
    suggest_own_session,
    suggest_session,
)

blueprint = Blueprint(__name__)
members = Routes(blueprint, EVERYONE, authentication=WEB_PAGE)


class ExplainAccess(ExplainSession, frozen=True, kw_only=True):
    """A session that a member may or may not get. Without an engagement and a role, the page asks
    for them."""

    engagement: EngagementId = ""
    role: RoleName = ""


@members.get("/web/why")
def show_why(ports: Ports, web: WebRequest, query: ExplainAccess) -> Response:
    """Explain why Daypass would vend a session to a member now, or would not"""
    member = query.member or ("" if web.is_reader else web.caller.member.id)
    suggest = (
        partial(suggest_session, ports)
        if web.is_reader
        else partial(suggest_own_session, ports, web.caller.member.id)
    )
    # Without an answer, the form suggests nothing.
    suggestions = read_part(partial(suggest, query.engagement)) or SessionSuggestions()
    if not query.role and len(suggestions.roles) == 1:
        query = replace(query, role=suggestions.roles[0])
    is_complete = bool(member and query.engagement and query.role)
    parts: dict[str, Callable[[], Any]] = {}
    if is_complete:
        parts["explanation"] = partial(
            explain_to_caller,
            ports,
            web.caller,
            member=member,
            engagement=query.engagement,
            request=query.build_request(query.role),
        )
        parts["cut-offs"] = partial(ports.state.get, RoleCutOffs, query.engagement, query.role)
    read = read_parts(ports, parts)
    explanation: Explanation | None = read.get("explanation")
    # A member who gets no session learns nothing about the role.
    may_know = web.is_reader or (explanation is not None and explanation.allowed)
    waiting: RequestView | None = None
    is_read = True
    if explanation is not None and explanation.reason in APPROVAL_REASONS:
        try:
            waiting = _find_waiting_request(ports, member, query)
        except Unavailable:
            is_read = False
    return render_console(
        "web/why.html",
        web,
        title="Why",
        member=member,
        query=query,
        suggestions=suggestions,
        is_complete=is_complete,
        explanation=explanation,
        waiting=waiting,
        is_waiting_read=is_read,
        approval_reasons=APPROVAL_REASONS,
        shut=find_shut_role(read.get("cut-offs")) if may_know else None,
    )


def _find_waiting_request(ports: Ports, member: str, query: ExplainAccess) -> RequestView | None:
    """Return the member's latest undecided request for the role that can still open it, or None."""
    pending = [
        each
        for each in list_pending_requests(ports, member)
        if (each.engagement, each.role) == (query.engagement, query.role)
    ]
    contexts = read_contexts(ports, pending) if pending else ()
    views = (show(each, ports.now()) for each in contexts if not each.has_ended)
    return max(views, key=lambda view: view.created_at, default=None)
