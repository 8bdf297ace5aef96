"""Store blocks (`domain.vending.blocks`), and record their trail entries.

A block is stored first, and keeps its trail entry. If a function is killed before it records the
entry, the next change of the block or the job records it.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    Actor,
    as_system_actor,
    record_entry,
    retry_on_conflict,
)


def read_block(ports: Ports, scope: str) -> Block | None:
    """Return the block of this scope, in force or lifted, with its entry on the trail. Return None
    if there never was one."""
    block = ports.state.get(Block, scope)
    return block if block is None or block.is_recorded else record_block(ports, block)


def store_block(ports: Ports, block: Block) -> None:
    """Store the block. Raise Conflict if someone stored another version meanwhile."""
    try:
        ports.state.save(block)
    except (FactsChanged, Unavailable) as error:
        # The write may have succeeded although its answer was lost.
        stored = ports.state.get(Block, block.scope)
        if stored == block:
            return
        if isinstance(error, Unavailable):
            raise
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


def store_and_record(ports: Ports, by: Actor, block: Block) -> Block:
    """Store the block with its new entry, and record the entry. Return the stored block.

    Raise Conflict if someone stored another version meanwhile, and Unavailable if DynamoDB does not
    answer. The block may be stored nevertheless.
    """
    store_block(ports, block)
    return retry_on_conflict(ports, as_system_actor(by), lambda _: record_block(ports, block))


def record_block(ports: Ports, block: Block) -> Block:
    """Record the block's entry, and return the block as recorded."""
    record_entry(ports, block.entry)
    recorded = next_version(block, is_recorded=True)
    try:
        ports.state.save(recorded)
    except (FactsChanged, Unavailable):
        # Harmless: the next change of the block or the job records the entry again.
        with suppress(Unavailable):
            return ports.state.get(Block, block.scope) or block
        return block
    return recorded
