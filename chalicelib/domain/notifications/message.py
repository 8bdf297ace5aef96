"""Define messages about trail entries: their templates, and the alerts that they raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import field

from chalicelib.domain.text import truncate
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Entry
from chalicelib.domain.values import Value

LONGEST_VALUE = 64
"""Characters. No ID has more."""
LONGEST_TEXT = 200
"""Characters of a longer value: a reason, a list of roles."""

_LISTS = frozenset({"roles", "suspended", "chaining", "outdated_policies", "working_tokens"})
_LONG = frozenset({"arn", "former_arn", "why"})
_ACTORS = {OPERATOR: "the operator", CLIENT: "the client", SCHEDULE: "Daypass"}


Alert = str
"""The name of an alert that every lead must see, and the `alert` dimension of a metric that raises
an alarm."""


class Message(Value, frozen=True):
    """A message about an entry.

    Title and text are templates. They can use `{by}` (the actor, capitalised to begin a sentence),
    `{member}` (the member that the entry is about), `{engagement}`, `{role}` (with its engagement),
    `{presented_token}`, the entry's details by name, and `values`.
    """

    title: str
    text: str
    alerts: tuple[Alert, ...] = ()
    """Empty for a message that raises no alert."""
    values: Mapping[str, str] = field(default_factory=dict)
    mentions_member: bool = False
    """True if the channel should mention the member."""
    key: str = ""
    """The notification's key, if it is not the entry's ID."""
    silent: timedelta = timedelta(0)
    """How long no other notification with this key is sent."""


Rule = Message | Callable[[Entry], Message | None] | None
"""The message about an entry, or a function that returns it. None: the entry is routine."""
ROUTINE = None


def value(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the text on one line, without invisible characters, cut to this length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return truncate(line, longest)


def comma_separated(names: str) -> str:
    """Return a detail's names as a comma-separated list."""
    return value(", ".join(names.split()), LONGEST_TEXT)


def actor_name(actor: str) -> str:
    """Return the actor's name for the inside of a sentence."""
    return _ACTORS.get(actor) or value(actor)


def member_of(entry: Entry) -> str:
    """Return the member that the entry is about: its subject, or else the actor."""
    return value(entry.subject or entry.actor)


def origin_of(entry: Entry) -> str:
    """Return the actor and the address. Empty for an actor that has no address."""
    return f"{actor_name(entry.actor)} from {value(entry.address)}" if entry.address else ""


def filled(template: str, entry: Entry, values: Mapping[str, str]) -> str:
    """Return the template with the entry's values, each cut to its own limit."""
    return template.format_map(_Values(entry, values))


class _Values(dict[str, str]):
    def __init__(self, entry: Entry, values: Mapping[str, str]) -> None:
        by = actor_name(entry.actor)
        engagement = value(entry.engagement)
        super().__init__(
            values,
            by=by[0].upper() + by[1:] if entry.actor in _ACTORS else by,
            member=member_of(entry),
            engagement=engagement,
            role=f"{value(entry.role)} of {engagement}",
            presented_token=value(entry.token),
        )
        self._entry = entry

    def __missing__(self, name: str) -> str:
        text = self._entry.detail(name)
        if name in _LISTS:
            return comma_separated(text)
        return value(text, LONGEST_TEXT if name in _LONG else LONGEST_VALUE)
