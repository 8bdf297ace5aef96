"""Pause an engagement for its client, and lift the pause with its code.

Leads can make links to the client's page too. So a link alone lifts nothing: each press of the
button adds a lock, and only the code of that press removes it. The pause ends with its last lock.
Without the codes, two leads can lift it (`freezing.lift_as_leads`), unless the client refuses
within a day. Only they can lift a sealed pause: one whose button was pressed more often than it has
locks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, Reason
from chalicelib.domain.trail import Action, Entry, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import (
    Block,
    Listing,
    Lock,
    add_lock,
    begin_block,
    find_lock,
    remove_lock,
)
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, build_entry, record, retry_on_conflict
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record, store_block
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions

PATIENCE = timedelta(seconds=5)
"""How long a press is retried while others change the pause. The page's holder has only this
button, and the others can be a lead who presses it too."""


def pause(ports: Ports, client: SystemActor, engagement: str, code_hash: str) -> Block:
    """Pause the engagement, add a lock that this code opens, and withhold the vends in progress.
    Return the block, which counts the sessions that may be active.

    A lead's request to lift the pause is refused with it. If the pause already has this lock, only
    complete what an earlier attempt left undone. A pause with too many locks is sealed, and does
    not get the lock (`add_lock`).
    """

    def attempt(client: SystemActor) -> Block:
        return _add_lock(ports, client, engagement, code_hash)

    def finish(client: SystemActor) -> Block:
        current = read_block(ports, engagement)
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        return finish_pause(ports, client, current)

    retry_on_conflict(ports, client, attempt, PATIENCE)
    return retry_on_conflict(ports, client, finish, PATIENCE)


def finish_pause(ports: Ports, by: SystemActor, block: Block) -> Block:
    """Withhold the vends that the pause interrupted, count the sessions that may be active, and
    request their cut-offs.

    Return the finished block. Raise Conflict if someone changed the block meanwhile.
    """
    if block.is_finished:
        return block
    revocation = withhold_and_list_sessions(
        ports,
        by,
        block,
        block.began_at,
        cut_off=CutOffScope.EVERYONE,
        requested_by=block.began_by,
    )
    listing = Listing(
        alive=revocation.alive, last_moment=revocation.last_moment, listed_at=ports.now(), cursor=""
    )
    # If a cut-off could not be recorded, the job that finishes blocks records it.
    finished = next_version(block, listing=listing, is_finished=not revocation.cut_offs_missing)
    store_block(ports, finished)
    return finished


def lift_pause(ports: Ports, client: SystemActor, engagement: str, code_hash: str) -> Block:
    """Remove the lock that this code opens. If no lock is left, lift the pause, unless it is
    sealed: only two leads can lift a sealed pause. Return the block. Raise AccessDenied if the code
    opens no lock, and Conflict if the engagement is not paused. The `token_id` of `client` is the
    ID of the link that they used."""

    tried_entry: Entry | None = None

    def attempt(client: SystemActor) -> Block:
        nonlocal tried_entry
        current = read_block(ports, engagement)
        if current is not None and current.entry == tried_entry:
            return current  # an earlier attempt stored the change, and its answer was lost
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        lock = find_lock(current, code_hash)
        if lock is None:
            # The number of such entries is limited, because Daypass accepts only a few wrong codes.
            target = Target(engagement=engagement, details={"link": client.token_id})
            reason = Reason.LIFT_CODE_REFUSED
            record(ports, client, build_refusal(Action.PAUSE_LIFT, reason, target))
            raise AccessDenied(reason)
        codes_left, is_sealed = len(current.locks) - 1, current.is_sealed
        details = {
            "link": client.token_id,
            # A code that lifts the pause leaves the number out.
            "codes_left": str(codes_left) if codes_left or is_sealed else "",
            "sealed": "true" if is_sealed else "",
        }
        operation = Operation(action=Action.PAUSE_LIFT, engagement=engagement, details=details)
        changed = remove_lock(current, lock, build_entry(ports, client, operation))
        tried_entry = changed.entry
        return store_and_record(ports, client, changed)

    return retry_on_conflict(ports, client, attempt)


def _add_lock(ports: Ports, client: SystemActor, engagement: str, code_hash: str) -> Block:
    """Store, record and return the client's pause after a press of its button.

    Each press adds a lock with a code of its own. The pause ends when every lock has been removed
    with its code. A press beyond MAX_LOCKS adds no lock, but seals the pause: then codes do not
    lift it, and only two leads can. A press also refuses a lead's request to lift the pause.
    """
    current = read_block(ports, engagement)
    lock = Lock(code_hash=code_hash, at=ports.now(), link=client.token_id)
    details = {"link": client.token_id, "codes": "1"}
    if current is None or not current.is_in_force:
        entry = _build_begin_entry(ports, client, engagement, details)
        begun = begin_block(current, entry, scope=engagement, reason="")
        return store_and_record(ports, client, replace(begun, locks=(lock,)))
    changed = add_lock(current, lock)
    if changed == current:  # an earlier attempt of this press, or the pause is sealed
        return current
    details["codes"] = str(len(changed.locks))
    if changed.is_sealed:
        details["sealed"] = "true"
    if current.lift_request is not None:
        details["refused"] = current.lift_request.lead
    # The trail records each press with the same action, also if the pause has begun before.
    entry = _build_begin_entry(ports, client, engagement, details)
    return store_and_record(ports, client, replace(changed, entry=entry, is_recorded=False))


def _build_begin_entry(
    ports: Ports, client: SystemActor, engagement: str, details: Mapping[str, str]
) -> Entry:
    operation = Operation(action=Action.PAUSE_BEGIN, engagement=engagement, details=details)
    return build_entry(ports, client, operation)
