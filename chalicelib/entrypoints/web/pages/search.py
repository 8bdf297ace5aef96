"""Search everything that the member may list, from every page of the web console."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chalicelib.domain.rows import SearchText
from chalicelib.domain.values import Request, Value
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.web.pages import everyone
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.listing import ENGAGEMENTS
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.people.members import MEMBERS
from chalicelib.usecases.requests.access import ACCESS, AccessFilters
from chalicelib.usecases.requests.listing import REQUESTS, RequestFilters, RequestPart
from chalicelib.usecases.selections import Question, SearchFilters
from chalicelib.usecases.vending.sessions import SESSIONS, SessionFilters

SHOWN = 5
"""The rows of each list. A link leads to the others."""


class SearchQuery(Request):
    """The search."""

    q: SearchText = ""


class Hits(Value):
    """The first rows of a list that match, and how many match."""

    question: Question[Any, Any]
    title: str
    rows: tuple[Any, ...]
    total: int | None
    """None if there are too many to count."""
    path: str
    """The path of the list with all of them, below the root."""


@everyone.get("/web/search")
def search(web: WebRequest, query: SearchQuery) -> Response:
    """Find people, engagements, requests and live sessions that the member may see"""
    parts = read_parts(web.ports, _list_sources(web, query.q)) if query.q else {}
    hits = [each for each in parts.values() if each is not None and each.rows]
    unread = [name for name, part in parts.items() if part is None]
    # If there is only one hit, go to its page at once.
    has_single_hit = len(hits) == 1 and len(hits[0].rows) == 1 and not unread
    if has_single_hit and (path := _find_page(hits[0])):
        return redirect(f"{web.root}/{path}")
    return render_console(
        "web/search.html", web, title="Search", query=query, hits=hits, unread=unread
    )


def _list_sources(web: WebRequest, q: str) -> dict[str, Callable[[], Hits]]:
    """Return how to search each list that the member may see, by its title."""
    access = AccessFilters(q=q, limit=SHOWN)
    own = RequestFilters(q=q, part=RequestPart.OWN, limit=SHOWN)
    by_text = SearchFilters(q=q, limit=SHOWN)
    undecided = RequestFilters(q=q, part=RequestPart.UNDECIDED, limit=SHOWN)
    decided = RequestFilters(q=q, part=RequestPart.DECIDED, limit=SHOWN)
    # A session that was given back can still be active in AWS.
    sessions = SessionFilters(q=q, with_given_back=True, limit=SHOWN)
    of_readers: dict[str, tuple[Question[Any, Any], SearchFilters, str]] = {
        "Engagements": (ENGAGEMENTS, by_text, "engagements"),
        "People": (MEMBERS, by_text, "people"),
        "Undecided requests": (REQUESTS, undecided, "requests"),
        "Decided requests": (REQUESTS, decided, "requests?part=decided"),
        "Live sessions": (SESSIONS, sessions, "sessions"),
    }
    of_members: dict[str, tuple[Question[Any, Any], SearchFilters, str]] = {
        "Your access": (ACCESS, access, "access"),
        "Your requests": (REQUESTS, own, "requests?part=own"),
    }
    sources = of_readers if web.is_reader else of_members
    return {title: partial(_search, web, title, *source) for title, source in sources.items()}


def _search(
    web: WebRequest, title: str, question: Question[Any, Any], filters: Any, path: str
) -> Hits:
    page = question.ask(web.ports, web.caller, filters)
    return Hits(question=question, title=title, rows=page.items, total=page.total, path=path)


def _find_page(hits: Hits) -> str:
    """Return the path of the page of the only row. Empty if it has none of its own."""
    (row,) = hits.rows
    if hits.question is ENGAGEMENTS:
        return f"engagements/{row.engagement.id}"
    if hits.question is MEMBERS:
        return f"people/{row.member.id}"
    return f"requests/{row.id}" if hits.question is REQUESTS else ""
