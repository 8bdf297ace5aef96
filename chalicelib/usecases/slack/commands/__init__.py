"""The list of all `/daypass` commands."""

from __future__ import annotations

from chalicelib.usecases.slack.commands.declared import LeadAction, MemberCommand, WorkspaceCommand
from chalicelib.usecases.slack.commands.done import DONE
from chalicelib.usecases.slack.commands.freezing import FREEZE, THAW
from chalicelib.usecases.slack.commands.leads import (
    GRANT,
    REVOKE_ENGAGEMENT,
    REVOKE_GRANT,
    REVOKE_MEMBER,
    REVOKE_ROLE,
)
from chalicelib.usecases.slack.commands.members import ACCESS, HELP, LINK
from chalicelib.usecases.slack.commands.queries import LIST, LIVE, STATUS, WHO
from chalicelib.usecases.slack.commands.verify import VERIFY

COMMANDS: tuple[WorkspaceCommand | MemberCommand | LeadAction, ...] = (
    LIST,
    ACCESS,
    LIVE,
    DONE,
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


def lead_action(name: str) -> LeadAction:
    """Return the lead action with this name."""
    return next(
        command for command in COMMANDS if isinstance(command, LeadAction) and command.name == name
    )
