"""Freeze everything, and lift the freeze.

Any lead can freeze. The answer comes at once: a freeze does not read the vends in progress, which
can be in every engagement. Each of them ends within LONGEST_VEND, and a vend that decides after the
freeze is stored is refused. `usecases.vending.blocks.finishing` then lists what may be alive.

Two leads lift a freeze: the first requests it, and the second confirms.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.moments import round_up_to_second
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import EVERYTHING, Block, begin_block
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import build_entry, retry_on_conflict
from chalicelib.usecases.vending.blocks.lifting import check_is_still_lead, lift_as_leads
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record


def freeze(ports: Ports, lead: Caller, *, why: str) -> Block:
    """Freeze everything, and return the block. If everything is frozen already, change nothing."""

    def attempt(lead: Caller) -> Block:
        current = read_block(ports, EVERYTHING)
        if current is not None and current.is_in_force:
            return current
        check_is_still_lead(ports, lead)
        operation = Operation(action=Action.FREEZE_BEGIN, details={"said": why})
        entry = build_entry(ports, lead, operation)
        block = begin_block(current, entry, scope=EVERYTHING, reason=why)
        return store_and_record(ports, lead, block)

    started_at = ports.now()
    block = retry_on_conflict(ports, lead, attempt)
    return _confirm_time(ports, block) if block.began_at >= started_at else block


def find_freeze(ports: Ports) -> Block | None:
    """Return the block of everything, in force or lifted. None: there never was one."""
    return ports.state.get(Block, EVERYTHING)


def thaw(ports: Ports, lead: Caller, *, why: str) -> Block:
    """Request to lift the freeze or, if another lead has requested it, lift it (`lift_as_leads`).
    Return the block."""
    return lift_as_leads(ports, lead, EVERYTHING, why=why)


def _confirm_time(ports: Ports, block: Block) -> Block:
    """Return the new block with a time at which it was stored for certain.

    A new block assumes that it is stored within seconds. If that took longer, correct the time.
    """
    now = round_up_to_second(ports.now())
    if block.in_force_at >= now:
        return block
    corrected = next_version(block, in_force_at=now)
    with suppress(FactsChanged, Unavailable):
        ports.state.save(corrected)
    return corrected
