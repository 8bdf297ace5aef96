"""The three classes of `/daypass` commands. Each command is an object of one of these classes.

Every command must set the fields that have no default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import field

from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.slack.commands import LEADS, Command
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.values import Value
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.authentication import SlackRequest


class Call(Value):
    """A command typed by an authenticated member. It names members by their IDs."""

    ports: Ports
    request: SlackRequest
    parsed: ParsedCommand
    origin: RequestOrigin
    caller: Caller


class WorkspaceCommand(Command):
    """A command for everyone in the workspace, whether bound to a member or not."""

    kinds: frozenset[Kind] | None = None
    answer: Callable[[Ports, SlackRequest, ParsedCommand], Message]


class MemberCommand(Command):
    """A command for every member, answered at once."""

    kinds: frozenset[Kind] = EVERYONE
    answer: Callable[[Call], Message]
    buttons: Mapping[str, Callable[[Ports, SlackRequest], Message | None]] = field(
        default_factory=dict
    )
    """The handlers of the buttons in its answers, by the buttons' IDs."""


class QueuedCommand(Command):
    """A command that the function SlackWork carries out, and whose outcome it posts. By default it
    is for leads.

    If SlackWork is killed before it stores the outcome, the command is carried out again. So a
    command must be idempotent.
    """

    kinds: frozenset[Kind] = LEADS
    is_personal: bool = False
    """True if only the member who typed the command can confirm it. By default, any lead can."""
    build_confirmation: Callable[[Call], tuple[str, ...]]
    """Returns the paragraphs of the confirmation: what the command will do. Raises the refusal with
    which the action would end."""
    button: str
    """The label of the button that starts the action."""
    run: Callable[[Ports, Caller, PendingAction], str]
    """Carries the action out, and returns the outcome's text."""


def ignore_press(_ports: Ports, _request: SlackRequest) -> None:
    """Answer nothing to the press of a button with a URL: Slack opens the page, and also reports
    the press."""
