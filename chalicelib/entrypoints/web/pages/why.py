"""Serve the page that explains an access decision clause by clause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import Reason, Unavailable
from chalicelib.domain.identifiers import EngagementId, RoleName
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.vending.conditions import APPROVAL_REASONS
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.domain.vending.explain import Explanation
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.vending.sessions import ExplainSession
from chalicelib.entrypoints.web.pages import everyone
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.listing import Suggestions, suggest, suggest_own
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import list_pending_requests
from chalicelib.usecases.requests.reading import read_contexts
from chalicelib.usecases.vending.explain import explain_to_caller


class ExplainAccess(ExplainSession):
    """A session that a member may or may not get. Without an engagement and a role, the page asks
    for them."""

    engagement: EngagementId = ""
    role: RoleName = ""


@everyone.get("/web/why")
def show_why(ports: Ports, web: WebRequest, query: ExplainAccess) -> Response:
    """Explain why Daypass would vend a session to a member now, or would not"""
    member = query.member or ("" if web.is_reader else web.caller.member.id)
    members: Suggestions = ()
    if web.is_reader:
        members = suggest(ports, "member")
        engagements = () if query.engagement else suggest(ports, "engagement")
        roles = suggest(ports, "role", engagement=query.engagement) if query.engagement else ()
    else:
        engagements, roles = suggest_own(ports, web.caller.member.id, query.engagement)
    if not query.role and len(roles) == 1:
        query = replace(query, role=roles[0][0])
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
        title=f"Why: {member} in {query.engagement}/{query.role}" if is_complete else "Why",
        member=member,
        query=query,
        members=members,
        engagements=engagements,
        roles=roles,
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
    views = (
        build_view(each) for each in contexts if each.opening_problem is not Reason.REQUEST_ENDED
    )
    return max(views, key=lambda view: view.created_at, default=None)
