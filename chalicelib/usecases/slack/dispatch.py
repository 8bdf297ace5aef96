"""Dispatch typed commands and pressed buttons: authenticate the sender, and call the handler."""

from __future__ import annotations

from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.commands import parse
from chalicelib.domain.slack.messages import (
    Message,
    button,
    buttons,
    code,
    context,
    listed,
    message,
    plain,
    replacing,
    section,
)
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import admit
from chalicelib.usecases.slack import lead_actions
from chalicelib.usecases.slack.authentication import (
    SlackRequest,
    origin_of,
    refuse_replay,
)
from chalicelib.usecases.slack.commands import COMMANDS
from chalicelib.usecases.slack.commands.declared import Call, LeadAction, MemberCommand, OpenCommand
from chalicelib.usecases.slack.ports import SlackPorts

START, CANCEL = "do", "leave"
"""The IDs of a confirmation's buttons."""


def answer_command(slack: SlackPorts, request: SlackRequest) -> Message:
    """Return the answer to a typed command. Raises every refusal."""
    ports = slack.ports
    try:
        parsed = parse(request.text, ports.now(), COMMANDS)
    except ValueError as mistake:
        return message(str(mistake))
    command = next(command for command in COMMANDS if command.name == parsed.command)
    if isinstance(command, OpenCommand):
        if command.changes_something:
            refuse_replay(ports, request.signature)
        return command.answer(ports, request, parsed)
    origin = origin_of(ports, request.user)
    caller = admit(
        ports, origin, command.kinds, command.action, target=lead_actions.target_of(parsed)
    )
    if command.action is not Action.READ:
        refuse_replay(ports, request.signature)
    call = Call(ports=ports, request=request, parsed=parsed, origin=origin, caller=caller)
    if isinstance(command, MemberCommand):
        return command.answer(call)
    return _confirm_or_start(slack, call, command)


def _confirm_or_start(slack: SlackPorts, call: Call, command: LeadAction) -> Message:
    ports, request = call.ports, call.request
    pending, value = lead_actions.prepare(call, command)
    if command.confirmation is None:
        started = lead_actions.start(slack, call.origin, pending, request.response_url)
        return message(_started(started))
    text = command.confirmation(ports, pending.parsed)
    ports.state.save(pending)
    return message(
        plain("Please confirm"),
        section(text),
        buttons(
            button(command.button, START, value=value, style="danger"),
            button("Cancel", CANCEL, value=value),
        ),
        context("Nothing has been done yet. You can confirm within ten minutes."),
    )


def answer_press(slack: SlackPorts, request: SlackRequest) -> None:
    """Start or cancel the action of a pressed button. Slack shows no response to a press, so every
    answer is posted."""
    response: Message | None = message(Reason.BUG.text(Surface.SLACK)) | {"replace_original": False}
    try:
        response = _press(slack, request)
    except DaypassError as error:
        response = message(plain(error.text(Surface.SLACK), 1000))
        response |= {"replace_original": False}
    finally:  # also after a bug: the caller logs it, but Slack would show nothing
        if response is not None:
            slack.responder.respond(request.response_url, response)


def _press(slack: SlackPorts, request: SlackRequest) -> Message | None:
    for command in COMMANDS:
        if isinstance(command, MemberCommand) and request.button in command.buttons:
            return command.buttons[request.button](slack.ports, request)
    if request.button not in (START, CANCEL):
        raise InvalidRequest(Reason.MALFORMED_BODY)
    pending = lead_actions.press(slack, request, starts=request.button == START)
    if pending.cancelled_by:
        by = plain(pending.cancelled_by)
        return replacing(f"{_title(pending)}: cancelled by {by}. Nothing was done.")
    return outcome(pending) if pending.ended_at is not None else replacing(_started(pending))


def outcome(pending: PendingAction) -> Message:
    """Return a message with the outcome of an action, and who started it."""
    text = listed([plain(line, 600) for line in pending.outcome.splitlines()])
    return replacing(f"{_title(pending)}, by {plain(pending.started_by)}", text)


def _started(pending: PendingAction) -> str:
    return f"{_title(pending)}: started by {plain(pending.started_by)}. The outcome appears here."


def _title(pending: PendingAction) -> str:
    args = pending.parsed
    about = " ".join(filter(None, (args.member.id, args.engagement, args.role)))
    return f"*{args.command}* {code(about)}"
