"""Routes to request access, to decide requests, and to list them."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.lists import RequestCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.requests import ApproveRequest, CreateAccessRequest
from chalicelib.domain.requests.view import RequestDetail, RequestRow, RequestView
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, Value, sent_fields
from chalicelib.domain.vending.access import CallerKind
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.requests import EngagementPath, RequestPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import ask, decide, own, steps
from chalicelib.usecases.requests.listing import (
    REQUESTS,
    OwnRequestFilters,
    RequestFilters,
    RequestPart,
)

blueprint = Blueprint(__name__)
members = Routes(blueprint, EVERYONE)


class DenyRequest(Request, frozen=True, kw_only=True):
    """A denial, which needs words."""

    reason: ReasonText
    caller: CallerKind = CallerKind.PERSON
    """A program that works by itself can deny nothing."""


class RequestList(Value, frozen=True):
    """A page of requests."""

    requests: tuple[RequestRow, ...]
    """The page may be empty even if more follow."""
    cursor: RequestCursor | None
    """The cursor to send for the next page. None on the last page."""


@members.post("/v1/engagements/{engagement}/requests", Action.REQUEST_CREATE, status=201)
def create_request(
    ports: Ports, caller: Caller, path: EngagementPath, body: CreateAccessRequest
) -> RequestView:
    """Request access to a role for a time"""
    return ask.create_request(ports, caller, path.engagement, body)


@members.get("/v1/me/requests")
def list_my_requests(ports: Ports, caller: Caller, query: OwnRequestFilters) -> RequestList | Table:
    """List your requests of the last 30 days, the latest first"""
    own = RequestFilters(part=RequestPart.OWN, **sent_fields(query))
    return answer(REQUESTS, ports, caller, own, RequestList)


@members.post("/v1/me/requests/{request}/withdraw", Action.REQUEST_WITHDRAW)
def withdraw_request(ports: Ports, caller: Caller, path: RequestPath) -> RequestView:
    """Withdraw your request before it is decided"""
    return own.withdraw_request(ports, caller, path.request)


@members.get("/v1/requests")
def list_requests(ports: Ports, caller: Caller, query: RequestFilters) -> RequestList | Table:
    """List requests: all for leads and auditors, else yours and those that you may decide"""
    return answer(REQUESTS, ports, caller, query, RequestList)


@members.get("/v1/requests/{request}")
def show_request(ports: Ports, caller: Caller, path: RequestPath) -> RequestDetail:
    """Show a request: its result, the approvers that it waits for, and its sessions"""
    return steps.show_request(ports, caller, path.request)


@members.post("/v1/requests/{request}/approve", Action.REQUEST_APPROVE)
def approve_request(
    ports: Ports, caller: Caller, path: RequestPath, body: ApproveRequest
) -> RequestView:
    """Approve a request. With the last missing approval, it opens the access"""
    return decide.approve_request(ports, caller, path.request, body)


@members.post("/v1/requests/{request}/deny", Action.REQUEST_DENY)
def deny_request(ports: Ports, caller: Caller, path: RequestPath, body: DenyRequest) -> RequestView:
    """Deny a request, with a reason for its member"""
    return decide.deny_request(ports, caller, path.request, why=body.reason, kind=body.caller)
