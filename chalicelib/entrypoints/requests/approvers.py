"""Leads' routes for the client's approvers and contacts, and for the client's approval."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.client_approvers import (
    ApproverId,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.requests import EngagementPath, ReasonBody
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client import approvers, requirement
from chalicelib.usecases.requests.client.approvers import RevokedApprover

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class ApproverPath(EngagementPath, frozen=True, kw_only=True):
    approver: ApproverId


class ApproverList(Value, frozen=True):
    """The client's approvers and contacts."""

    approvers: tuple[ClientApprover, ...]


@leads.get("/v1/engagements/{engagement}/approvers")
def list_approvers(ports: Ports, path: EngagementPath) -> ApproverList:
    """List the client's approvers and contacts, including revoked ones"""
    return ApproverList(approvers.list_approvers(ports, path.engagement))


@leads.post("/v1/engagements/{engagement}/approvers", Action.APPROVER_CREATE, status=201)
def name_approver(
    ports: Ports, lead: Caller, path: EngagementPath, body: NameApprover, base_url: str
) -> ClientApprover:
    """Name an approver or a contact at the client. Daypass mails an approver their link"""
    return approvers.name_approver(ports, lead, path.engagement, body, api_url=base_url)


@leads.post("/v1/engagements/{engagement}/approvers/{approver}/revoke", Action.APPROVER_REVOKE)
def revoke_approver(
    ports: Ports, lead: Caller, path: ApproverPath, body: ReasonBody
) -> RevokedApprover:
    """Revoke an approver or a contact at the client, and the access that they approved"""
    return approvers.revoke_approver(ports, lead, path.engagement, path.approver, why=body.reason)


@leads.post("/v1/engagements/{engagement}/approvers/{approver}/link", Action.APPROVER_LINK_CREATE)
def request_link(
    ports: Ports,
    lead: Caller,
    path: ApproverPath,
    base_url: str,
) -> ClientApprover:
    """Have Daypass mail a new link to an approver at the client"""
    return approvers.request_link(ports, lead, path.engagement, path.approver, api_url=base_url)


@leads.post("/v1/engagements/{engagement}/client-approval", Action.CLIENT_APPROVAL_REQUIRE)
def require_client_approval(
    ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody
) -> Engagement:
    """Require the client's approval for all access to the engagement. Only the client lifts this"""
    return requirement.require_client_approval(ports, lead, path.engagement, why=body.reason)
