"""Start access that has a duration, with its first use."""

from __future__ import annotations

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import find_opening_problem
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.requests.reading import (
    find_request,
    read_context,
    read_facts,
    read_view,
    refuse,
)


def start_access(ports: Ports, caller: Caller, request_id: str) -> RequestView:
    """Start the access that the caller's own request opened, and return the request. The access
    then lasts for its duration. If it has started, or has a fixed start, change nothing.

    Raise NotFound if the caller has no such request. Raise Conflict if it opened no access, or the
    access is over or can open nothing any more. Raise AccessDenied if the access was revoked, or
    while access is frozen or paused: its time must not pass then.
    """

    def attempt(by: Caller) -> RequestView:
        request = find_request(ports, request_id)
        if request is None or request.member != by.member.id:
            target = request or request_id
            raise refuse(ports, by, Action.REQUEST_START, Reason.NO_SUCH_REQUEST, target)
        return _start(ports, by, request)

    return retry_on_conflict(ports, caller, attempt)


def _start(ports: Ports, by: Caller, request: AccessRequest) -> RequestView:
    """Make one attempt to start the request's access."""
    now = ports.now()
    opened = read_context(ports, request).opened
    if opened is None:
        raise refuse(ports, by, Action.REQUEST_START, Reason.NO_OPEN_ACCESS, request)
    if opened.revoked_at is not None:
        raise refuse(ports, by, Action.REQUEST_START, Reason.APPROVAL_REVOKED, request)
    if not opened.needs_start:
        return read_view(ports, request)
    facts = read_facts(ports, request.member, request.engagement, request.role)
    problem = find_opening_problem(request, facts, now)
    if problem is None and now >= opened.ends_at:
        problem = Reason.NO_OPEN_ACCESS
    if problem is not None:
        raise refuse(ports, by, Action.REQUEST_START, problem, request)
    # A stop that is stored meanwhile ends the access all the same.
    write(ports, by, Action.REQUEST_START, (opened, opened.started(now)))
    return read_view(ports, request)
