"""The grammar of `/daypass`: what a text that somebody typed asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.domain.slack.commands import (
    COMMANDS,
    SLASH_COMMAND,
    Command,
    command,
    commands_about,
    first_words,
    help_on,
    usage,
)
from chalicelib.domain.slack.slots import Person, Slot, Words
from chalicelib.domain.slack.words import Word, nearest, repeatable, words_of
from chalicelib.domain.things import Thing

__all__ = [
    "COMMANDS",
    "SLASH_COMMAND",
    "Asked",
    "Command",
    "Person",
    "Trouble",
    "command",
    "help_on",
    "parse",
    "usage",
]

LONGEST_TEXT = 3000
"""Characters: as many as a section of a message of Slack's has."""

_BY_KEYWORD = {slot.keyword: slot for one in COMMANDS for slot in one.slots if slot.keyword}


class Asked(Thing, frozen=True, kw_only=True):
    """What was asked for. What was not said is empty."""

    command: str
    engagement: str = ""
    role: str = ""
    person: Person | None = None
    duration: int | None = None
    """Seconds."""
    until: datetime | None = None
    why: str = ""
    about: str = ""
    """Of help: the command that was asked about, or the first word of several; empty for all."""


class Trouble(Thing, frozen=True):
    """Why nothing was asked for."""

    says: str
    """One sentence or a few: what is wrong, and what to type instead."""


def parse(text: str, now: datetime) -> Asked | Trouble:
    """What the text asks for, or why it asks for nothing. It never raises."""
    if len(text) > LONGEST_TEXT:
        return Trouble(f"That is too long: {LONGEST_TEXT} characters at most. Type it shorter.")
    words = words_of(text)
    while words and words[0].plain.removeprefix("/") == SLASH_COMMAND.removeprefix("/"):
        words = words[1:]
    if not any(word.plain for word in words):
        return Asked(command="help")
    try:
        found, rest = _command_of(words)
        return Asked(command=found.name, **_read(found, rest, now))
    except ValueError as error:
        return Trouble(str(error))


def _command_of(words: Words) -> tuple[Command, Words]:
    """The command that these words begin with, and the words after it."""
    said = [word for word in words if word.plain]
    names = {one.name for one in COMMANDS}
    for count in (2, 1):
        name = " ".join(word.plain for word in said[:count])
        if len(said) >= count and name in names:
            return command(name), words[words.index(said[count - 1]) + 1 :]
    raise ValueError(_unknown(said))


def _unknown(words: Words) -> str:
    """There is no such command: which comes nearest to it, or where all of them are."""
    first = nearest(words[0].plain, first_words())
    if words[0].plain == first:
        says = f"`{first}` is only the first word of a command."
    elif shown := repeatable(words[0]):
        says = f"There is no command {shown}."
    else:
        says = "There is no such command."
    if not first:
        return f"{says} `{SLASH_COMMAND} help` shows all that there are."
    near = commands_about(first)
    last = nearest(words[1].plain, [one.name.split()[-1] for one in near]) if words[1:] else ""
    meant = [one for one in near if one.name.endswith(f" {last}")] or near
    *others, one = (f"`{SLASH_COMMAND} {usage(one)}`" for one in meant)
    return f"{says} Did you mean {', '.join(others)}{' or ' if others else ''}{one}?"


def _read(of: Command, words: Words, now: datetime) -> dict[str, Any]:
    """What the command was told, or ValueError for the first that is wrong or missing."""
    known = {slot.field for slot in of.slots}
    placed: list[Word] = []
    found: dict[str, Any] = {}
    for slot, said in _by_keyword(words):
        if slot is None:
            placed += said
        elif slot.field not in known:
            raise ValueError(f"`{of.name}` takes no `{slot.keyword}`. {_type(of)}")
        elif slot.field in found:
            raise ValueError(f"Say `{slot.keyword}` once only. {_type(of)}")
        else:
            found[slot.field] = slot.reads(said, now)
    found |= _by_place(of, placed, now)
    for slot in of.slots:
        if slot.field not in found and not slot.optional:
            raise ValueError(f"`{slot.usage}` is missing. {_type(of)}")
    return found


def _by_keyword(words: Words) -> Iterator[tuple[Slot | None, Words]]:
    """What follows each keyword, as far as it is its own; and each word that is nobody's."""
    while words:
        slot = _BY_KEYWORD.get(words[0].plain)
        count = slot.takes(words[1:]) if slot else 0
        if words[0].plain:
            yield slot, words[1 : count + 1] if slot else words[:1]
        words = words[count + 1 :]


def _by_place(of: Command, words: Words, now: datetime) -> dict[str, Any]:
    found = {}
    for slot in of.slots:
        if words and not slot.keyword:
            count = slot.takes(words)
            try:
                found[slot.field] = slot.reads(words[:count], now)
            except ValueError as error:
                raise ValueError(f"{error} {_type(of)}") from None
            words = words[count:]
    if words:
        shown = repeatable(words[0])
        says = f"no {shown} there" if shown else "nothing more"
        raise ValueError(f"`{of.name}` takes {says}. {_type(of)}")
    return found


def _type(of: Command) -> str:
    example = f", such as `{SLASH_COMMAND} {of.example}`" if of.slots else ""
    return f"Type `{SLASH_COMMAND} {usage(of)}`{example}."
