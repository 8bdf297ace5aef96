"""Routes to open a role oneself in an emergency, and to review that."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import ReasonBody, RequestPath, RolePath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import emergencies

blueprint = Blueprint(__name__)
members = Routes(blueprint, EVERYONE)
leads = Routes(blueprint, LEADS)


@members.post(
    "/v1/engagements/{engagement}/roles/{role}/emergency", Action.EMERGENCY_BEGIN, status=201
)
def open_emergency(
    ports: Ports, caller: Caller, path: RolePath, body: OpenEmergency
) -> RequestView:
    """Open a role yourself in an emergency, for an hour at most. Every lead is notified"""
    return emergencies.open_emergency(ports, caller, path.engagement, path.role, body)


@leads.post("/v1/requests/{request}/review", Action.EMERGENCY_REVIEW)
def review_emergency(
    ports: Ports, lead: Caller, path: RequestPath, body: ReasonBody
) -> RequestView:
    """Write the review of an emergency. Its member can then open another"""
    return emergencies.review_emergency(ports, lead, path.request, why=body.reason)
