"""Leads' actions in Slack: prepare an action, start it once, and carry it out once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import (
    Conflict,
    DaypassError,
    FactsChanged,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.bindings import binding_hash
from chalicelib.domain.slack.pending import VALUE_BYTES, MemberRef, ParsedCommand, PendingAction
from chalicelib.domain.values import next_version
from chalicelib.usecases.admission import LEADS, Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.authentication import SlackRequest, origin_of
from chalicelib.usecases.slack.commands import lead_action
from chalicelib.usecases.slack.commands.declared import Call, LeadAction
from chalicelib.usecases.slack.ports import SlackPorts


class StillRunning(Exception):
    """Another function may be carrying out the action. AWS Lambda must try again later."""


def prepare(call: Call, command: LeadAction) -> tuple[PendingAction, str]:
    """Return the action, not stored yet, and the value of its buttons.

    Raises what its preconditions raise, and NotFound if a mention belongs to no member.
    """
    ports, value = call.ports, call.ports.random(VALUE_BYTES).hex()
    member = _resolve(ports, call.request.user.team, call.parsed.member)
    pending = PendingAction(
        hash=hash_of(value),
        parsed=replace(call.parsed, member=member),
        requested_by=call.caller.actor,
        requested_at=ports.now(),
    )
    command.preconditions(ports, pending.parsed)
    return pending, value


def start(
    slack: SlackPorts, origin: RequestOrigin, pending: PendingAction, url: str
) -> PendingAction:
    """Store the action, and start it at once. Unavailable if it could not be started."""
    started = replace(pending, **_started(slack.ports, origin))
    slack.ports.state.save(started)
    slack.queue.enqueue(started.hash, url)
    return started


def press(slack: SlackPorts, request: SlackRequest, *, starts: bool) -> PendingAction:
    """Start or cancel the action, and return it.

    Any lead may press, and only the first press counts. A later one invokes the function again if
    no function works on the action. Conflict for an action that does not exist or is too old;
    Unavailable if it could not be started.
    """
    ports = slack.ports
    origin = origin_of(ports, request.user)
    pending = find_pending(ports, hash_of(request.value))
    lead = _admit(ports, origin, pending)
    if not pending.is_answered:
        if not pending.can_be_answered(ports.now()):
            raise Conflict(Reason.CONFIRMATION_EXPIRED)
        answer = _started(ports, origin) if starts else {"cancelled_by": lead.actor}
        with suppress(FactsChanged):  # by an earlier press, or by a retry of this same write
            ports.state.save(next_version(pending, **answer))
        pending = find_pending(ports, pending.hash)
    if starts and pending.needs_function(ports.now()):
        slack.queue.enqueue(pending.hash, request.response_url)
    return pending


def carry_out(ports: Ports, hash: str) -> tuple[PendingAction | None, Unavailable | None]:
    """Carry out a started action once.

    Return the action with its outcome, or None if there is nothing to do; and the error, if one
    left it unknown whether the action was done. StillRunning if another function may be working on
    the action.
    """
    pending = find_pending(ports, hash)
    if not pending.started_by or pending.ended_at is not None:
        return None, None
    if pending.is_running(ports.now()):
        raise StillRunning
    claimed = next_version(pending, claimed_at=ports.now())
    try:
        ports.state.save(claimed)
    except FactsChanged:
        raise StillRunning from None
    outcome, failure = _outcome(ports, claimed)
    ended = next_version(claimed, ended_at=ports.now(), outcome=outcome)
    with suppress(FactsChanged, Unavailable):  # the action is done, and its outcome is posted
        ports.state.save(ended)
    return ended, failure


def find_pending(ports: Ports, hash: str) -> PendingAction:
    pending = ports.state.get(PendingAction, hash)
    if pending is None:
        raise Conflict(Reason.CONFIRMATION_EXPIRED)
    return pending


def _outcome(ports: Ports, pending: PendingAction) -> tuple[str, Unavailable | None]:
    if pending.is_too_late(ports.now()):
        return (
            "Nothing was done: the action could not be started in time. Type the command again.",
            None,
        )
    origin = RequestOrigin(
        PresentedToken(pending.started_by, pending.started_with), pending.started_from
    )
    try:
        lead = _admit(ports, origin, pending)
        return lead_action(pending.parsed.command).run(ports, lead, pending), None
    except Unauthenticated:
        member = pending.started_by
        return f"Nothing was done. {member} is no longer bound to this Slack user.", None
    except Unavailable as error:
        text = (
            "Daypass does not know whether it was done, wholly or in part."
            f" {error.text(Surface.SLACK)} Type the command again: nothing is done twice."
        )
        return text, error
    except DaypassError as error:
        return f"Nothing was done. {error.text(Surface.SLACK)}", None


def _admit(ports: Ports, origin: RequestOrigin, pending: PendingAction) -> Caller:
    action = lead_action(pending.parsed.command).action
    return admit(ports, origin, LEADS, action, target=target_of(pending.parsed))


def target_of(parsed: ParsedCommand) -> Target:
    """Return the target that a refusal's entry names."""
    member = parsed.member
    details = {"slack_user": member.slack_user}
    return Target(engagement=parsed.engagement, role=parsed.role, member=member.id, details=details)


def _resolve(ports: Ports, team: str, ref: MemberRef) -> MemberRef:
    """Replace a mention by the ID of the bound member, suspended or not. NotFound if the Slack user
    is not bound."""
    if not ref.slack_user:
        return ref
    identity = ports.state.get(Identity, binding_hash(team, ref.slack_user))
    if identity is not None:
        binding, member = ports.state.token_and_member(
            PresentedToken(identity.member, identity.token)
        )
        is_valid = binding and binding.revoked_at is None and ports.now() < binding.expires_at
        if is_valid and member is not None:
            return MemberRef(id=member.id)
    raise NotFound(
        Reason.NO_SUCH_MEMBER,
        "This Slack user is not linked to a member. Type the member's ID instead.",
    )


def _started(ports: Ports, origin: RequestOrigin) -> dict[str, Any]:
    return {
        "started_by": origin.presented.member,
        "started_with": origin.presented.hash,
        "started_from": origin.address,
        "started_at": ports.now(),
    }
