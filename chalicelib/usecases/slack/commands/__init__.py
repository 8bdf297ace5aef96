"""The list of all `/daypass` commands."""

from __future__ import annotations

from chalicelib.usecases.slack.commands.approvals import APPROVE, DENY
from chalicelib.usecases.slack.commands.declared import (
    MemberCommand,
    QueuedCommand,
    WorkspaceCommand,
)
from chalicelib.usecases.slack.commands.done import DONE
from chalicelib.usecases.slack.commands.engagements import LIST
from chalicelib.usecases.slack.commands.in_console import IN_CONSOLE
from chalicelib.usecases.slack.commands.leads import FREEZE, REVOKE_ENGAGEMENT, REVOKE_MEMBER
from chalicelib.usecases.slack.commands.members import ACCESS, HELP, LINK
from chalicelib.usecases.slack.commands.queries import LIVE, WHO
from chalicelib.usecases.slack.commands.requests import REQUEST, REQUESTS, WITHDRAW

COMMANDS: tuple[WorkspaceCommand | MemberCommand | QueuedCommand, ...] = (
    LIST,
    ACCESS,
    LIVE,
    DONE,
    REQUEST,
    REQUESTS,
    APPROVE,
    DENY,
    WITHDRAW,
    WHO,
    LINK,
    HELP,
    REVOKE_MEMBER,
    REVOKE_ENGAGEMENT,
    FREEZE,
    *IN_CONSOLE,
)
"""In the order in which help shows them."""


def queued_command(name: str) -> QueuedCommand:
    """Return the lead action with this name."""
    return next(
        command
        for command in COMMANDS
        if isinstance(command, QueuedCommand) and command.name == name
    )
