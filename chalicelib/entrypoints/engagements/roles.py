"""For leads: the IAM roles of an engagement."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneRole
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import roles
from chalicelib.usecases.engagements.engagements import find_engagement

blueprint = Blueprint(__name__)


class RoleList(Thing, frozen=True):
    roles: tuple[Role, ...]


class OverrideRole(Because, frozen=True, kw_only=True):
    until: Annotated[Moment, Meta(description="Until when: seven days from now at most.")]


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles",
    summary="Name an IAM role of the client's; it is unverified at first",
    kinds=LEADS,
    action=Action.ROLE_CREATE,
    named=OneEngagement,
    body=CreateRole,
    status=201,
)
def create_role(call: Call, lead: Caller) -> Role:
    return roles.create_role(call.ports, lead, call.path.engagement, call.body)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles",
    summary="The engagement's roles, ended ones included",
    kinds=LEADS,
    named=OneEngagement,
)
def list_roles(call: Call, _lead: Caller) -> RoleList:
    place = find_engagement(call.ports, call.path.engagement)
    return RoleList(tuple(call.ports.state.roles(place.id)))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}",
    summary="One role, with what was proven about it",
    kinds=LEADS,
    named=OneRole,
)
def show_role(call: Call, _lead: Caller) -> Role:
    return roles.find_role(call.ports, **sent(call.path))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/roles/{role}",
    summary="Change a role; another ARN makes it unverified",
    kinds=LEADS,
    action=Action.ROLE_CHANGE,
    named=OneRole,
    body=ChangeRole,
)
def change_role(call: Call, lead: Caller) -> Role:
    return roles.change_role(call.ports, lead, **sent(call.path), asked=call.body)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/revoke",
    summary="End a role: no further sessions of it",
    kinds=LEADS,
    action=Action.ROLE_END,
    named=OneRole,
    body=Because,
)
def end_role(call: Call, lead: Caller) -> Revocation:
    return roles.end_role(call.ports, lead, **sent(call.path), why=call.body.reason)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/override",
    summary="Vend from a role that is not proven safe, for a time; it stands on the trail",
    kinds=LEADS,
    action=Action.ROLE_OVERRIDE,
    named=OneRole,
    body=OverrideRole,
)
def override_role(call: Call, lead: Caller) -> Role:
    given = call.body
    return roles.override_role(
        call.ports, lead, **sent(call.path), until=given.until, why=given.reason
    )
