"""Define the row of an event: its sentence for each outcome, and the notification about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from chalicelib.domain.evidence.facts import MISSING, Fact, Facts
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value

Text = str | tuple[str | bool, ...]
"""A text, or its passages. The first one always appears. Each further one is left out if the entry
lacks one of its values; False stands for a passage that does not apply."""


class Notice(Value, frozen=True):
    """The texts of a notification besides the event's sentence, and how it is sent."""

    title: Text
    advice: Text = ""
    """The consequences, and the next step."""
    alerts: str = ""
    """The names of the alerts that every lead must see, with spaces between them."""
    mentions_member: bool = False
    """True if the channel should mention the member."""
    once_an_hour: tuple[str, ...] = ()
    """The key of an event that someone can repeat at will: for an hour, no other notification with
    this key is sent. Empty: each event has its notification."""


MemberNotice = partial(Notice, mentions_member=True)


class Event(Value, frozen=True):
    """A row of the table: an event in words, for the outcome that its entry has."""

    doing: Text
    """The operation, to follow "let alice" or "could not"."""
    done: Text = ""
    """The sentence. Empty for an action that never has this outcome."""
    notice: Notice | None = None
    """The notification that it was done. None: it is routine."""
    refused: Text = ""
    failed: Text = ""
    intended: Text = ""
    issued: Text = ""
    withheld: Text = ""
    """Sentences for outcomes where the usual ones would be wrong."""
    warning: Notice | None = None
    """The notification that it was refused, or failed."""


Table = Mapping[Action, Callable[[Facts], Event]]


def write(text: Text) -> str:
    """Return the text, with its values marked."""
    first, *rest = (text,) if isinstance(text, str) else text
    passages = (each for each in rest if isinstance(each, str) and MISSING not in each)
    return f"{first or ''}{''.join(passages)}".replace(MISSING, f"{Fact('(not recorded)')}")
