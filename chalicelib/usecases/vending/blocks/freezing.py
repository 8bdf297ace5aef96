"""Freeze everything, and lift the freeze.

Any lead can freeze. The answer comes at once: a freeze does not read the vends in progress, which
can be in every engagement. Each of them ends within LONGEST_VEND, and a vend that decides after the
freeze is stored is refused. `usecases.vending.freeze_list` then lists what may be alive.

Two leads lift a freeze: the first requests it, and the second confirms.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.moments import round_up_to_second
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import (
    EVERYTHING,
    Block,
    LiftRequest,
    begin_block,
    lift_block,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import build_entry, reauthenticate, retry_on_conflict
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record


def freeze(ports: Ports, lead: Caller, *, why: str) -> Block:
    """Freeze everything, and return the block. If everything is frozen already, change nothing."""

    def attempt(lead: Caller) -> Block:
        current = read_block(ports, EVERYTHING)
        if current is not None and current.is_in_force:
            return current
        _check_is_still_lead(ports, lead)
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
    """Request to lift the freeze or, if another lead has requested it, lift it. Return the block.

    A request counts for 24 hours, and only as long as its lead stays an active lead. A second
    request by the same lead changes nothing. Nothing that was cut off comes back. Raise Conflict if
    nothing is frozen.
    """

    def attempt(lead: Caller) -> Block:
        current = read_block(ports, EVERYTHING)
        if current is not None and current.lifted_by == lead.actor:
            return current  # the answer to the request that lifted the freeze may have been lost
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_FROZEN)
        request = _find_valid_request(ports, current)
        if request is not None and request.lead == lead.actor:
            return current
        _check_is_still_lead(ports, lead)
        if request is None:
            return store_and_record(ports, lead, _with_request(ports, lead, current, why))
        details = {"said": why, "requested_by": request.lead}
        operation = Operation(action=Action.FREEZE_LIFT, details=details)
        lifted = lift_block(current, build_entry(ports, lead, operation))
        return store_and_record(ports, lead, lifted)

    return retry_on_conflict(ports, lead, attempt)


def _with_request(ports: Ports, lead: Caller, current: Block, why: str) -> Block:
    """Return the block with this lead's request to lift the freeze."""
    operation = Operation(action=Action.FREEZE_LIFT_REQUEST, details={"said": why})
    entry = build_entry(ports, lead, operation)
    request = LiftRequest(lead=lead.actor, at=entry.at, reason=why)
    return next_version(current, lift_request=request, entry=entry, is_recorded=False)


def _find_valid_request(ports: Ports, current: Block) -> LiftRequest | None:
    """Return the request to lift the freeze that a second lead can confirm now, or None."""
    request = current.lift_request
    if request is None or not request.is_valid(ports.now()):
        return None
    member = ports.state.get(Member, request.lead)
    is_valid = member is not None and member.has_led_continuously_since(request.at)
    return request if is_valid else None


def _check_is_still_lead(ports: Ports, lead: Caller) -> None:
    """Raise Conflict unless the caller is still an active lead with a valid token.

    The block is in no transaction with the caller's token, so look just before it is stored.
    """
    if reauthenticate(ports, lead) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)


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
