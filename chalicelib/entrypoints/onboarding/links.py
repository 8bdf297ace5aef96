"""For leads: the link to the client's page, and another external ID."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http import setup_shapes, shapes
from chalicelib.entrypoints.http.fields import LINK_ID, ONE_ENGAGEMENT, REASON, Fields
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import listed
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Moment
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import links

blueprint = Blueprint(__name__)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/links",
    summary="Make the link to the client's page; it is in this answer and nowhere else",
    kinds=LEADS,
    action=Action.LINK_CREATE,
    params=ONE_ENGAGEMENT,
    body=Fields({"expires_at": Moment("Until when: 14 days unless given, 90 at most.")}),
    status=201,
    gives=setup_shapes.NEW_LINK,
)
def create_link(call: Call, lead: Caller) -> Json:
    made = links.create_link(call.ports, lead, **call.path, **call.body)
    return setup_shapes.new_link(made, call.base_url)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/links",
    summary="The links that were made for the client, dead ones included",
    kinds=LEADS,
    params=ONE_ENGAGEMENT,
    gives=listed("links", setup_shapes.LINK),
)
def list_links(call: Call, _lead: Caller) -> Json:
    return {"links": [setup_shapes.link(one) for one in links.links_of(call.ports, **call.path)]}


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/links/{link}/revoke",
    summary="Withdraw a link: the page is gone for whoever has it",
    kinds=LEADS,
    action=Action.LINK_REVOKE,
    params={**ONE_ENGAGEMENT, "link": LINK_ID},
    body=REASON,
    gives=setup_shapes.LINK,
)
def revoke_link(call: Call, lead: Caller) -> Json:
    gone = links.revoke_link(call.ports, lead, **call.path, why=call.body["reason"])
    return setup_shapes.link(gone)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/rotate",
    summary="Begin to rotate the external ID; the checks of the roles take it further",
    kinds=LEADS,
    action=Action.EXTERNAL_ID_ROTATE,
    params=ONE_ENGAGEMENT,
    body=REASON,
    gives=shapes.ENGAGEMENT,
)
def rotate(call: Call, lead: Caller) -> Json:
    # Here and not above, as in `setup`: no vend should wait for it.
    from chalicelib.usecases.verification import rotation

    return shapes.engagement(
        rotation.rotate(call.ports, lead, **call.path, why=call.body["reason"])
    )
