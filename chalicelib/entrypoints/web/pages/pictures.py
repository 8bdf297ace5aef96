"""Serve the page *Pictures*: sessions per day, and the access graph."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import partial
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import PageNumber
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Request, sent_fields
from chalicelib.domain.web.access_edges import EdgeFilter
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.days import Day
from chalicelib.entrypoints.web.pictures.access_graph import draw_access
from chalicelib.entrypoints.web.pictures.bars import DayBar, draw_bars
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.parts import read_parts
from chalicelib.usecases.web.pictures import (
    AccessComparison,
    DailySessions,
    read_access_comparison,
    read_daily_sessions,
)

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


class Lines(StrEnum):
    """The lines that the access graph shows."""

    ALL = "all"
    CHANGES = "changes"


class PicturesQuery(Request, frozen=True, kw_only=True):
    """The two days and the filter of the access graph."""

    day: Day = ""
    """The day whose access to show. Default: today."""
    before: Day = ""
    """The day to compare with. Default: the day before."""
    member: MemberId = ""
    """Show only this person's access."""
    engagement: EngagementId = ""
    """Show only the access to this engagement."""
    client: ClientName = ""
    """Show only the access to this client's engagements."""
    lines: Lines = Lines.ALL
    """Show all lines, or only those that changed."""
    page: PageNumber = 1
    """The page of the graph."""


@readers.get("/web/pictures")
def show_pictures(ports: Ports, web: WebRequest, query: PicturesQuery) -> Response:
    """Show the sessions per day, and the access graph of two days"""
    edge_filter = EdgeFilter(
        member=query.member,
        engagement=query.engagement,
        client=query.client,
        changes_only=query.lines is Lines.CHANGES,
    )
    parts = read_parts(
        ports,
        {
            "sessions": partial(read_daily_sessions, ports),
            "access": partial(
                read_access_comparison,
                ports,
                edge_filter,
                day=_find_day(query.day),
                before=_find_day(query.before),
                page=query.page,
            ),
        },
    )
    sessions: DailySessions | None = parts["sessions"]
    access: AccessComparison | None = parts["access"]
    return render_console(
        "web/pictures.html",
        web,
        title="Pictures",
        query=query,
        sessions=sessions,
        bars=_draw_sessions(sessions, web.root) if sessions else "",
        access=access,
        graph=_draw_graph(access, web.root) if access else "",
        first_url=_build_url(web.root, query, 1),
        next_url=_build_url(web.root, query, access.page + 1 if access else 1),
    )


def _find_day(text: str) -> date | None:
    """Return the day of a query, or None if the query has none."""
    return date.fromisoformat(text) if text else None


def _draw_sessions(sessions: DailySessions, root: str) -> str:
    """Return the picture of the sessions per day."""
    bars = [
        DayBar(
            day=day,
            numbers=counted.sessions if counted else None,
            others=counted.other_sessions if counted else 0,
            is_finished=counted is None or counted.is_finished,
        )
        for day, counted in sessions.days
    ]
    return draw_bars(bars, root=root)


def _draw_graph(access: AccessComparison, root: str) -> str:
    """Return the picture of the access."""
    is_comparison = access.before_taken_at is not None
    return draw_access(access.edges, root=root, is_comparison=is_comparison)


def _build_url(root: str, query: PicturesQuery, page: int) -> str:
    """Return the URL of another page of the same graph."""
    fields = sent_fields(query) | {"page": page}
    return f"{root}/pictures?{urlencode(fields)}#access"
