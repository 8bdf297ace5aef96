"""Engagements, their roles and grants, for leads; and for everyone, where they may go."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.roles import (
    ChangeRole,
    CreateRole,
    MaxSession,
    RequiresReason,
    Role,
)
from chalicelib.domain.identifiers import AccountId, EngagementId, RoleName
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.text import ClientName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.unverified import role_problem
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
from chalicelib.usecases.engagements import end_lead_changes as changes
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.engagements.end_lead_changes import EndedLeadChanges
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.my_engagements import Place, my_engagements
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
everyone = Routes(blueprint, EVERYONE)


class EngagementList(Value, frozen=True):
    engagements: tuple[Engagement, ...]
    cursor: NameCursor | None


@leads.get("/v1/engagements")
def list_engagements(ports: Ports, query: PageQuery) -> EngagementList:
    """All engagements, ended ones included"""
    page = ports.state.list(Engagement, **sent_fields(query))
    return EngagementList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}")
def show_engagement(ports: Ports, path: EngagementPath) -> Engagement:
    """One engagement"""
    return find_engagement(ports, path.engagement)


@leads.patch("/v1/engagements/{engagement}", Action.ENGAGEMENT_CHANGE)
def change_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ChangeEngagement
) -> Engagement:
    """Change an engagement's dates or the client's name"""
    return engagements.change_engagement(ports, lead, path.engagement, body)


@leads.post("/v1/engagements/{engagement}/close", Action.ENGAGEMENT_CLOSE)
def close_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody
) -> Revocation:
    """Close an engagement: the work is done"""
    return engagements.close_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/engagements/{engagement}/revoke", Action.ENGAGEMENT_REVOKE)
def revoke_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody
) -> Revocation:
    """Revoke an engagement: something is wrong, nobody gets in from now on"""
    return engagements.revoke_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/engagements/{engagement}/reopen", Action.ENGAGEMENT_REOPEN)
def reopen_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody
) -> Engagement:
    """Undo a close or a revocation"""
    return engagements.reopen_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/members/{member}/end-lead-changes", Action.LEAD_CHANGES_END)
def end_lead_changes(
    ports: Ports, lead: Caller, path: MemberPath, body: ReasonBody
) -> EndedLeadChanges:
    """End what a suspended lead set up and that still works; says what is left for people"""
    return changes.end_lead_changes(ports, lead, path.member, why=body.reason)


class RoleList(Value, frozen=True):
    roles: tuple[Role, ...]
    cursor: NameCursor | None


class OverrideRole(ReasonBody, frozen=True, kw_only=True):
    until: Annotated[Moment, Meta(description="Until when: seven days from now at most.")]


@leads.post("/v1/engagements/{engagement}/roles", Action.ROLE_CREATE, status=201)
def create_role(ports: Ports, lead: Caller, path: EngagementPath, body: CreateRole) -> Role:
    """Name an IAM role of the client's; it is unverified at first"""
    return roles.create_role(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/roles")
def list_roles(ports: Ports, path: EngagementPath, query: PageQuery) -> RoleList:
    """The engagement's roles, ended ones included"""
    place = find_engagement(ports, path.engagement)
    page = ports.state.list(Role, engagement=place.id, **sent_fields(query))
    return RoleList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}/roles/{role}")
def show_role(ports: Ports, path: RolePath) -> Role:
    """One role, with what was proven about it"""
    return roles.find_role(ports, **sent_fields(path))


@leads.patch("/v1/engagements/{engagement}/roles/{role}", Action.ROLE_CHANGE)
def change_role(ports: Ports, lead: Caller, path: RolePath, body: ChangeRole) -> Role:
    """Change a role; another ARN makes it unverified"""
    return roles.change_role(ports, lead, **sent_fields(path), asked=body)


@leads.post("/v1/engagements/{engagement}/roles/{role}/revoke", Action.ROLE_END)
def end_role(ports: Ports, lead: Caller, path: RolePath, body: ReasonBody) -> Revocation:
    """End a role: no further sessions of it"""
    return roles.end_role(ports, lead, **sent_fields(path), why=body.reason)


@leads.post("/v1/engagements/{engagement}/roles/{role}/override", Action.ROLE_OVERRIDE)
def override_role(ports: Ports, lead: Caller, path: RolePath, body: OverrideRole) -> Role:
    """Vend from a role that is not proven safe, for a time; it stands on the trail"""
    return roles.override_role(ports, lead, **sent_fields(path), until=body.until, why=body.reason)


class GrantList(Value, frozen=True):
    grants: tuple[Grant, ...]
    cursor: NameCursor | None


@leads.post("/v1/engagements/{engagement}/grants", Action.GRANT_CREATE, status=201)
def create_grant(ports: Ports, lead: Caller, path: EngagementPath, body: CreateGrant) -> Grant:
    """Let a member in: these roles, from–to"""
    return grants.create_grant(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/grants")
def list_grants(ports: Ports, path: EngagementPath, query: PageQuery) -> GrantList:
    """The engagement's grants, ended ones included"""
    place = find_engagement(ports, path.engagement)
    page = ports.state.list(Grant, engagement=place.id, **sent_fields(query))
    return GrantList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}/grants/{member}")
def show_grant(ports: Ports, path: GrantPath) -> Grant:
    """One member's grant"""
    return grants.find_grant(ports, **sent_fields(path))


@leads.patch("/v1/engagements/{engagement}/grants/{member}", Action.GRANT_CHANGE)
def change_grant(ports: Ports, lead: Caller, path: GrantPath, body: ChangeGrant) -> Grant:
    """Change a grant's roles or dates"""
    return grants.change_grant(ports, lead, **sent_fields(path), asked=body)


@leads.post("/v1/engagements/{engagement}/grants/{member}/revoke", Action.GRANT_REVOKE)
def revoke_grant(ports: Ports, lead: Caller, path: GrantPath, body: ReasonBody) -> Revocation:
    """Revoke a grant"""
    return grants.revoke_grant(ports, lead, **sent_fields(path), why=body.reason)


class MyRole(Value, frozen=True, kw_only=True):
    """A role as a member sees it."""

    name: RoleName
    verified: bool
    problem: Annotated[
        str, Meta(description="Why nothing is vended from it now; empty if nothing keeps it.")
    ]
    requires_reason: RequiresReason
    max_session: MaxSession


class MyEngagement(Value, frozen=True, kw_only=True):
    """An engagement as a member sees it, with the time that they have there."""

    id: EngagementId
    client: ClientName
    account_id: AccountId
    open: bool
    granted: bool
    starts_at: Moment
    ends_at: Moment
    roles: tuple[MyRole, ...]


class MyEngagementList(Value, frozen=True):
    engagements: tuple[MyEngagement, ...]
    cursor: NameCursor | None


@everyone.get("/v1/me/engagements")
def list_my_engagements(ports: Ports, caller: Caller, query: PageQuery) -> MyEngagementList:
    """The engagements that you have a grant for, and the roles in it"""
    page = my_engagements(ports, caller, **sent_fields(query))
    return MyEngagementList(tuple(_mine(one) for one in page.items), page.cursor or None)


def _mine(place: Place) -> MyEngagement:
    engagement = place.engagement
    return MyEngagement(
        id=engagement.id,
        client=engagement.client,
        account_id=engagement.account_id,
        open=place.is_open,
        granted=place.is_granted,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        roles=tuple(
            MyRole(
                name=role.name,
                verified=role.proof(engagement) is not None,
                problem=role_problem(role, engagement, place.now),
                requires_reason=role.requires_reason,
                max_session=role.max_session,
            )
            for role in place.roles
        ),
    )
