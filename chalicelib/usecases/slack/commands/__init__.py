"""The list of all `/daypass` commands."""

from __future__ import annotations

from chalicelib.usecases.slack.commands import leads, members, queries, requests
from chalicelib.usecases.slack.commands.declared import (
    MemberCommand,
    QueuedCommand,
    WorkspaceCommand,
)
from chalicelib.usecases.slack.commands.in_console import IN_CONSOLE

COMMANDS: tuple[WorkspaceCommand | MemberCommand | QueuedCommand, ...] = (
    queries.LIST,
    members.ACCESS,
    queries.LIVE,
    queries.DONE,
    requests.REQUEST,
    requests.REQUESTS,
    requests.APPROVE,
    requests.DENY,
    requests.WITHDRAW,
    queries.WHO,
    members.LINK,
    members.HELP,
    leads.REVOKE_MEMBER,
    leads.REVOKE_ENGAGEMENT,
    leads.FREEZE,
    *IN_CONSOLE,
)
"""In the order in which help shows them."""
QUEUED = {each.name: each for each in COMMANDS if isinstance(each, QueuedCommand)}
"""The commands that SlackWork carries out, by name."""
