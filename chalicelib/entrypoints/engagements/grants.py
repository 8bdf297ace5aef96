"""For leads: who may enter an engagement."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneGrant
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import grants
from chalicelib.usecases.engagements.engagements import find_engagement

blueprint = Blueprint(__name__)


class GrantList(Thing, frozen=True):
    grants: tuple[Grant, ...]


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/grants",
    summary="Let a member in: these roles, from–to",
    kinds=LEADS,
    action=Action.GRANT_CREATE,
    named=OneEngagement,
    body=CreateGrant,
    status=201,
)
def create_grant(call: Call, lead: Caller) -> Grant:
    return grants.create_grant(call.ports, lead, call.path.engagement, call.body)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/grants",
    summary="The engagement's grants, ended ones included",
    kinds=LEADS,
    named=OneEngagement,
)
def list_grants(call: Call, _lead: Caller) -> GrantList:
    place = find_engagement(call.ports, call.path.engagement)
    return GrantList(tuple(call.ports.state.grants_for(place.id)))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/grants/{member}",
    summary="One member's grant",
    kinds=LEADS,
    named=OneGrant,
)
def show_grant(call: Call, _lead: Caller) -> Grant:
    return grants.find_grant(call.ports, **sent(call.path))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/grants/{member}",
    summary="Change a grant's roles or dates",
    kinds=LEADS,
    action=Action.GRANT_CHANGE,
    named=OneGrant,
    body=ChangeGrant,
)
def change_grant(call: Call, lead: Caller) -> Grant:
    return grants.change_grant(call.ports, lead, **sent(call.path), asked=call.body)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/grants/{member}/revoke",
    summary="Revoke a grant",
    kinds=LEADS,
    action=Action.GRANT_REVOKE,
    named=OneGrant,
    body=Because,
)
def revoke_grant(call: Call, lead: Caller) -> Revocation:
    return grants.revoke_grant(call.ports, lead, **sent(call.path), why=call.body.reason)
