"""How entries are put into words: what their values are called, and how they are cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.text import cut
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Action, Entry, Outcome

K = TypeVar("K", bound=str)

LONGEST_VALUE = 64
"""Characters: no id has more."""
LONGEST_TEXT = 200
"""Of what is longer by its nature: why somebody did something, in which roles."""

_ACTORS = {OPERATOR: "the operator", CLIENT: "the client", SCHEDULE: "the daily round"}


class Words(Thing, frozen=True, kw_only=True):
    """What is said of an entry."""

    title: str
    says: str
    about: str = ""
    key: str = ""
    """By what it is known to have been told, where that is not the entry's own id."""
    silent: timedelta = timedelta(0)
    """How long nothing else of that key is told."""
    grave: bool = False
    """Every lead has to hear of it: it is mailed to the alarm mailbox, with its origin."""


Says = Callable[[Entry], Words | None]
Table = Mapping[tuple[Action, Outcome], Says]


def value(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text on one line, without what cannot be seen, and no longer than this."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return cut(line, longest)


def called(actor: str) -> str:
    """Return what an actor is called in the middle of a sentence."""
    return _ACTORS.get(actor) or value(actor)


def actor_of(entry: Entry) -> str:
    """Return what the entry's actor is called where a sentence begins."""
    name = called(entry.actor)
    return name[0].upper() + name[1:] if entry.actor in _ACTORS else name


def origin_of(entry: Entry) -> str:
    """Return who did it and from which address; empty for an actor that has no address."""
    return f"{called(entry.actor)} from {value(entry.address)}" if entry.address else ""


def whose(entry: Entry) -> str:
    """The member whom it is about: the actor, where the entry names no other."""
    return value(entry.subject or entry.actor)


def detail(entry: Entry, name: str) -> str:
    return value(entry.detail(name))


def moment(entry: Entry, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(entry.detail(name))
    except ValueError:
        return None


def role_of(entry: Entry) -> str:
    return f"{value(entry.role)} of {value(entry.engagement)}"


def first_of(known: Mapping[K, object], named: str) -> K | None:
    """The first of the names that is one of these."""
    return next((one for name in named.split() for one in known if one == name), None)
