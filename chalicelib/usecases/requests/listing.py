"""List the requests that wait, and one's own, and show one request."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, earliest_id_since
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.usecases.lists import PAGE_SIZE, read_again
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.reading import (
    RequestContext,
    may_see,
    read_contexts,
    show,
)
from chalicelib.usecases.requests.refusing import require_visible

SHOWN_FOR = timedelta(days=30)
"""For how long Daypass lists a member's own requests."""


def list_pending(
    ports: Ports, caller: Caller, *, limit: int, cursor: str = ""
) -> Page[RequestView]:
    """Return a page of the undecided requests that the caller may see, sorted by their expiry:
    their own, those that they may decide, and all of them for leads and auditors.

    The cursor is the place of the last request on the page, never of one that the caller may not
    see. If one read finds none that they may see, read on.
    """
    now = ports.now()
    cursor, read_size = max(cursor, format_sortable(now)), limit  # read no expired requests
    while True:
        page = ports.state.list(AccessRequest, limit=read_size, cursor=cursor)
        keys = (request.key for request in page.items)
        requests = read_again(ports.state, AccessRequest, keys)  # the list may lag behind
        pending = [
            each
            for each in read_contexts(ports, requests)
            if _is_waiting(each, now) and may_see(each, caller.member)
        ]
        shown = pending[:limit]
        cursor = shown[-1].request.list_key if len(pending) > limit else page.cursor
        if shown or not cursor:
            views = tuple(show(each, now) for each in shown)
            return Page(views, shown[-1].request.list_key if cursor else "")
        read_size = PAGE_SIZE


def list_mine(ports: Ports, caller: Caller, *, limit: int, cursor: str = "") -> Page[RequestView]:
    """Return a page of the caller's own requests of the last 30 days, the oldest first."""
    now, member = ports.now(), caller.member.id
    cursor = max(cursor, earliest_id_since(member, now - SHOWN_FOR))
    page = ports.state.list(AccessRequest, limit=limit, cursor=cursor, member=member)
    contexts = read_contexts(ports, page.items)
    return Page(tuple(show(each, now) for each in contexts), page.cursor)


def show_request(ports: Ports, caller: Caller, request_id: str) -> RequestView:
    """Return the request. Raise NotFound if there is none, or the caller may not know of it."""
    context = require_visible(
        ports, caller, Action.READ, request_id, lambda each: may_see(each, caller.member)
    )
    return show(context, ports.now())


def _is_waiting(context: RequestContext, now: datetime) -> bool:
    """Return whether the request can still be approved."""
    is_pending = context.request.status_at(now) is RequestStatus.PENDING
    return is_pending and not context.has_ended
