"""Leads' routes for approval: the policies, the client's approvers and contacts, the client's
approval, and its pause."""

from __future__ import annotations

from chalicelib.domain.engagements.client_approvers import (
    ApproverId,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.stops.block_status import PauseStatus
from chalicelib.entrypoints.http.routing import EngagementPath, RolePath, leads, readers
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import policies
from chalicelib.usecases.requests.client import approvers, rules
from chalicelib.usecases.requests.policies import ALL_ROLES


class ApproverPath(EngagementPath):
    approver: ApproverId


class ApproverList(Value, kw_only=False):
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


@leads.post("/v1/engagements/{engagement}/approvers/{approver}/link", Action.APPROVER_LINK_CREATE)
def request_link(
    ports: Ports,
    lead: Caller,
    path: ApproverPath,
    base_url: str,
) -> ClientApprover:
    """Have Daypass mail a new link to an approver at the client"""
    return approvers.request_link(ports, lead, path.engagement, path.approver, api_url=base_url)


@leads.get("/v1/engagements/{engagement}/approval-policy")
def show_policy(ports: Ports, path: EngagementPath) -> ApprovalPolicy:
    """Show who approves requests in an engagement, for the roles without a policy of their own"""
    return policies.find_policy(ports, path.engagement)


@leads.patch("/v1/engagements/{engagement}/approval-policy", Action.APPROVAL_POLICY_CHANGE)
def change_policy(
    ports: Ports, lead: Caller, path: EngagementPath, body: ChangeApprovalPolicy
) -> ApprovalPolicy:
    """Change who approves requests in an engagement, for the roles without a policy of their own"""
    return policies.change_policy(ports, lead, path.engagement, ALL_ROLES, body)


@leads.get("/v1/engagements/{engagement}/roles/{role}/approval-policy")
def show_role_policy(ports: Ports, path: RolePath) -> ApprovalPolicy:
    """Show who approves requests for a role"""
    return policies.find_policy(ports, path.engagement, path.role)


@leads.patch(
    "/v1/engagements/{engagement}/roles/{role}/approval-policy", Action.APPROVAL_POLICY_CHANGE
)
def change_role_policy(
    ports: Ports, lead: Caller, path: RolePath, body: ChangeApprovalPolicy
) -> ApprovalPolicy:
    """Change who approves requests for a role. Its first policy begins as a copy of the
    engagement's"""
    return policies.change_policy(ports, lead, path.engagement, path.role, body)


@readers.get("/v1/engagements/{engagement}/pause")
def show_pause(ports: Ports, path: EngagementPath) -> PauseStatus:
    """Show whether the client has paused the engagement, and a lead's request to lift that"""
    return PauseStatus.from_block(rules.find_pause(ports, path.engagement), ports.now())
