"""Pause an engagement for its client, and lift the pause with its code.

Leads can make links to the client's page too. So a link alone lifts nothing: each press of the
button adds a lock, and only the code of that press removes it. The pause ends with its last lock.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, FactsChanged
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import (
    MAX_LOCKS,
    Block,
    Listing,
    Lock,
    begin_block,
    count_wrong_code,
    find_lock,
    lift_block,
)
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, build_entry, record, retry_on_conflict
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record, store_block
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions


def pause(ports: Ports, client: SystemActor, engagement: str, code_hash: str) -> Block:
    """Pause the engagement, with a lock that this code opens. Withhold the vends in progress.

    Return the block, which counts the sessions that may be alive. If the pause has the lock
    already, only complete what an earlier attempt left undone. Raise Conflict if the pause has too
    many locks.
    """

    def attempt(client: SystemActor) -> Block:
        current = read_block(ports, engagement)
        if current is not None and current.is_in_force and find_lock(current, code_hash):
            return current
        return _add_lock(ports, client, engagement, current, code_hash)

    def finish(client: SystemActor) -> Block:
        current = read_block(ports, engagement)
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        return finish_pause(ports, client, current)

    retry_on_conflict(ports, client, attempt)
    return retry_on_conflict(ports, client, finish)


def finish_pause(ports: Ports, by: SystemActor, block: Block) -> Block:
    """Withhold the vends that the pause interrupted, count the sessions that may be alive, and
    request their cut-offs.

    Return the finished block. Raise Conflict if someone changed the block meanwhile.
    """
    if block.is_finished:
        return block
    alive = withhold_and_list_sessions(
        ports,
        by,
        block,
        block.began_at,
        cut_off=CutOffScope.EVERYONE,
        requested_by=block.began_by,
    )
    listing = Listing(
        alive=alive.alive, last_moment=alive.last_moment, listed_at=ports.now(), cursor=""
    )
    # If a cut-off could not be recorded, the job that finishes blocks records it.
    finished = next_version(block, listing=listing, is_finished=not alive.cut_offs_missing)
    store_block(ports, finished)
    return finished


def lift_pause(ports: Ports, client: SystemActor, engagement: str, code_hash: str) -> Block:
    """Remove the lock that this code opens. Without further locks, lift the pause. Return the
    block.

    Raise AccessDenied if the code opens no lock, and Conflict if the engagement is not paused, or
    after too many wrong codes.
    """

    compared = False
    tried_entry: Entry | None = None

    def attempt(client: SystemActor) -> Block:
        nonlocal compared, tried_entry
        current = read_block(ports, engagement)
        if current is not None and current.entry == tried_entry:
            return current  # an earlier attempt stored the change, and its answer was lost
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        if not compared:
            current = _count_code(ports, current)
            compared = True
        lock = find_lock(current, code_hash)
        if lock is None:
            _record_refusal(ports, client, engagement)
            raise AccessDenied(Reason.LIFT_CODE_REFUSED)
        changed = _without_lock(ports, client, current, lock)
        tried_entry = changed.entry
        return store_and_record(ports, client, changed)

    return retry_on_conflict(ports, client, attempt)


def _count_code(ports: Ports, block: Block) -> Block:
    """Count a code before it is compared, and return the stored block. Raise Conflict after too
    many wrong codes."""
    counted = count_wrong_code(block, ports.now())
    if counted is None:
        raise Conflict(Reason.TOO_MANY_WRONG_CODES)
    try:
        # Not `store_block`: another request's count may look the same, and is not this one's.
        ports.state.save(counted)
    except FactsChanged:
        raise Conflict(Reason.CHANGED_MEANWHILE) from None
    return counted


def _add_lock(
    ports: Ports, client: SystemActor, engagement: str, current: Block | None, code_hash: str
) -> Block:
    """Store and record the pause with another lock, and return it."""
    earlier_locks = current.locks if current is not None and current.is_in_force else ()
    if len(earlier_locks) >= MAX_LOCKS:
        raise Conflict(Reason.TOO_MANY_LOCKS)
    details = {"link": client.token_id, "codes": str(len(earlier_locks) + 1)}
    operation = Operation(action=Action.PAUSE_BEGIN, engagement=engagement, details=details)
    entry = build_entry(ports, client, operation)
    lock = Lock(code_hash=code_hash, at=entry.at, link=client.token_id)
    if current is not None and earlier_locks:
        block = next_version(current, locks=(*earlier_locks, lock), entry=entry, is_recorded=False)
    else:
        block = replace(begin_block(current, entry, scope=engagement, reason=""), locks=(lock,))
    return store_and_record(ports, client, block)


def _without_lock(ports: Ports, client: SystemActor, block: Block, lock: Lock) -> Block:
    """Return the pause without this lock. Without further locks, it is lifted."""
    locks = tuple(each for each in block.locks if each != lock)
    details = {"link": client.token_id, "codes_left": str(len(locks)) if locks else ""}
    operation = Operation(action=Action.PAUSE_LIFT, engagement=block.scope, details=details)
    entry = build_entry(ports, client, operation)
    if not locks:
        return lift_block(block, entry)
    return next_version(block, locks=locks, wrong_codes=0, entry=entry, is_recorded=False)


def _record_refusal(ports: Ports, client: SystemActor, engagement: str) -> None:
    """Record on the trail that Daypass refused a code. The number of such entries is limited,
    because Daypass compares few wrong codes."""
    operation = Operation(
        action=Action.PAUSE_LIFT,
        outcome=Outcome.REFUSED,
        reason=Reason.LIFT_CODE_REFUSED,
        engagement=engagement,
        details={"link": client.token_id},
    )
    record(ports, client, operation)
