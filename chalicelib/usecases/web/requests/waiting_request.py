"""Find a member's request for a role that still waits for its approvers, in two calls to AWS."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.requests.requests import (
    AccessRequest,
    RequestStatus,
    earliest_id_since,
)
from chalicelib.domain.requests.view import RequestView
from chalicelib.usecases.lists import PAGE_SIZE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.ask import LONGEST_OPEN
from chalicelib.usecases.requests.reading import read_contexts, show

_MORE_THAN_LONGEST_OPEN = LONGEST_OPEN + timedelta(days=1)


def find_waiting_request(
    ports: Ports, member: str, engagement: str, role: str
) -> RequestView | None:
    """Return the member's latest undecided request for the role, or None. Leave out requests that
    can open nothing any more."""
    now = ports.now()
    since = earliest_id_since(member, now - _MORE_THAN_LONGEST_OPEN)
    page = ports.state.list(AccessRequest, member=member, limit=PAGE_SIZE, cursor=since)
    pending = [
        each
        for each in page.items
        if (each.engagement, each.role) == (engagement, role)
        and each.status_at(now) is RequestStatus.PENDING
    ]
    if not pending:
        return None
    views = (show(each, now) for each in read_contexts(ports, pending) if not each.has_ended)
    return max(views, key=lambda view: view.created_at, default=None)
