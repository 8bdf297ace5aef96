"""Find an engagement's requests that wait for a decision, and who can give it at the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.values import Item
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.reading import build_context, list_related_keys, show

PENDING_READ = 100
"""The undecided requests of all engagements that are read to find those of one."""
MAX_WAITING = 4
MAX_APPROVERS = 5


def list_candidates(ports: Ports, engagement: str) -> Page[AccessRequest]:
    """Return the engagement's first requests that were undecided a moment ago, in one call. The
    cursor only says whether there may be more."""
    cursor = format_sortable(ports.now())
    page = ports.state.list(AccessRequest, limit=PENDING_READ, cursor=cursor)
    own = tuple(request for request in page.items if request.engagement == engagement)
    return Page(own[:MAX_WAITING], page.cursor or ("more" if own[MAX_WAITING:] else ""))


def list_candidate_keys(requests: Sequence[AccessRequest]) -> list[MixedKey]:
    """Return the keys of all that `select_waiting` needs."""
    return [*((AccessRequest, each.key) for each in requests), *list_related_keys(requests)]


def list_approvers(ports: Ports, engagement: str) -> list[MixedKey]:
    """Return the keys of the first people at the client who may approve, in one call."""
    page = ports.state.list_without_stops(ClientApprover, limit=PENDING_READ, engagement=engagement)
    may_approve = [person for person in page.items if person.may_approve]
    return [(ClientApprover, person.key) for person in may_approve[:MAX_APPROVERS]]


def select_waiting(
    items: Mapping[MixedKey, Item], candidates: Sequence[AccessRequest], now: datetime
) -> tuple[RequestView, ...]:
    """Return the candidates that still wait for someone, from the items that were read."""
    stored = [pick(items, AccessRequest, *each.key) for each in candidates]
    contexts = [build_context(items, each, now) for each in stored if each is not None]
    views = [show(context, now) for context in contexts if context is not None]
    return tuple(
        view for view in views if view.status is RequestStatus.PENDING and view.waiting_for
    )


def select_approvers(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the names of the people at the client who may approve, from the items that were
    read."""
    people = [item for item in items if isinstance(item, ClientApprover)]
    return tuple(sorted(person.name for person in people if person.may_approve))
