"""Recognise who is asking, and let in those whose kind may do what they ask."""

from __future__ import annotations

from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, Unrecognised
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller, Denied, recognise
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.recording import new_entry

ANYBODY = frozenset(Kind)
LEADS = frozenset({Kind.LEAD})
READERS = frozenset({Kind.LEAD, Kind.AUDITOR})

_UNRECOGNISED = frozenset({Reason.TOKEN_UNKNOWN, Reason.TOKEN_EXPIRED, Reason.TOKEN_REVOKED})


def admit(ports: Ports, asking: Asking, kinds: frozenset[Kind], action: Action) -> Caller:
    """Give the caller, or refuse: Unrecognised (whose token is no good), AccessDenied.

    A refusal is recorded if Daypass knows whose token it was. An unknown token is not: anybody
    could fill the trail with those.
    """
    token, member = ports.state.who(asking.presented)
    caller = recognise(token, member, asking.presented, ports.now())
    if isinstance(caller, Denied):
        reason = caller.reason
    elif caller.member.kind in kinds:
        return caller
    else:
        reason = Reason.LEAD_ONLY if kinds == LEADS else Reason.LEAD_OR_AUDITOR_ONLY
    if reason is not Reason.TOKEN_UNKNOWN:
        details = {"address": asking.address}
        actor = asking.presented.member
        ports.trail.record(
            new_entry(ports, actor, action, Outcome.REFUSED, reason=reason, details=details)
        )
    raise refusal(reason)


def refusal(reason: Reason) -> DaypassError:
    """The error that says a rule's no: we do not know you, or we know you and no."""
    if reason in _UNRECOGNISED:
        return Unrecognised(reason)
    if reason is Reason.CHANGED_MEANWHILE:
        return Conflict(reason)
    return AccessDenied(reason)
