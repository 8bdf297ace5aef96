"""Routes for approval policies: the approvers of requests for a role, and their limits."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import EngagementPath, RolePath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import policies
from chalicelib.usecases.requests.policies import ALL_ROLES

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


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
