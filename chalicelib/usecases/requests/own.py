"""Withdraw one's own request, and start the access that it opened, with its first use."""

from __future__ import annotations

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import find_opening_problem, find_status_problem
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.first_use import find_grant_to_start
from chalicelib.usecases.admission import EVERYONE, Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.requests.reading import read_facts, read_view
from chalicelib.usecases.requests.refusing import refuse, require_request


def withdraw_request(ports: Ports, caller: Caller, request_id: str) -> RequestView:
    """Withdraw the caller's own request, and return it. Withdrawing it again changes nothing. Raise
    NotFound if the caller has no such request, and Conflict if it was decided or has expired."""

    def attempt(by: Caller) -> RequestView:
        action, now = Action.REQUEST_WITHDRAW, ports.now()
        request = require_request(ports, by, action, request_id, member=by.member.id)
        if request.status is RequestStatus.WITHDRAWN:
            return read_view(ports, request)
        problem = find_status_problem(request, now)
        if problem is not None:
            raise refuse(ports, by, action, problem, request)
        withdrawn = next_version(
            request,
            status=RequestStatus.WITHDRAWN,
            decided_at=now,
            decided_by=by.member.id,
        )
        write(ports, by, action, (request, withdrawn))
        return read_view(ports, withdrawn)

    return retry_on_conflict(ports, caller, attempt)


def start_access(ports: Ports, caller: Caller, request_id: str) -> RequestView:
    """Start the access that the caller's own request opened, and return the request. The access
    then lasts for its duration. If it has started, or has a fixed start, change nothing.

    Raise NotFound if the caller has no such request. Raise Conflict if it opened no access, or the
    access is over or can open nothing any more. Raise AccessDenied if the access was revoked, or
    while access is frozen or paused: its time must not pass then.
    """

    def attempt(by: Caller) -> RequestView:
        action, member = Action.REQUEST_START, by.member.id
        request = require_request(ports, by, action, request_id, member=member)
        return _start(ports, by, request)

    return retry_on_conflict(ports, caller, attempt)


def start_access_of_link(ports: Ports, link: AccessLink, address: str) -> None:
    """Start the approved access to the role of the access link that is used in a browser, as the
    link's member. If none waits for its start, change nothing: the vend that follows decides.

    Raise the errors of `start_access`. Raise Unauthenticated or AccessDenied if the link's token is
    no longer valid.
    """
    origin = RequestOrigin(PresentedToken(link.member, link.token), address)
    target = Target(engagement=link.engagement, role=link.role)
    caller = admit(ports, origin, EVERYONE, Action.REQUEST_START, target=target)
    start_waiting_access(ports, caller, link.engagement, link.role)


def start_waiting_access(ports: Ports, caller: Caller, engagement: str, role: str) -> None:
    """Start the caller's approved access to the role. If none waits for its start, change nothing.
    Raise the errors of `start_access`."""
    facts = read_facts(ports, caller.member.id, engagement, role)
    grant = find_grant_to_start(facts, ports.now())
    if grant is not None:
        start_access(ports, caller, grant.request)


def _start(ports: Ports, by: Caller, request: AccessRequest) -> RequestView:
    """Make one attempt to start the request's access."""
    now = ports.now()
    facts = read_facts(ports, request.member, request.engagement, request.role)
    opened = next(filter(request.has_opened, facts.approved_grants), None)
    if opened is None:
        raise refuse(ports, by, Action.REQUEST_START, Reason.NO_OPEN_ACCESS, request)
    if opened.revoked_at is not None:
        raise refuse(ports, by, Action.REQUEST_START, Reason.APPROVAL_REVOKED, request)
    if not opened.needs_start:
        return read_view(ports, request)
    problem = find_opening_problem(request, facts, now)
    if problem is None and now >= opened.ends_at:
        problem = Reason.NO_OPEN_ACCESS
    if problem is not None:
        raise refuse(ports, by, Action.REQUEST_START, problem, request)
    # A stop that is stored meanwhile ends the access all the same.
    write(ports, by, Action.REQUEST_START, (opened, opened.started(now)))
    return read_view(ports, request)
