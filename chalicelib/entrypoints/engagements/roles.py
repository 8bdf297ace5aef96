"""For leads: the IAM roles of an engagement."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneRole, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import roles
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class RoleList(Thing, frozen=True):
    roles: tuple[Role, ...]
    cursor: NameCursor | None


class OverrideRole(Because, frozen=True, kw_only=True):
    until: Annotated[Moment, Meta(description="Until when: seven days from now at most.")]


@leads.post("/v1/engagements/{engagement}/roles", Action.ROLE_CREATE, status=201)
def create_role(ports: Ports, lead: Caller, path: OneEngagement, body: CreateRole) -> Role:
    """Name an IAM role of the client's; it is unverified at first"""
    return roles.create_role(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/roles")
def list_roles(ports: Ports, path: OneEngagement, query: Paged) -> RoleList:
    """The engagement's roles, ended ones included"""
    place = find_engagement(ports, path.engagement)
    page = ports.state.list(Role, engagement=place.id, **sent(query))
    return RoleList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}/roles/{role}")
def show_role(ports: Ports, path: OneRole) -> Role:
    """One role, with what was proven about it"""
    return roles.find_role(ports, **sent(path))


@leads.patch("/v1/engagements/{engagement}/roles/{role}", Action.ROLE_CHANGE)
def change_role(ports: Ports, lead: Caller, path: OneRole, body: ChangeRole) -> Role:
    """Change a role; another ARN makes it unverified"""
    return roles.change_role(ports, lead, **sent(path), asked=body)


@leads.post("/v1/engagements/{engagement}/roles/{role}/revoke", Action.ROLE_END)
def end_role(ports: Ports, lead: Caller, path: OneRole, body: Because) -> Revocation:
    """End a role: no further sessions of it"""
    return roles.end_role(ports, lead, **sent(path), why=body.reason)


@leads.post("/v1/engagements/{engagement}/roles/{role}/override", Action.ROLE_OVERRIDE)
def override_role(ports: Ports, lead: Caller, path: OneRole, body: OverrideRole) -> Role:
    """Vend from a role that is not proven safe, for a time; it stands on the trail"""
    return roles.override_role(ports, lead, **sent(path), until=body.until, why=body.reason)
