"""Leads' routes: see a client's pause, and lift it without its code."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.pause_status import PauseStatus
from chalicelib.entrypoints.http.requests import EngagementPath, ReasonBody
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.pause import find_pause, lift_pause_as_leads

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


@readers.get("/v1/engagements/{engagement}/pause")
def show_pause(ports: Ports, path: EngagementPath) -> PauseStatus:
    """Show whether the client has paused the engagement, and a lead's request to lift that"""
    return PauseStatus.from_block(find_pause(ports, path.engagement), ports.now())


@leads.post("/v1/engagements/{engagement}/lift-pause", Action.PAUSE_LIFT_REQUEST)
def lift_pause(ports: Ports, lead: Caller, path: EngagementPath, body: ReasonBody) -> PauseStatus:
    """Ask to lift the client's pause without its code, or confirm another lead's request after 24
    hours. The client can refuse meanwhile"""
    pause = lift_pause_as_leads(ports, lead, path.engagement, why=body.reason)
    return PauseStatus.from_block(pause, ports.now())
