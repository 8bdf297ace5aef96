"""Routes to see the freeze of everything, and to lift it."""

from __future__ import annotations

from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.blocks import freezing

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


@readers.get("/v1/freeze")
def show_freeze(ports: Ports) -> FreezeStatus:
    """Show whether Daypass is frozen, and the sessions that may still be alive"""
    return FreezeStatus.from_block(freezing.find_freeze(ports), ports.now())
