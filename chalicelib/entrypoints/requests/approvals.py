"""Leads' routes for approval: the policies, the client's approvers and contacts, the client's
approval, and its pause."""

from __future__ import annotations

from chalicelib.domain.engagements.client_approvers import (
    ClientApprover,
)
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.stops.block_status import PauseStatus
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.routing import EngagementPath, Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import policies
from chalicelib.usecases.requests.client import approvers, rules
from chalicelib.usecases.requests.policies import ALL_ROLES

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


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


@leads.patch("/v1/engagements/{engagement}/approval-policy", Action.APPROVAL_POLICY_CHANGE)
def change_policy(
    ports: Ports, lead: Caller, path: EngagementPath, body: ChangeApprovalPolicy
) -> ApprovalPolicy:
    """Change who approves requests in an engagement, for the roles without a policy of their own"""
    return policies.change_policy(ports, lead, path.engagement, ALL_ROLES, body)


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


@readers.get("/v1/engagements/{engagement}/pause")
def show_pause(ports: Ports, path: EngagementPath) -> PauseStatus:
    """Show whether the client has paused the engagement, and a lead's request to lift that"""
    return PauseStatus.from_block(rules.find_pause(ports, path.engagement), ports.now())
