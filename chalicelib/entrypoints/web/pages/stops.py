"""The console's pages about stops: all of them, the result of one, and the cut-offs."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint, Response
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import (
    EngagementId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.lists import PairCursor
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Request, build_constraints
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.domain.web.stops.freezes import describe_freeze, describe_thawed
from chalicelib.domain.web.stops.results import select_client_steps
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.domain.web.stops.words import LIMITS, STOPS, undo_text
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.views import build_result_values
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.vending.blocks.freezing import find_freeze
from chalicelib.usecases.vending.cut_offs.listing import list_cut_offs
from chalicelib.usecases.web.stops.results import read_result

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)

MAX_START = 1000
ROLES = 10
"""The roles on a page of cut-offs. A role can have several."""
STOP_ACTIONS = {
    StopScope.EVERYTHING: "freeze",
    StopScope.MEMBER: "revoke-member",
    StopScope.SESSION: "revoke-session",
    StopScope.TOKEN: "revoke-token",
    StopScope.ENGAGEMENT: "revoke-engagement",
    StopScope.CLIENT: "revoke-client",
    StopScope.ROLE: "revoke-role",
    StopScope.GRANT: "revoke-grant",
    StopScope.REQUEST: "revoke-request",
    StopScope.LEAVE: "member-leaves",
    StopScope.CLOSE: "close-engagement",
}
"""The action of each stop, in the order in which an emergency may need them."""


class StopPath(Request, frozen=True, kw_only=True):
    scope: StopScope


class StopQuery(Request, frozen=True, kw_only=True):
    """The names of the target, as far as its scope has them."""

    engagement: EngagementId = ""
    role: RoleName = ""
    member: MemberId = ""
    token: TokenId = ""
    session: SessionId = ""
    request: RequestId = ""
    client: ClientName = ""
    cursor: Annotated[
        int, build_constraints(f"a whole number from 0 to {MAX_START}", ge=0, le=MAX_START)
    ] = 0
    """The number of the first session on the page."""


class CutOffPageQuery(Request, frozen=True, kw_only=True):
    """A page of the cut-offs, of one engagement or of all."""

    engagement: EngagementId = ""
    cursor: PairCursor = ""


@readers.get("/web/stops")
def show_stops(web: WebRequest) -> Response:
    """Show everything that can be stopped, and what each stop does"""
    freeze: tuple[str, ...] = ()
    try:
        status = FreezeStatus.from_block(find_freeze(web.ports), web.now)
        freeze = describe_freeze(status) if status.frozen else ()
        is_read = True
    except Unavailable:
        is_read = False
    stops = [
        (STOPS[scope], ACTIONS[name], undo_text(STOPS[scope]))
        for scope, name in STOP_ACTIONS.items()
    ]
    return render_console(
        "web/stops/all.html",
        web,
        title="Stop",
        stops=stops,
        limits=LIMITS,
        freeze=freeze,
        is_read=is_read,
    )


@readers.get("/web/stops/{scope}")
def show_stop(web: WebRequest, path: StopPath, query: StopQuery) -> Response:
    """Show the present result of a stop: what is blocked, what may be alive, and the cut-offs"""
    names = {name: getattr(query, name) for name in query.__struct_fields__ if name != "cursor"}
    result = read_result(web.ports, StopTarget(scope=path.scope, **names))
    thawed = ""
    if web.done == "thaw" and result.freeze is not None:
        thawed = describe_thawed(result.freeze, web.caller.member.id)
    values = build_result_values(result, start=query.cursor, done_text=thawed)
    if web.done in STOP_ACTIONS.values() and not result.is_in_force:
        web = replace(web, done="")  # someone has undone it since
    return render_console("web/stops/result.html", web, **values)


@readers.get("/web/cut-offs")
def show_cut_offs(web: WebRequest, query: CutOffPageQuery) -> Response:
    """Show the cut-offs whose sessions may be alive, with their progress"""
    if query.engagement:
        find_engagement(web.ports, query.engagement)
    try:
        page = list_cut_offs(
            web.ports, engagement=query.engagement, limit=ROLES, cursor=query.cursor
        )
    except Unavailable:
        page = None
    return render_console(
        "web/stops/cut_offs.html",
        web,
        title="Cut-offs",
        page=page,
        steps=select_client_steps(page.items) if page is not None else (),
        cursor=query.cursor,
        engagement_id=query.engagement,
    )
