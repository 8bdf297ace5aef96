"""Answer typed commands and pressed buttons of Slack users.

Authenticate the sender, and call the handler of the command or the button. A queued command, such
as a revocation, waits for a confirmation: a lead, or the member who typed it, presses a button. The
Lambda function SlackWork then carries the pending action out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import (
    Conflict,
    DaypassError,
    FactsChanged,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.commands import parse_command
from chalicelib.domain.slack.messages import (
    Message,
    build_replacement_message,
    button,
    buttons,
    code,
    context,
    escape,
    join_fitting_lines,
    message,
    section,
)
from chalicelib.domain.slack.pending import VALUE_BYTES, ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.usecases.admission import Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.authentication import (
    SlackPorts,
    SlackRequest,
    find_request_origin,
    refuse_replay,
    resolve_mention,
)
from chalicelib.usecases.slack.commands import COMMANDS, QUEUED
from chalicelib.usecases.slack.commands.declared import (
    Call,
    MemberCommand,
    WorkspaceCommand,
)


class StillRunning(Exception):
    """Another invocation of SlackWork may be carrying out the action. Lambda must try again."""


def answer_confirmation(
    slack: SlackPorts, request: SlackRequest, *, is_start: bool
) -> PendingAction:
    """Start or cancel the action whose button was pressed, and return the action.

    Any lead may answer. Only the member who typed a personal command may answer it. Only the first
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
        answer: dict[str, Any] = {"cancelled_by": member.actor}
        if is_start:
            # SlackWork acts as this member, with the same token and from the same address.
            answer = {
                "started_by": origin.presented.member,
                "started_with": origin.presented.hash,
                "started_from": origin.address,
                "started_at": ports.now(),
            }
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
            f"Nothing was done. {pending.started_by} is no longer linked to this Slack account."
            " Another lead can type the command again."
        )
        return text, None
    except Unavailable as error:
        text = (
            "Daypass does not know whether it completed the action."
            f" {error.text(Surface.SLACK)} Type the command again. This is safe even if the action"
            " was completed."
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


START, CANCEL = "do", "leave"
"""The IDs of the two buttons below the text that asks for a confirmation."""


def answer_command(slack: SlackPorts, request: SlackRequest) -> Message:
    """Return the answer to a typed command. Answer a WorkspaceCommand, which needs no member, and a
    MemberCommand at once. Store any other command, such as a revocation, and return a message that
    asks for its confirmation. If Daypass refuses the command, raise the error."""
    ports = slack.ports
    try:
        parsed = parse_command(request.text, ports.now(), COMMANDS)
    except ValueError as mistake:
        return message(str(mistake))
    command = next(command for command in COMMANDS if command.name == parsed.command)
    if isinstance(command, WorkspaceCommand):
        if command.action is not Action.READ:  # a repeated read does no harm
            refuse_replay(ports, request.signature)
        return command.answer(ports, request, parsed)
    origin = find_request_origin(ports, request.user)
    target = build_command_target(parsed)
    caller = admit(ports, origin, command.kinds, command.action, target=target)
    if command.action is not Action.READ:
        refuse_replay(ports, request.signature)
    member = resolve_mention(ports, request.user.team, parsed.member)
    parsed = replace(parsed, member=member)
    call = Call(ports=ports, request=request, parsed=parsed, origin=origin, caller=caller)
    if isinstance(command, MemberCommand):
        return command.answer(call)
    paragraphs, button_value = command.build_confirmation(call), ports.random(VALUE_BYTES).hex()
    pending = PendingAction(
        hash=hash_of(button_value),
        parsed=parsed,
        requested_by=caller.actor,
        requested_at=ports.now(),
    )
    ports.state.save(pending)
    return message(
        escape("Please confirm"),
        *map(section, paragraphs),
        buttons(
            button(command.button, START, value=button_value, style="danger"),
            button("Cancel", CANCEL, value=button_value),
        ),
        # CONFIRMATION_LIFE
        context("Daypass does nothing until you confirm. You have ten minutes to confirm."),
    )


def answer_press(slack: SlackPorts, request: SlackRequest) -> None:
    """Do what the pressed button says, and post the answer to Slack.

    Slack does not show the HTTP response to a press, so the answer needs a request of its own.
    """
    response: Message | None = message(Reason.BUG.text(Surface.SLACK)) | {"replace_original": False}
    try:
        response = _handle_press(slack, request)
    except DaypassError as error:
        response = message(escape(error.text(Surface.SLACK), 1000))
        response |= {"replace_original": False}
    finally:  # also after a bug, which the caller logs: otherwise Slack would show nothing
        if response is not None:
            slack.responder.respond(request.response_url, response)


def _handle_press(slack: SlackPorts, request: SlackRequest) -> Message | None:
    """Call the handler of the pressed button, and return its answer. Return None to post no answer.

    The button belongs to a member's command, or starts or cancels a queued one.
    """
    for command in COMMANDS:
        if isinstance(command, MemberCommand) and request.button in command.buttons:
            return command.buttons[request.button](slack.ports, request)
    if request.button not in (START, CANCEL):
        raise InvalidRequest(Reason.MALFORMED_BODY)
    pending = answer_confirmation(slack, request, is_start=request.button == START)
    if pending.ended_at is not None:
        return build_outcome_message(pending)
    state = f"started by {escape(pending.started_by)}. The result will appear here."
    if pending.cancelled_by:
        state = f"cancelled by {escape(pending.cancelled_by)}. Nothing was done."
    return build_replacement_message(f"{_build_title(pending)}: {state}")


def build_outcome_message(pending: PendingAction) -> Message:
    """Return a message with the outcome of a queued command and the member who started it."""
    text = join_fitting_lines([escape(line, 600) for line in pending.outcome.splitlines()])
    return build_replacement_message(
        f"{_build_title(pending)}, by {escape(pending.started_by)}", text
    )


def _build_title(pending: PendingAction) -> str:
    """Return the action's command and what it names, such as *revoke grant* `bob
    hooli`. A freeze names nothing."""
    parsed = pending.parsed
    names = (parsed.member.id, parsed.engagement, parsed.role, parsed.request)
    target = " ".join(filter(None, names))
    return f"*{parsed.command}*{f' {code(target)}' if target else ''}"
