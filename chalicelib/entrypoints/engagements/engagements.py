"""Routes for engagements, roles and grants; for every member, the list of their engagements."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.role_grades import GradedRole, grade_role
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.requests import (
    EngagementPath,
    GrantPath,
    MemberPath,
    PageQuery,
    ReasonBody,
    RolePath,
)
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.listing import ENGAGEMENTS, EngagementRow, read_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.questions import IdFilters

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
everyone = Routes(blueprint, EVERYONE)


class EngagementList(Value, frozen=True):
    """A page of engagements."""

    engagements: tuple[EngagementRow, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/engagements")
def list_engagements(ports: Ports, lead: Caller, query: IdFilters) -> EngagementList | Table:
    """List all engagements with their states, including ended ones"""
    return answer(ENGAGEMENTS, ports, lead, query, EngagementList)


@leads.get("/v1/engagements/{engagement}")
def show_engagement(ports: Ports, path: EngagementPath) -> EngagementRow:
    """Show an engagement with its state"""
    return read_engagement(ports, path.engagement)


@leads.patch("/v1/engagements/{engagement}", Action.ENGAGEMENT_CHANGE)
def change_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ChangeEngagement
) -> Engagement:
    """Change an engagement's dates, the client's name, or what agents may do"""
    return engagements.change_engagement(ports, lead, path.engagement, body)


@leads.post("/v1/engagements/{engagement}/reopen", Action.ENGAGEMENT_REOPEN)
def reopen_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody
) -> Engagement:
    """Reopen an engagement: undo its close or its revocation"""
    return engagements.reopen_engagement(ports, lead, path.engagement, why=body.reason)


class RoleList(Value, frozen=True):
    """A page of roles."""

    roles: tuple[GradedRole, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


class OverrideRole(ReasonBody, frozen=True, kw_only=True):
    """A request to let members use a role that has no passed check."""

    until: Annotated[
        Moment, Meta(description="When the override ends: at most seven days from now.")
    ]


@leads.post("/v1/engagements/{engagement}/roles", Action.ROLE_CREATE, status=201)
def create_role(ports: Ports, lead: Caller, path: EngagementPath, body: CreateRole) -> Role:
    """Add an IAM role of the client to the engagement. The role is unverified at first"""
    return roles.create_role(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/roles")
def list_roles(ports: Ports, path: EngagementPath, query: PageQuery) -> RoleList:
    """List the engagement's roles, including ended ones"""
    engagement = find_engagement(ports, path.engagement)
    page = ports.state.list(Role, engagement=engagement.id, **sent_fields(query))
    graded = (grade_role(engagement, role, ports.now()) for role in page.items)
    return RoleList(tuple(graded), page.cursor or None)


@leads.get("/v1/engagements/{engagement}/roles/{role}")
def show_role(ports: Ports, path: RolePath) -> Role:
    """Show a role, with the result of its last check"""
    return roles.find_role(ports, **sent_fields(path))


@leads.patch("/v1/engagements/{engagement}/roles/{role}", Action.ROLE_CHANGE)
def change_role(ports: Ports, lead: Caller, path: RolePath, body: ChangeRole) -> Role:
    """Change a role. Another ARN makes the role unverified"""
    return roles.change_role(ports, lead, **sent_fields(path), request=body)


@leads.post("/v1/engagements/{engagement}/roles/{role}/override", Action.ROLE_OVERRIDE)
def override_role(ports: Ports, lead: Caller, path: RolePath, body: OverrideRole) -> Role:
    """Override a role's check: let Daypass issue sessions from an unverified role for a time"""
    return roles.override_role(ports, lead, **sent_fields(path), until=body.until, why=body.reason)


@leads.post("/v1/engagements/{engagement}/roles/{role}/override/end", Action.ROLE_OVERRIDE_END)
def end_override(ports: Ports, lead: Caller, path: RolePath, body: ReasonBody) -> Revocation:
    """End a role's override. Daypass then issues sessions of the role only if its check passed"""
    return roles.end_override(ports, lead, **sent_fields(path), why=body.reason)


class GrantList(Value, frozen=True):
    """A page of grants."""

    grants: tuple[Grant, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.post("/v1/engagements/{engagement}/grants", Action.GRANT_CREATE, status=201)
def create_grant(ports: Ports, lead: Caller, path: EngagementPath, body: CreateGrant) -> Grant:
    """Create a grant: let a member get sessions for roles of the engagement until an end date"""
    return grants.create_grant(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/grants")
def list_grants(ports: Ports, path: EngagementPath, query: PageQuery) -> GrantList:
    """List the engagement's grants, including ended ones"""
    engagement = find_engagement(ports, path.engagement)
    page = ports.state.list(Grant, engagement=engagement.id, **sent_fields(query))
    return GrantList(page.items, page.cursor or None)


@leads.get("/v1/members/{member}/grants")
def list_member_grants(ports: Ports, path: MemberPath, query: PageQuery) -> GrantList:
    """List a member's grants in all engagements, including ended ones"""
    member = find_member(ports, path.member)
    page = ports.state.list(Grant, member=member.id, **sent_fields(query))
    return GrantList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}/grants/{member}")
def show_grant(ports: Ports, path: GrantPath) -> Grant:
    """Show a member's grant"""
    return grants.find_grant(ports, **sent_fields(path))


@leads.patch("/v1/engagements/{engagement}/grants/{member}", Action.GRANT_CHANGE)
def change_grant(ports: Ports, lead: Caller, path: GrantPath, body: ChangeGrant) -> Grant:
    """Change a grant's roles or dates"""
    return grants.change_grant(ports, lead, **sent_fields(path), request=body)
