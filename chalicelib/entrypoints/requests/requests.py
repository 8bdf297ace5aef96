"""Routes to list access and requests, to request access, to decide, and to open a role oneself in
an emergency. Also leads' routes for approval: the policies, the client's approvers and contacts,
and its pause."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.engagements.client_approvers import (
    ClientApprover,
)
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.access import Access
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.trail import Action
from chalicelib.domain.values import RowCursor, Value, sent_fields
from chalicelib.domain.vending.access import CallerKind
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import Table, render_answer
from chalicelib.entrypoints.http.routing import (
    EngagementPath,
    ReasonBody,
    everyone,
    leads,
    readers,
    with_machines,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import ask, decide, emergencies, own, policies, steps
from chalicelib.usecases.requests.access import ACCESS, AccessFilters
from chalicelib.usecases.requests.client import approvers, rules
from chalicelib.usecases.requests.listing import (
    REQUESTS,
    RequestFilters,
    RequestPart,
)
from chalicelib.usecases.selections import SearchFilters


class DenyRequest(ReasonBody):
    """A denial, which needs words."""

    caller_kind: CallerKind = field(default=CallerKind.PERSON, name="caller")
    """A program that works by itself can deny nothing."""


class RequestList(Value, kw_only=False):
    """A page of requests."""

    requests: tuple[RequestRow, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


everyone.serve(
    "POST /v1/engagements/{engagement}/requests",
    ask.create_request,
    "Request access to a role for a time",
    Action.REQUEST_CREATE,
    status=201,
)


@everyone.get("/v1/me/requests")
def list_my_requests(
    ports: Ports, caller: Caller, query: SearchFilters
) -> RequestList | Table | Response:
    """List your requests of the last 30 days, the latest first"""
    filters = RequestFilters(part=RequestPart.OWN, **sent_fields(query))
    return render_answer(REQUESTS, ports, caller, filters, RequestList)


everyone.serve(
    "POST /v1/me/requests/{request}/withdraw",
    own.withdraw_request,
    "Withdraw your request before it is decided",
    Action.REQUEST_WITHDRAW,
)


@everyone.get("/v1/requests")
def list_requests(
    ports: Ports, caller: Caller, query: RequestFilters
) -> RequestList | Table | Response:
    """List requests: all for leads and auditors, else yours and those that you may decide"""
    return render_answer(REQUESTS, ports, caller, query, RequestList)


everyone.serve(
    "GET /v1/requests/{request}",
    steps.show_request,
    "Show a request: its result, the approvers that it waits for, and its sessions",
)
everyone.serve(
    "POST /v1/requests/{request}/approve",
    decide.approve_request,
    "Approve a request. With the last missing approval, it opens the access",
    Action.REQUEST_APPROVE,
)
everyone.serve(
    "POST /v1/requests/{request}/deny",
    decide.deny_request,
    "Deny a request, with a reason for its member",
    Action.REQUEST_DENY,
    DenyRequest,
)


class AccessList(Value, kw_only=False):
    """A page of a member's access."""

    access: tuple[Access, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@with_machines.get("/v1/access")
def list_access(
    ports: Ports, caller: Caller, query: AccessFilters
) -> AccessList | Table | Response:
    """List your access, or a member's: until when each role can be used, or why it cannot"""
    return render_answer(ACCESS, ports, caller, query, AccessList)


everyone.serve(
    "POST /v1/me/requests/{request}/start",
    own.start_access,
    "Start the access that your request opened, so that its duration begins",
    Action.REQUEST_START,
)
everyone.serve(
    "POST /v1/me/requests/{request}/end",
    own.end_own_access,
    "Give back the access that your request opened, and end its sessions",
    Action.REQUEST_REVOKE,
)
everyone.serve(
    "POST /v1/engagements/{engagement}/roles/{role}/emergency",
    emergencies.open_emergency,
    "Open a role yourself in an emergency, for an hour at most. Every lead is notified",
    Action.EMERGENCY_BEGIN,
    status=201,
)
leads.serve(
    "POST /v1/requests/{request}/confirm",
    emergencies.confirm_emergency,
    "Confirm an emergency. Its member can then open another",
    Action.EMERGENCY_CONFIRM,
)


class ApproverList(Value, kw_only=False):
    """The client's approvers and contacts."""

    approvers: tuple[ClientApprover, ...]


@leads.get("/v1/engagements/{engagement}/approvers")
def list_approvers(ports: Ports, path: EngagementPath) -> ApproverList:
    """List the client's approvers and contacts, including revoked ones"""
    return ApproverList(approvers.list_approvers(ports, path.engagement))


leads.serve(
    "POST /v1/engagements/{engagement}/approvers",
    approvers.name_approver,
    "Name an approver or a contact at the client. Daypass mails an approver their link",
    Action.APPROVER_CREATE,
    status=201,
)
leads.serve(
    "POST /v1/engagements/{engagement}/approvers/{approver}/link",
    approvers.request_link,
    "Have Daypass mail a new link to an approver at the client",
    Action.APPROVER_LINK_CREATE,
)
leads.serve(
    "GET /v1/engagements/{engagement}/approval-policy",
    policies.find_policy,
    "Show who approves requests in an engagement, for the roles without a policy of their own",
)
leads.serve(
    "PATCH /v1/engagements/{engagement}/approval-policy",
    policies.change_policy,
    "Change who approves requests in an engagement, for the roles without a policy of their own",
    Action.APPROVAL_POLICY_CHANGE,
)
leads.serve(
    "GET /v1/engagements/{engagement}/roles/{role}/approval-policy",
    policies.find_policy,
    "Show who approves requests for a role",
)
leads.serve(
    "PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy",
    policies.change_policy,
    "Change who approves requests for a role. Its first policy begins as a copy of the"
    " engagement's",
    Action.APPROVAL_POLICY_CHANGE,
)


readers.serve(
    "GET /v1/engagements/{engagement}/pause",
    rules.find_pause,
    "Show whether the client has paused the engagement, and a lead's request to lift that",
)
