"""Freeze everything, and lift the freeze.

Any lead can freeze. The answer comes at once: a freeze does not read the vends in progress, which
can be in every engagement. Each of them ends within LONGEST_VEND, and a vend that decides after the
freeze is stored is refused. `usecases.vending.run_cut_offs` then lists what may be active.

Two leads lift a freeze: the first requests it, and the second confirms.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.errors import AccessDenied, Conflict, FactsChanged, Reason, Unavailable
from chalicelib.domain.moments import rfc3339, round_up_to_second, utc_text
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import (
    EVERYTHING,
    Block,
    LiftRequest,
    begin_block,
    build_lift_request,
    lift_block,
)
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import build_entry, reauthenticate, record, retry_on_conflict
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
    # If this call began the freeze, correct the time at which it is certainly in force.
    return _confirm_time(ports, block) if block.began_at >= started_at else block


def find_freeze(ports: Ports) -> Block | None:
    """Return the block of everything, in force or lifted. Return None if there never was one."""
    return ports.state.get(Block, EVERYTHING)


def thaw(ports: Ports, lead: Caller, *, why: str) -> Block:
    """Request to lift the freeze or, if another lead has requested it, lift it (`lift_as_leads`).
    Return the block."""
    return lift_as_leads(ports, lead, EVERYTHING, why=why)


def _confirm_time(ports: Ports, block: Block) -> Block:
    """Return the block that was stored just now, with a time from which it is certainly in force.

    Its `in_force_at` assumes that it was stored within seconds. If that took longer, correct the
    time. If the correction cannot be stored, the lead still sees the correct time.
    """
    now = round_up_to_second(ports.now())
    if block.in_force_at >= now:
        return block
    corrected = next_version(block, in_force_at=now)
    with suppress(FactsChanged, Unavailable):
        ports.state.save(corrected)
    return corrected


def lift_as_leads(ports: Ports, lead: Caller, scope: str, *, why: str) -> Block:
    """Request that the block be lifted. If another lead has already requested that, lift it. Return
    the block. `scope` is the ID of a paused engagement, or EVERYTHING, which is empty, for the
    freeze.

    A request counts until it lapses, and only while its lead stays an active lead. A second request
    by the same lead changes nothing. What was cut off stays cut off. Raise Conflict if no block is
    in force, or if the client can still refuse the request to lift its pause. Raise AccessDenied if
    it is a pause and the confirming lead's right is too new: the first lead could have created that
    lead in order to lift the client's pause.
    """

    def attempt(lead: Caller) -> Block:
        current = read_block(ports, scope)
        if current is not None and current.lifted_by == lead.actor:
            # The answer to the request that lifted the block may have been lost. The lead gets the
            # same answer until a new block begins, which has not been lifted by anyone.
            return current
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED if scope else Reason.NOT_FROZEN)
        request = find_valid_request(ports, current)
        if request is not None and request.lead == lead.actor:
            return current
        check_is_still_lead(ports, lead)
        if request is None:
            return store_and_record(ports, lead, _with_request(ports, lead, current, why))
        # Only a client can refuse, so a second lead can confirm a request to lift a freeze at once,
        # even if this clock is behind the clock of the request.
        if scope and ports.now() < request.counts_from:
            raise Conflict(
                Reason.LIFT_TOO_SOON,
                f"The client can refuse this until {utc_text(request.counts_from)}. Confirm it"
                " after that.",
            )
        if scope and ports.now() < lead.counts_from:
            reason = Reason.RIGHT_TOO_NEW
            refusal = build_refusal(Action.PAUSE_LIFT, reason, Target(engagement=scope))
            record(ports, lead, refusal)
            raise AccessDenied(reason)
        details = {"said": why, "requested_by": request.lead}
        action = Action.PAUSE_LIFT if scope else Action.FREEZE_LIFT
        operation = Operation(action=action, engagement=scope, details=details)
        lifted = lift_block(current, build_entry(ports, lead, operation))
        return store_and_record(ports, lead, lifted)

    return retry_on_conflict(ports, lead, attempt)


def _with_request(ports: Ports, lead: Caller, current: Block, why: str) -> Block:
    """Return the block with this lead's request to lift it."""
    request = build_lift_request(current, lead.actor, ports.now(), why)
    action, details = Action.FREEZE_LIFT_REQUEST, {"said": why}
    if current.scope:
        action = Action.PAUSE_LIFT_REQUEST
        details["refuse_until"] = rfc3339(request.counts_from)
    operation = Operation(action=action, engagement=current.scope, details=details)
    entry = build_entry(ports, lead, operation)
    return next_version(current, lift_request=request, entry=entry, is_recorded=False)


def find_valid_request(ports: Ports, current: Block) -> LiftRequest | None:
    """Return the request to lift the block that a second lead can still confirm, or None."""
    request = current.find_lift_request(ports.now())
    if request is None:
        return None
    member = ports.state.get(Member, request.lead)
    is_valid = member is not None and member.has_led_continuously_since(request.at)
    return request if is_valid else None


def check_is_still_lead(ports: Ports, lead: Caller) -> None:
    """Raise Conflict unless the caller is still an active lead with a valid token.

    Call this just before the block is stored, because no transaction covers the block and the
    caller's token.
    """
    if reauthenticate(ports, lead) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
