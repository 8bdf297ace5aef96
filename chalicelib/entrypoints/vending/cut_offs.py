"""The route that lists cut-offs."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.values import USUAL_LIMIT, Limit, PairCursor, Request, Value
from chalicelib.domain.vending.cut_off.view import CutOffView
from chalicelib.entrypoints.http.routing import readers
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.cut_offs import listing


class CutOffsQuery(Request):
    engagement: EngagementId = ""
    """List only this engagement's cut-offs."""
    limit: Limit = USUAL_LIMIT
    """The most roles on the page, 30 at most. A role can have several cut-offs."""
    cursor: PairCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class CutOffList(Value, kw_only=False):
    """A page of cut-offs."""

    cut_offs: tuple[CutOffView, ...]
    cursor: PairCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/cut-offs")
def list_cut_offs(ports: Ports, query: CutOffsQuery) -> CutOffList:
    """List the cut-offs whose sessions may be alive, with their progress"""
    if query.engagement:
        find_engagement(ports, query.engagement)
    page = listing.list_cut_offs(
        ports, engagement=query.engagement, limit=query.limit, cursor=query.cursor
    )
    return CutOffList(page.items, page.cursor or None)
