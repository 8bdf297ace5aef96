"""The commands of `/daypass`: each is one object, in a file of its own or of its family."""

from __future__ import annotations

from chalicelib.usecases.slack.commands.access import ACCESS
from chalicelib.usecases.slack.commands.declared import LeadAction, MemberCommand, OpenCommand
from chalicelib.usecases.slack.commands.engagements import LIST, STATUS, WHO
from chalicelib.usecases.slack.commands.first_steps import HELP, LINK
from chalicelib.usecases.slack.commands.grant import GRANT
from chalicelib.usecases.slack.commands.revoke import (
    REVOKE_ENGAGEMENT,
    REVOKE_GRANT,
    REVOKE_MEMBER,
    REVOKE_ROLE,
)
from chalicelib.usecases.slack.commands.sessions import LIVE
from chalicelib.usecases.slack.commands.verify import VERIFY

COMMANDS: tuple[OpenCommand | MemberCommand | LeadAction, ...] = (
    LIST,
    ACCESS,
    LIVE,
    WHO,
    STATUS,
    LINK,
    HELP,
    REVOKE_MEMBER,
    REVOKE_ENGAGEMENT,
    REVOKE_GRANT,
    REVOKE_ROLE,
    VERIFY,
    GRANT,
)
"""In the order in which help shows them."""


def lead_action(name: str) -> LeadAction:
    """Return the lead's command of this name."""
    return next(one for one in COMMANDS if isinstance(one, LeadAction) and one.name == name)
