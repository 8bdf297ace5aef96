"""What everyone in the workspace can type: `/daypass help` and `/daypass link`."""

from __future__ import annotations

from chalicelib.domain.slack.arguments import TOPIC
from chalicelib.domain.slack.commands import help_lines
from chalicelib.domain.slack.messages import (
    ON_YOUR_MACHINE,
    Message,
    call_as_member,
    code,
    context,
    listed,
    message,
    plain,
    section,
)
from chalicelib.domain.slack.parsed import ParsedCommand
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.authentication import SlackRequest
from chalicelib.usecases.slack.commands.declared import OpenCommand


def _help(_ports: Ports, _request: SlackRequest, parsed: ParsedCommand) -> Message:
    from chalicelib.usecases.slack.commands import COMMANDS

    return message("What you can type:", section(listed(help_lines(COMMANDS, parsed.topic))))


def _link(ports: Ports, request: SlackRequest, _parsed: ParsedCommand) -> Message:
    """Return the code, and the line that enters it outside Slack."""
    from chalicelib.usecases.slack.binding import show_code

    text = show_code(ports, request.user)
    line = call_as_member("/v1/me/slack", {"code": text})
    return message(
        "Your code for Daypass",
        section(
            f"Your code is {code(text)}. Enter it within ten minutes: paste this into"
            f" {ON_YOUR_MACHINE}:"
        ),
        section(f"```{line}```"),
        context(
            f"It binds the Slack user {plain(request.user.user)} to whoever enters it. Never enter"
            " a code that someone else has sent you: they would be you in Slack."
        ),
    )


HELP = OpenCommand(
    name="help",
    arguments=(TOPIC,),
    summary="Shows what can be typed: all commands, or one with an example.",
    example="help access",
    changes_something=False,
    answer=_help,
)

LINK = OpenCommand(
    name="link",
    arguments=(),
    summary="Binds your Slack user to you as a member, by a code that you enter with your own"
    " token.",
    example="link",
    changes_something=True,
    answer=_link,
)
