"""Withdraw one's own request."""

from __future__ import annotations

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import find_status_problem
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.requests.reading import find_request, read_view, refuse


def withdraw_request(ports: Ports, caller: Caller, request_id: str) -> RequestView:
    """Withdraw the caller's own request, and return it. Withdrawing it again changes nothing. Raise
    NotFound if the caller has no such request, and Conflict if it was decided or has expired."""

    def attempt(by: Caller) -> RequestView:
        request, now = find_request(ports, request_id), ports.now()
        if request is None or request.member != by.member.id:
            reason, target = Reason.NO_SUCH_REQUEST, request or request_id
            raise refuse(ports, by, Action.REQUEST_WITHDRAW, reason, target)
        if request.status is RequestStatus.WITHDRAWN:
            return read_view(ports, request)
        problem = find_status_problem(request, now)
        if problem is not None:
            raise refuse(ports, by, Action.REQUEST_WITHDRAW, problem, request)
        withdrawn = next_version(
            request,
            status=RequestStatus.WITHDRAWN,
            decided_at=now,
            decided_by=by.member.id,
        )
        write(ports, by, Action.REQUEST_WITHDRAW, (request, withdrawn))
        return read_view(ports, withdrawn)

    return retry_on_conflict(ports, caller, attempt)
