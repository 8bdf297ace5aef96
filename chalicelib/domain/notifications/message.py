"""Define messages about trail entries: their templates, and the alerts that they raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import field

from chalicelib.domain.text import truncate
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Entry
from chalicelib.domain.values import Value

LONGEST_VALUE = 64
"""The most characters of a value in a message. No ID has more."""
LONGEST_TEXT = 200
"""The most characters of a longer value: a reason, a list of roles."""

# Names of trail details. A list holds names with spaces between them.
_LISTS = frozenset({"roles", "suspended", "chaining", "outdated_policies", "working_tokens"})
_LONG_TEXTS = frozenset({"arn", "former_arn", "why", "span", "waiting_for"})
_ACTORS = {OPERATOR: "the operator", CLIENT: "the client", SCHEDULE: "Daypass"}


Alert = str
"""The name of an alert that every lead must see, and the `alert` dimension of a metric that raises
an alarm."""


class Message(Value, frozen=True):
    """A message about a trail entry, before the entry's values are filled in.

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
    quiet_period: timedelta = timedelta(0)
    """For this time after the entry, no other notification with the same key is sent."""


Rule = Message | Callable[[Entry], Message | None] | None
"""The message about an entry, or a function that returns it. None: the entry is routine."""
ROUTINE = None


def clean_text(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the text on one line, with a space for each invisible character, cut to `longest`."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return truncate(line, longest)


def format_names(names: str) -> str:
    """Return a detail's names, which have spaces between them, as a comma-separated list."""
    return clean_text(", ".join(names.split()), LONGEST_TEXT)


def format_actor(actor: str) -> str:
    """Return the actor for the inside of a sentence: a member's ID, or such as `the client`."""
    return _ACTORS.get(actor) or clean_text(actor)


def find_member(entry: Entry) -> str:
    """Return the member that the entry is about: its subject, or else the actor."""
    return clean_text(entry.subject or entry.actor)


def format_origin(entry: Entry) -> str:
    """Return the entry's actor and the address of their request, or an empty text if the entry has
    no address."""
    return f"{format_actor(entry.actor)} from {clean_text(entry.address)}" if entry.address else ""


def fill_template(template: str, entry: Entry, values: Mapping[str, str]) -> str:
    """Return the template with its placeholders replaced. Take each value from `values` or from the
    entry. Values from the entry are cut to their limits."""
    return template.format_map(_TemplateValues(entry, values))


class _TemplateValues(dict[str, str]):
    """The placeholders' values. A missing one is the entry's detail of this name."""

    def __init__(self, entry: Entry, values: Mapping[str, str]) -> None:
        by = format_actor(entry.actor)
        is_phrase = entry.actor in _ACTORS  # `{by}` begins sentences, and an ID stays as it is
        engagement = clean_text(entry.engagement)
        super().__init__(
            values,
            by=by[0].upper() + by[1:] if is_phrase else by,
            member=find_member(entry),
            engagement=engagement,
            role=f"{clean_text(entry.role)} of {engagement}",
            presented_token=clean_text(entry.token),
        )
        self._entry = entry

    def __missing__(self, name: str) -> str:
        """Return the entry's detail of this name, cut to its limit."""
        text = self._entry.detail(name)
        if name in _LISTS:
            return format_names(text)
        return clean_text(text, LONGEST_TEXT if name in _LONG_TEXTS else LONGEST_VALUE)
