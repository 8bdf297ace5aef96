"""For leads: engagements."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import engagements

blueprint = Blueprint(__name__)


class EngagementList(Thing, frozen=True):
    engagements: tuple[Engagement, ...]


@route(
    blueprint,
    "GET",
    "/v1/engagements",
    summary="All engagements, ended ones included",
    kinds=LEADS,
)
def list_engagements(call: Call, _lead: Caller) -> EngagementList:
    return EngagementList(tuple(call.ports.state.engagements()))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}",
    summary="One engagement",
    kinds=LEADS,
    named=OneEngagement,
)
def show_engagement(call: Call, _lead: Caller) -> Engagement:
    return engagements.find_engagement(call.ports, call.path.engagement)


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}",
    summary="Change an engagement's dates or the client's name",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CHANGE,
    named=OneEngagement,
    body=ChangeEngagement,
)
def change_engagement(call: Call, lead: Caller) -> Engagement:
    return engagements.change_engagement(call.ports, lead, call.path.engagement, call.body)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/close",
    summary="Close an engagement: the work is done",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CLOSE,
    named=OneEngagement,
    body=Because,
)
def close_engagement(call: Call, lead: Caller) -> Revocation:
    why = call.body.reason
    return engagements.close_engagement(call.ports, lead, call.path.engagement, why=why)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/revoke",
    summary="Revoke an engagement: something is wrong, nobody gets in from now on",
    kinds=LEADS,
    action=Action.ENGAGEMENT_REVOKE,
    named=OneEngagement,
    body=Because,
)
def revoke_engagement(call: Call, lead: Caller) -> Revocation:
    why = call.body.reason
    return engagements.revoke_engagement(call.ports, lead, call.path.engagement, why=why)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/reopen",
    summary="Undo a close or a revocation",
    kinds=LEADS,
    action=Action.ENGAGEMENT_REOPEN,
    named=OneEngagement,
    body=Because,
)
def reopen_engagement(call: Call, lead: Caller) -> Engagement:
    why = call.body.reason
    return engagements.reopen_engagement(call.ports, lead, call.path.engagement, why=why)
