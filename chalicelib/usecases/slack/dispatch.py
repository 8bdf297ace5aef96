"""Answer typed commands and pressed buttons of Slack users.

Authenticate the sender, and call the handler of the command or the button.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.one_time_secrets import hash_of
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
from chalicelib.domain.slack.pending import VALUE_BYTES, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import admit
from chalicelib.usecases.slack import queued_commands
from chalicelib.usecases.slack.authentication import (
    SlackRequest,
    find_request_origin,
    refuse_replay,
    resolve_mention,
)
from chalicelib.usecases.slack.commands import COMMANDS
from chalicelib.usecases.slack.commands.declared import (
    Call,
    MemberCommand,
    QueuedCommand,
    WorkspaceCommand,
)
from chalicelib.usecases.slack.ports import SlackPorts

START, CANCEL = "do", "leave"
"""The IDs of the two buttons below the text that asks for a confirmation."""


def answer_command(slack: SlackPorts, request: SlackRequest) -> Message:
    """Return the answer to a typed command. If Daypass refuses the command, raise the error."""
    ports = slack.ports
    try:
        parsed = parse_command(request.text, ports.now(), COMMANDS)
    except ValueError as mistake:
        return message(str(mistake))
    command = next(command for command in COMMANDS if command.name == parsed.command)
    if isinstance(command, WorkspaceCommand):
        if command.action is not Action.READ:
            refuse_replay(ports, request.signature)
        return command.answer(ports, request, parsed)
    origin = find_request_origin(ports, request.user)
    target = queued_commands.build_command_target(parsed)
    caller = admit(ports, origin, command.kinds, command.action, target=target)
    if command.action is not Action.READ:
        refuse_replay(ports, request.signature)
    member = resolve_mention(ports, request.user.team, parsed.member)
    parsed = replace(parsed, member=member)
    call = Call(ports=ports, request=request, parsed=parsed, origin=origin, caller=caller)
    if isinstance(command, MemberCommand):
        return command.answer(call)
    return _ask_to_confirm(call, command)


def _ask_to_confirm(call: Call, command: QueuedCommand) -> Message:
    """Store the pending action, and return the message that asks for its confirmation."""
    ports = call.ports
    paragraphs, button_value = command.build_confirmation(call), ports.random(VALUE_BYTES).hex()
    pending = PendingAction(
        hash=hash_of(button_value),
        parsed=call.parsed,
        requested_by=call.caller.actor,
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
        context("Nothing has been done yet. You can confirm within ten minutes."),
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
    pending = queued_commands.answer_confirmation(slack, request, is_start=request.button == START)
    if pending.cancelled_by:
        lead = escape(pending.cancelled_by)
        return build_replacement_message(
            f"{_build_title(pending)}: cancelled by {lead}. Nothing was done."
        )
    return (
        build_outcome_message(pending)
        if pending.ended_at is not None
        else build_replacement_message(_build_started_text(pending))
    )


def build_outcome_message(pending: PendingAction) -> Message:
    """Return a message with the outcome of a queued command and the member who started it."""
    text = join_fitting_lines([escape(line, 600) for line in pending.outcome.splitlines()])
    return build_replacement_message(
        f"{_build_title(pending)}, by {escape(pending.started_by)}", text
    )


def _build_started_text(pending: PendingAction) -> str:
    """Return the text for an action that was started and has no outcome yet."""
    lead = escape(pending.started_by)
    return f"{_build_title(pending)}: started by {lead}. The outcome appears here."


def _build_title(pending: PendingAction) -> str:
    """Return the action's command and what it names, such as *revoke grant* `bob
    hooli`. A freeze names nothing."""
    parsed = pending.parsed
    names = (parsed.member.id, parsed.engagement, parsed.role, parsed.request)
    target = " ".join(filter(None, names))
    return f"*{parsed.command}*{f' {code(target)}' if target else ''}"
