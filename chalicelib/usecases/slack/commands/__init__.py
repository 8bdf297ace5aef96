"""The list of all `/daypass` commands."""

from __future__ import annotations

from chalicelib.usecases.slack.commands.approvals import APPROVE, DENY
from chalicelib.usecases.slack.commands.declared import (
    MemberCommand,
    QueuedCommand,
    WorkspaceCommand,
)
from chalicelib.usecases.slack.commands.done import DONE
from chalicelib.usecases.slack.commands.emergency import EMERGENCY
from chalicelib.usecases.slack.commands.engagements import LIST
from chalicelib.usecases.slack.commands.freezing import FREEZE, THAW
from chalicelib.usecases.slack.commands.leads import (
    GRANT,
    REVOKE_ENGAGEMENT,
    REVOKE_GRANT,
    REVOKE_MEMBER,
    REVOKE_ROLE,
)
from chalicelib.usecases.slack.commands.members import ACCESS, HELP, LINK
from chalicelib.usecases.slack.commands.queries import LIVE, STATUS, WHO
from chalicelib.usecases.slack.commands.requests import REQUEST, REQUESTS, WITHDRAW
from chalicelib.usecases.slack.commands.verify import VERIFY

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
    EMERGENCY,
    WHO,
    STATUS,
    LINK,
    HELP,
    REVOKE_MEMBER,
    REVOKE_ENGAGEMENT,
    REVOKE_GRANT,
    REVOKE_ROLE,
    FREEZE,
    THAW,
    VERIFY,
    GRANT,
)
"""In the order in which help shows them."""


def queued_command(name: str) -> QueuedCommand:
    """Return the lead action with this name."""
    return next(
        command
        for command in COMMANDS
        if isinstance(command, QueuedCommand) and command.name == name
    )
