"""Routes to list access and requests, to request access, to decide, and to open a role oneself in
an emergency."""

from __future__ import annotations

from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.access import Access
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import ApproveRequest, CreateAccessRequest
from chalicelib.domain.requests.view import RequestDetail, RequestRow, RequestView
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, RowCursor, Value, sent_fields
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.routing import (
    EngagementPath,
    ReasonBody,
    RequestPath,
    RolePath,
    everyone,
    leads,
    with_machines,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import ask, decide, emergencies, own, steps
from chalicelib.usecases.requests.access import ACCESS, AccessFilters
from chalicelib.usecases.requests.listing import (
    REQUESTS,
    RequestFilters,
    RequestPart,
)
from chalicelib.usecases.selections import SearchFilters


class DenyRequest(Request):
    """A denial, which needs words."""

    reason: ReasonText
    caller: CallerKind = CallerKind.PERSON
    """A program that works by itself can deny nothing."""


class RequestList(Value, kw_only=False):
    """A page of requests."""

    requests: tuple[RequestRow, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@everyone.post("/v1/engagements/{engagement}/requests", Action.REQUEST_CREATE, status=201)
def create_request(
    ports: Ports, caller: Caller, path: EngagementPath, body: CreateAccessRequest
) -> RequestView:
    """Request access to a role for a time"""
    return ask.create_request(ports, caller, path.engagement, body)


@everyone.get("/v1/me/requests")
def list_my_requests(
    ports: Ports, caller: Caller, query: SearchFilters
) -> RequestList | Table | Response:
    """List your requests of the last 30 days, the latest first"""
    filters = RequestFilters(part=RequestPart.OWN, **sent_fields(query))
    return answer(REQUESTS, ports, caller, filters, RequestList)


@everyone.post("/v1/me/requests/{request}/withdraw", Action.REQUEST_WITHDRAW)
def withdraw_request(ports: Ports, caller: Caller, path: RequestPath) -> RequestView:
    """Withdraw your request before it is decided"""
    return own.withdraw_request(ports, caller, path.request)


@everyone.get("/v1/requests")
def list_requests(
    ports: Ports, caller: Caller, query: RequestFilters
) -> RequestList | Table | Response:
    """List requests: all for leads and auditors, else yours and those that you may decide"""
    return answer(REQUESTS, ports, caller, query, RequestList)


@everyone.get("/v1/requests/{request}")
def show_request(ports: Ports, caller: Caller, path: RequestPath) -> RequestDetail:
    """Show a request: its result, the approvers that it waits for, and its sessions"""
    return steps.show_request(ports, caller, path.request)


@everyone.post("/v1/requests/{request}/approve", Action.REQUEST_APPROVE)
def approve_request(
    ports: Ports, caller: Caller, path: RequestPath, body: ApproveRequest
) -> RequestView:
    """Approve a request. With the last missing approval, it opens the access"""
    return decide.approve_request(ports, caller, path.request, body)


@everyone.post("/v1/requests/{request}/deny", Action.REQUEST_DENY)
def deny_request(ports: Ports, caller: Caller, path: RequestPath, body: DenyRequest) -> RequestView:
    """Deny a request, with a reason for its member"""
    return decide.deny_request(ports, caller, path.request, why=body.reason, kind=body.caller)


class AccessList(Value, kw_only=False):
    """A page of a member's access."""

    access: tuple[Access, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@with_machines.get("/v1/access")
def list_access(
    ports: Ports, caller: Caller, query: AccessFilters
) -> AccessList | Table | Response:
    """List what you, or a member, may enter, until when, and if not, why"""
    return answer(ACCESS, ports, caller, query, AccessList)


@everyone.post("/v1/me/requests/{request}/start", Action.REQUEST_START)
def start_access(ports: Ports, caller: Caller, path: RequestPath) -> RequestView:
    """Start the access that your request opened, so that its duration begins"""
    return own.start_access(ports, caller, path.request)


@everyone.post("/v1/me/requests/{request}/end", Action.REQUEST_REVOKE)
def end_access(ports: Ports, caller: Caller, path: RequestPath) -> Revocation:
    """Give back the access that your request opened, and end its sessions"""
    return own.end_own_access(ports, caller, path.request)


@everyone.post(
    "/v1/engagements/{engagement}/roles/{role}/emergency", Action.EMERGENCY_BEGIN, status=201
)
def open_emergency(
    ports: Ports, caller: Caller, path: RolePath, body: OpenEmergency
) -> RequestView:
    """Open a role yourself in an emergency, for an hour at most. Every lead is notified"""
    return emergencies.open_emergency(ports, caller, path.engagement, path.role, body)


@leads.post("/v1/requests/{request}/confirm", Action.EMERGENCY_CONFIRM)
def confirm_emergency(
    ports: Ports, lead: Caller, path: RequestPath, body: ReasonBody
) -> RequestView:
    """Confirm an emergency. Its member can then open another"""
    return emergencies.confirm_emergency(ports, lead, path.request, why=body.reason)
