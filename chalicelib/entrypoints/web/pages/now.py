"""Serve the first page of the web console, Now, and the list of live sessions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import groupby
from typing import NamedTuple

from chalicelib.domain.engagements.overview import Overview, OverviewPart, OverviewRow
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.job_runs import JobRun, StoredJob, judge_run
from chalicelib.domain.text import Tone
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.session_states import ListedSession, count_sessions
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.web.list_view import show_list
from chalicelib.entrypoints.web.pages import everyone, readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.attention import (
    ATTENTION,
    AttentionFilters,
    AttentionRow,
    list_shut_rows,
    name_clients,
)
from chalicelib.usecases.lists import pick, pick_block, read_parts
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.listing import RequestFilters, RequestPart, list_requests
from chalicelib.usecases.vending.sessions import (
    SESSIONS,
    SessionFilters,
    list_sessions_with_states,
)

SESSIONS_SHOWN = 50
"""Now says "50 or more" if there may be more."""
EXAMPLES = 3
"""How many rows of each part Now shows beside their number."""

_KEYS: tuple[MixedKey, ...] = (
    (Overview, ()),
    (UnusedGrants, ()),
    (Block, (EVERYTHING,)),
    *((JobRun, (job.value,)) for job in StoredJob),
)


class LiveSessionsQuery(SessionFilters):
    """The sessions to list: including those that were given back, unless the query says
    otherwise."""

    with_given_back: bool = True


class Need(NamedTuple):
    """One part of what needs someone: how many, and the first of them."""

    part: OverviewPart
    number: int
    first: tuple[AttentionRow, ...]


@everyone.get("/web")
def show_first_page(ports: Ports, web: WebRequest) -> Response:
    """Show the page Now to leads and auditors, and their own access to members"""
    return _show_now(ports, web) if web.is_reader else redirect(f"{web.root}/access")


@everyone.get("/web/now")
def show_now(ports: Ports, web: WebRequest, query: AttentionFilters) -> Response:
    """Show what needs someone, and who is in which client's account"""
    if not web.is_reader:
        return redirect(f"{web.root}/access")
    if query.part:
        return _show_part(ports, web, query.part, query)
    return _show_now(ports, web)


def _show_part(
    ports: Ports, web: WebRequest, part: OverviewPart, query: AttentionFilters
) -> Response:
    """Show the list behind a number of Now."""
    overview = None if part is OverviewPart.SHUT else ports.state.get(Overview)
    view = {"part": part, "overview": overview}
    return show_list("web/now/part.html", web, ATTENTION[part], query, **view)


def _show_now(ports: Ports, web: WebRequest) -> Response:
    ask = partial(list_requests, ports, web.caller)
    parts = read_parts(
        ports,
        {
            "sessions": partial(
                list_sessions_with_states, ports, limit=SESSIONS_SHOWN, with_given_back=True
            ),
            "waiting": partial(ask, RequestFilters(part=RequestPart.WAITING)),
            "requests": partial(ask, RequestFilters(part=RequestPart.UNDECIDED)),
            "shut": partial(list_shut_rows, ports),
            "items": partial(ports.state.get_together, _KEYS),
        },
    )
    sessions, items = parts["sessions"], parts["items"] or {}
    listed = sessions.items if sessions is not None else ()
    keys = [(name,) for name in sorted({each.session.engagement for each in listed})]
    overview = pick(items, Overview)
    second = read_parts(
        ports,
        {
            "needs": partial(_list_needs, ports, overview, parts["shut"] or ()),
            "pauses": lambda: ports.state.get_many(Block, keys) if keys else {},
        },
    )
    pauses = second["pauses"] or {}
    return render_console(
        "web/now/show.html",
        web,
        title="Now",
        is_read=parts["items"] is not None,
        freeze=pick_block(items, EVERYTHING),
        sessions=sessions,
        groups=_group_by_client(listed),
        pauses={key for (key,), block in pauses.items() if block.is_in_force},
        has_pauses=second["pauses"] is not None,
        count=count_sessions(each.state for each in listed),
        waiting=parts["waiting"],
        requests=parts["requests"],
        has_shut=parts["shut"] is not None,
        needs=second["needs"],
        overview=overview,
        unused=pick(items, UnusedGrants),
        failed_jobs=[
            job.value
            for job in StoredJob
            if judge_run(job, pick(items, JobRun, job.value), web.now)[1] is Tone.BAD
        ],
    )


def _list_needs(
    ports: Ports, overview: Overview | None, shut: tuple[OverviewRow, ...]
) -> list[Need]:
    """Return the parts that are not empty, the most urgent first, with the first rows of each.
    `shut` are the rows of the roles that Daypass shut, which the overview does not have."""
    # ATTENTION has the parts in the order of their urgency.
    rows = {part: overview.list_part(part) if overview else () for part in ATTENTION}
    rows[OverviewPart.SHUT] = shut
    numbers = {part: len(of_part) for part, of_part in rows.items()}
    # The overview has at most MAX_ROWS rows of a part, but counts all of them. It does not count
    # the roles that Daypass shut.
    numbers |= overview.counts if overview else {}
    first = (row for of_part in rows.values() for row in of_part[:EXAMPLES])
    # One call for the rows of all parts, which keeps their order.
    rows_with_names = iter(name_clients(ports, first))
    needs = [
        Need(part, numbers[part], tuple(next(rows_with_names) for _ in of_part[:EXAMPLES]))
        for part, of_part in rows.items()
    ]
    return [need for need in needs if need.number]


def _group_by_client(
    listed: Iterable[ListedSession],
) -> list[tuple[ListedSession, list[ListedSession]]]:
    """Return the sessions of each engagement with the first of them, sorted by the client's name.
    The order stays the same while the page refreshes itself."""
    ordered = sorted(listed, key=lambda each: (each.client.casefold(), each.session.engagement))
    groups = groupby(ordered, key=lambda each: each.session.engagement)
    return [(rows[0], rows) for _, group in groups if (rows := list(group))]


@readers.get("/web/sessions")
def show_sessions(web: WebRequest, query: LiveSessionsQuery) -> Response:
    """Show the sessions that may be active"""
    return show_list("web/now/sessions.html", web, SESSIONS, query)
