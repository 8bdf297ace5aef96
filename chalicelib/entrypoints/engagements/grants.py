"""For leads: who may enter which engagement."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.fields import (
    ENGAGEMENT_ID,
    MEMBER_ID,
    ROLE_NAME,
    WHY,
    Fields,
    Several,
)
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import listed
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Moment
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import engagements, grants

blueprint = Blueprint(__name__)

ROLES = Several(ROLE_NAME, 20, "The roles that the member may draw sessions of.")
STARTS = Moment("From when on; now unless given.")
ENDS = Moment("Until when; the engagement's end unless given.")
ALL = {"engagement": ENGAGEMENT_ID}
ONE = {"engagement": ENGAGEMENT_ID, "member": MEMBER_ID}


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/grants",
    summary="Let a member in: these roles, from–to",
    kinds=LEADS,
    action=Action.GRANT_CREATE,
    params=ALL,
    body=Fields(
        {"member": MEMBER_ID, "roles": ROLES, "starts_at": STARTS, "ends_at": ENDS},
        required=("member", "roles"),
    ),
    status=201,
    gives=shapes.GRANT,
)
def create_grant(call: Call, lead: Caller) -> Json:
    return shapes.grant(grants.create_grant(call.ports, lead, **call.path, **call.body))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/grants",
    summary="The engagement's grants, ended ones included",
    kinds=LEADS,
    params=ALL,
    gives=listed("grants", shapes.GRANT),
)
def list_grants(call: Call, _lead: Caller) -> Json:
    place = engagements.find_engagement(call.ports, call.path["engagement"])
    return {"grants": [shapes.grant(one) for one in call.ports.state.grants_for(place.id)]}


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/grants/{member}",
    summary="One member's grant",
    kinds=LEADS,
    params=ONE,
    gives=shapes.GRANT,
)
def show_grant(call: Call, _lead: Caller) -> Json:
    return shapes.grant(grants.find_grant(call.ports, **call.path))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/grants/{member}",
    summary="Change a grant's roles or dates",
    kinds=LEADS,
    action=Action.GRANT_CHANGE,
    params=ONE,
    body=Fields({"roles": ROLES, "starts_at": STARTS, "ends_at": ENDS}, least=1),
    gives=shapes.GRANT,
)
def change_grant(call: Call, lead: Caller) -> Json:
    return shapes.grant(grants.change_grant(call.ports, lead, **call.path, **call.body))


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/grants/{member}/revoke",
    summary="Revoke a grant",
    kinds=LEADS,
    action=Action.GRANT_REVOKE,
    params=ONE,
    body=Fields({"reason": WHY}, required=("reason",)),
    gives=shapes.REVOCATION,
)
def revoke_grant(call: Call, lead: Caller) -> Json:
    done = grants.revoke_grant(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.revocation(done)
