"""The three kinds of `/daypass` commands. Each command is one object of one of these kinds.

A field without a default is one that a new command must not forget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import field

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.commands import LEADS, Command
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.authentication import SlackRequest


class Call(Value, frozen=True, kw_only=True):
    """A command that somebody whom Daypass has recognised has typed."""

    ports: Ports
    request: SlackRequest
    parsed: ParsedCommand
    origin: RequestOrigin
    caller: Caller


class OpenCommand(Command, frozen=True, kw_only=True):
    """A command for everyone in the workspace, whether bound to a member or not."""

    kinds: frozenset[Kind] | None = None
    changes_something: bool
    """Then a request that is delivered twice is carried out once."""
    answer: Callable[[Ports, SlackRequest, ParsedCommand], Message]


class MemberCommand(Command, frozen=True, kw_only=True):
    """A command that is answered at once, to every member."""

    kinds: frozenset[Kind] = EVERYONE
    action: Action = Action.READ
    """What the trail calls it. READ changes nothing; all else is carried out once."""
    answer: Callable[[Call], Message]
    buttons: Mapping[str, Callable[[Ports, SlackRequest], Message | None]] = field(
        default_factory=dict
    )
    """What the buttons in its answers do, by their IDs."""


class LeadAction(Command, frozen=True, kw_only=True):
    """A command for leads that SlackWork carries out, and answers then. It may be carried out
    twice, if a function is killed after it, and must have the same effect then."""

    kinds: frozenset[Kind] = LEADS
    action: Action
    preconditions: Callable[[Ports, ParsedCommand], object]
    """Raise NotFound, Conflict or InvalidRequest if the action would be refused anyway."""
    question: Callable[[Ports, ParsedCommand], str] | None
    """What a lead is asked first: whom it is about, how many sessions may be alive, until when.
    None: nothing is granted or revoked, so that it starts at once."""
    button: str
    """The label of the button that starts it."""
    run: Callable[[Ports, Caller, PendingAction], str]
    """Do it, and return the outcome for people."""
