"""Queued commands in Slack, such as a revocation: start a pending action, and carry it out.

An action waits for a confirmation: a lead, or the member who typed the command, presses a button.
The Lambda function SlackWork then carries the action out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from chalicelib.domain.errors import (
    Conflict,
    DaypassError,
    FactsChanged,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.values import next_version
from chalicelib.usecases.admission import Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.authentication import SlackRequest, find_request_origin
from chalicelib.usecases.slack.commands import QUEUED
from chalicelib.usecases.slack.ports import SlackPorts


class StillRunning(Exception):
    """Another invocation of SlackWork may be carrying out the action. Lambda must try again."""


def answer_confirmation(
    slack: SlackPorts, request: SlackRequest, *, is_start: bool
) -> PendingAction:
    """Start or cancel the action whose button was pressed, and return the action.

    Any lead may press a button, or only the member who typed a personal command, and only the first
    press counts. After a start, a later press of the start button invokes SlackWork again if no
    invocation is working on the action.

    Raise Conflict for an action that does not exist, whose confirmation has expired, or that is
    another member's. Raise Unavailable if SlackWork may not have been invoked.
    """
    ports = slack.ports
    origin = find_request_origin(ports, request.user)
    pending = find_pending_action(ports, hash_of(request.value))
    member = _admit(ports, origin, pending)
    if not pending.is_answered:
        if not pending.can_be_answered(ports.now()):
            raise Conflict(Reason.CONFIRMATION_EXPIRED)
        answer = _build_start_fields(ports, origin) if is_start else {"cancelled_by": member.actor}
        with suppress(FactsChanged):  # an earlier press counts, or this write took two tries
            ports.state.save(next_version(pending, **answer))
        pending = find_pending_action(ports, pending.hash)
    if is_start and pending.needs_new_run(ports.now()):
        slack.queue.enqueue(pending.hash, request.response_url)
    return pending


def carry_out_action(ports: Ports, hash: str) -> tuple[PendingAction | None, Unavailable | None]:
    """Carry out a started action, unless it has been carried out already.

    Return the action with its outcome, or None if there was nothing to do. If an error leaves it
    unknown whether the action was done, return that error as the second value.

    Raise StillRunning if another invocation may be working on the action.
    """
    pending = find_pending_action(ports, hash)
    if not pending.started_by or pending.ended_at is not None:
        return None, None
    if pending.is_running(ports.now()):
        raise StillRunning
    claimed = next_version(pending, claimed_at=ports.now())
    try:
        ports.state.save(claimed)
    except FactsChanged:
        raise StillRunning from None
    outcome, failure = _run_action(ports, claimed)
    ended = next_version(claimed, ended_at=ports.now(), outcome=outcome)
    with suppress(FactsChanged, Unavailable):  # the caller posts the outcome in any case
        ports.state.save(ended)
    return ended, failure


def find_pending_action(ports: Ports, hash: str) -> PendingAction:
    """Return the pending action with this hash. Raise Conflict if it is no longer stored."""
    pending = ports.state.get(PendingAction, hash)
    if pending is None:
        raise Conflict(Reason.CONFIRMATION_EXPIRED)
    return pending


def _run_action(ports: Ports, pending: PendingAction) -> tuple[str, Unavailable | None]:
    """Run the action as the member who started it, and return the text of its outcome.

    The second value is the error that left unknown whether the action was done, or None.
    """
    if pending.is_too_late(ports.now()):
        text = (
            "Daypass could not start the action in time, so this attempt did nothing. Type the"
            " command again."
        )
        return text, None
    origin = RequestOrigin(
        PresentedToken(pending.started_by, pending.started_with), pending.started_from
    )
    try:
        member = _admit(ports, origin, pending)
        return QUEUED[pending.parsed.command].run(ports, member, pending), None
    except Unauthenticated:
        text = (
            f"Nothing was done. {pending.started_by} is no longer linked to this Slack user."
            " Another lead can type the command again."
        )
        return text, None
    except Unavailable as error:
        text = (
            "Daypass does not know whether the action was done, wholly or in part."
            f" {error.text(Surface.SLACK)} Type the command again: that is safe even if the action"
            " was done."
        )
        return text, error
    except DaypassError as error:
        return f"Nothing was done. {error.text(Surface.SLACK)}", None


def _admit(ports: Ports, origin: RequestOrigin, pending: PendingAction) -> Caller:
    """Return the member who sent the request. Raise an error if they may not take this action."""
    command, target = QUEUED[pending.parsed.command], build_command_target(pending.parsed)
    caller = admit(ports, origin, command.kinds, command.action, target=target)
    if command.is_personal and caller.actor != pending.requested_by:
        raise Conflict(Reason.CONFIRMATION_EXPIRED)
    return caller


def build_command_target(parsed: ParsedCommand) -> Target:
    """Return what the command names, such as a member. A refusal's trail entry shows it."""
    member = parsed.member
    details = {"slack_user": member.slack_user, "request": parsed.request}
    return Target(engagement=parsed.engagement, role=parsed.role, member=member.id, details=details)


def _build_start_fields(ports: Ports, origin: RequestOrigin) -> dict[str, Any]:
    """Return the fields of a pending action that record who started it, and when."""
    return {
        "started_by": origin.presented.member,
        "started_with": origin.presented.hash,
        "started_from": origin.address,
        "started_at": ports.now(),
    }
