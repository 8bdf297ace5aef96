"""The console's pages about stops: all of them, the result of one, and the cut-offs."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.values import PairCursor, Request, build_constraints
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames, StopTarget
from chalicelib.domain.vending.stops.results import select_client_steps
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.web.actions.declared import ActionName
from chalicelib.entrypoints.web.actions.stops import build_result_values
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.vending.blocks.freezing import find_freeze
from chalicelib.usecases.vending.cut_offs.listing import list_cut_offs
from chalicelib.usecases.vending.stops.results import read_result

MAX_START = 1000
ROLES_ON_PAGE = 10
"""The roles on a page of cut-offs. A role can have several."""


class StopPath(Request):
    name: ActionName


class StopQuery(StopNames):
    """The names of the target, as far as its kind has them."""

    cursor: Annotated[
        int, build_constraints(f"a whole number from 0 to {MAX_START}", ge=0, le=MAX_START)
    ] = 0
    """The number of the first session on the page."""


class CutOffPageQuery(Request):
    """A page of the cut-offs, of one engagement or of all."""

    engagement: EngagementId = ""
    cursor: PairCursor = ""


@readers.get("/web/stops")
def show_stops(web: WebRequest) -> Response:
    """Show everything that can be stopped, and what each stop does"""
    freeze = read_part(lambda: FreezeStatus.from_block(find_freeze(web.ports), web.now))
    return render_console("web/stops/all.html", web, title="Stop", stops=STOPS, freeze=freeze)


@readers.get("/web/stops/{name}")
def show_stop(web: WebRequest, path: StopPath, query: StopQuery) -> Response:
    """Show the current result of a stop: what is blocked, what may be active, and the cut-offs"""
    kind = STOPS.get(path.name)
    if kind is None or not kind.has_page:
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    result = read_result(web.ports, StopTarget.build(kind, query))
    done_text = ""
    if web.done == "thaw" and result.freeze is not None:
        done_text = result.freeze.describe_thawed(web.caller.member.id)
    values = build_result_values(result, start=query.cursor, done_text=done_text)
    return render_console("web/stops/result.html", web, **values)


@readers.get("/web/cut-offs")
def show_cut_offs(web: WebRequest, query: CutOffPageQuery) -> Response:
    """Show the cut-offs whose sessions may be active, with their progress"""
    if query.engagement:
        find_engagement(web.ports, query.engagement)  # raises NotFound if it does not exist
    filters = {"engagement": query.engagement, "cursor": query.cursor}
    # None if DynamoDB does not answer: the page then says that it could not be read.
    page = read_part(partial(list_cut_offs, web.ports, limit=ROLES_ON_PAGE, **filters))
    return render_console(
        "web/stops/cut_offs.html",
        web,
        title=f"Cut-offs of {query.engagement}" if query.engagement else "Cut-offs",
        page=page,
        steps=select_client_steps(page.items) if page is not None else (),
        cursor=query.cursor,
        engagement_id=query.engagement,
    )
