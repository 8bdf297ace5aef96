"""Serve the page that shows who has access to which client, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import partial
from urllib.parse import urlencode

from chalicelib.domain.engagements.access_matrix import AccessKind
from chalicelib.domain.rows import SearchText
from chalicelib.domain.values import NameCursor, Request
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.access_matrix import read_access_matrix
from chalicelib.usecases.evidence.reading import PeriodText, read_period
from chalicelib.usecases.evidence.timeline import read_access_changes
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports

CHANGE_DAYS = 7
"""The days whose changes are shown unless the query says otherwise, today included."""
_DAY = timedelta(days=1)
LETTERS = {
    AccessKind.LIVE: ("L", "in the client’s account now: a session may be active"),
    AccessKind.STANDING: ("S", "standing: a grant with a role that does not need an approval"),
    AccessKind.ON_REQUEST: ("R", "on request: each role needs an approval"),
    AccessKind.UNUSED: ("U", "a grant that was unused for 30 days"),
}


class MatrixQuery(Request):
    """The engagements to show, and the days whose changes to list."""

    q: SearchText = ""
    """Words in the names of engagements, or else of people."""
    cursor: NameCursor = ""
    when: PeriodText = ""
    """The period of the changes, in UTC. Default: the last seven days."""


@readers.get("/web/matrix")
def show_matrix(ports: Ports, web: WebRequest, query: MatrixQuery) -> Response:
    """Show who has access to which client now, and what changed between two days"""
    today = web.now.astimezone(UTC).date()
    days = f"{today - (CHANGE_DAYS - 1) * _DAY} to {today}"
    period = read_period(query.when or days, web.now)
    parts = read_parts(
        ports,
        {
            "matrix": partial(read_access_matrix, ports, q=query.q, cursor=query.cursor),
            "changes": partial(read_access_changes, ports, period.begin, period.end),
        },
    )
    return render_console(
        "web/matrix.html",
        web,
        title="Who has access",
        query=query,
        letters=LETTERS,
        matrix=parts["matrix"],
        changes=parts["changes"],
        period=period,
        draw_line=draw_line,
        trail_url=f"{web.root}/trail?{urlencode({'when': period.words, 'show': 'done'})}",
    )


def draw_line(counts: Sequence[int]) -> str:
    """Return the points of a line of these counts in a box of 12 by 16, zero at its bottom. Its top
    is the largest count, and four at least: a single session makes no peak."""
    top = max(*counts, 4)
    step = 12 / max(len(counts) - 1, 1)
    return " ".join(f"{n * step:.3g},{15 - 14 * count / top:.3g}" for n, count in enumerate(counts))
