"""Routes to see the freeze of everything, and to lift it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.entrypoints.http.requests import ReasonBody
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.blocks import freezing

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


@readers.get("/v1/freeze")
def show_shut_role(ports: Ports) -> FreezeStatus:
    """Show whether Daypass is frozen, and the sessions that may still be alive"""
    return FreezeStatus.from_block(freezing.find_freeze(ports), ports.now())


@leads.post("/v1/thaw", Action.FREEZE_LIFT_REQUEST)
def thaw(ports: Ports, lead: Caller, body: ReasonBody) -> FreezeStatus:
    """Ask to lift the freeze, or confirm another lead's request. It takes two leads"""
    return FreezeStatus.from_block(freezing.thaw(ports, lead, why=body.reason), ports.now())
