"""Find an engagement's requests that wait for a decision, and who can give it at the client."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.requests.decisions import CLIENT
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.text import join_words
from chalicelib.usecases.lists import read_again, read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.reading import read_contexts, show

PENDING_READ = 100
"""The undecided requests of all engagements that are read to find those of one."""
NAMES_SHOWN = 5


def list_waiting(ports: Ports, engagement: str) -> Page[RequestView]:
    """Return the engagement's requests that wait for someone, the first to expire first. The cursor
    only says whether there may be more."""
    now = ports.now()
    page = ports.state.list(AccessRequest, limit=PENDING_READ, cursor=format_sortable(now))
    keys = [request.key for request in page.items if request.engagement == engagement]
    current = read_again(ports.state, AccessRequest, keys)  # the list may lag behind
    views = [show(context, now) for context in read_contexts(ports, current)]
    waiting = [each for each in views if each.status is RequestStatus.PENDING and each.waiting_for]
    return Page(tuple(waiting), page.cursor)


def describe_clients_answer(ports: Ports, engagement: str, requests: Page[RequestView]) -> str:
    """Return a sentence on the requests that the client has to answer, and who can answer them.
    Empty if there is none."""
    names = [
        f"the request of {each.member} for {each.role}"
        for each in requests.items
        if CLIENT in each.waiting_for
    ]
    if not names:
        return ""
    page = read_part(
        lambda: ports.state.list(ClientApprover, limit=PENDING_READ, engagement=engagement)
    )
    people = select_approvers(page.items if page is not None else ())[:NAMES_SHOWN]
    can = f" {' or '.join(people)} can do that." if people else ""
    return f"Answer {join_words(names)}.{can}"


def select_approvers(people: Iterable[ClientApprover]) -> tuple[str, ...]:
    """Return the names of the people at the client who may approve."""
    return tuple(sorted(person.name for person in people if person.may_approve))
