"""What a `/daypass` command declares; which one a text means, with which arguments; and help."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.arguments import Argument, Words
from chalicelib.domain.slack.pending import ParsedCommand
from chalicelib.domain.slack.words import TypedWord, repeatable, words_of
from chalicelib.domain.values import Value

SLASH_COMMAND = "/daypass"
LEADS = frozenset({Kind.LEAD})
LONGEST_TEXT = 3000
"""Characters: as many as one section of a Slack message holds."""


class Command(Value, frozen=True, kw_only=True):
    """One command, as people type it."""

    name: str
    arguments: tuple[Argument, ...]
    summary: str
    """A sentence for help."""
    example: str
    kinds: frozenset[Kind] | None
    """Who may use it. None: everyone in the workspace, whether bound to a member or not."""

    @property
    def usage(self) -> str:
        """How to type it: `access ENGAGEMENT [ROLE] [for 30m] [because …]`."""
        arguments = (f"[{arg.usage}]" if arg.optional else arg.usage for arg in self.arguments)
        return " ".join((self.name, *arguments))


C = TypeVar("C", bound=Command)


def closest(commands: Sequence[C], typed: Sequence[str]) -> tuple[C, ...]:
    """Return the commands that begin with the typed words, or else those that they resemble."""
    import difflib  # needed for mistakes only

    beginnings = [name for command in commands for name in (command.name, command.name.split()[0])]
    for count in (2, 1):
        start = " ".join(typed[:count])
        for name in [start, *difflib.get_close_matches(start[:40], beginnings, n=1)]:
            found = tuple(one for one in commands if f"{one.name} ".startswith(f"{name} "))
            if found:
                return found
    return ()


def help_lines(commands: Sequence[Command], topic: str = "") -> tuple[str, ...]:
    """Return help in Slack's markup: a line for each command and for each note about arguments, and
    an example for a single command. A topic that resembles no command gets help on all of them."""
    shown = closest(commands, topic.split()) if topic else ()
    shown = shown or tuple(commands)
    for_all, for_leads = (
        [
            f"`{SLASH_COMMAND} {command.usage}` – {command.summary}"
            for command in shown
            if (command.kinds == LEADS) is leads_only
        ]
        for leads_only in (False, True)
    )
    heading = ["*For leads*"] if for_leads else []
    example = [f"For example: `{SLASH_COMMAND} {shown[0].example}`"] if len(shown) == 1 else []
    notes = dict.fromkeys(arg.note for command in shown for arg in command.arguments if arg.note)
    return (*for_all, *heading, *for_leads, *example, *notes)


def parse(text: str, now: datetime, commands: Sequence[Command]) -> ParsedCommand:
    """Return the command that the text means, or raise ValueError with what to type instead."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"That is too long: {LONGEST_TEXT} characters at most. Type it shorter.")
    words = words_of(text)
    while words and words[0].plain.removeprefix("/") in ("", SLASH_COMMAND.removeprefix("/")):
        words = words[1:]
    command, rest = _command(words or words_of("help"), commands)
    keywords = {arg.keyword for one in commands for arg in one.arguments if arg.keyword}
    return ParsedCommand(command=command.name, **_arguments(command, rest, keywords, now))


def _command(words: Words, commands: Sequence[Command]) -> tuple[Command, Words]:
    """Return the command that the words begin with, and the words after it."""
    typed = [word for word in words if word.plain]
    names = {command.name: command for command in commands}
    for count in (2, 1):
        command = names.get(" ".join(word.plain for word in typed[:count]))
        if command is not None:
            return command, words[words.index(typed[:count][-1]) + 1 :]
    name = repeatable(typed[0])
    text = f"There is no command {name}." if name else "There is no such command."
    similar = closest(commands, [word.plain for word in typed])
    if not similar:
        raise ValueError(f"{text} `{SLASH_COMMAND} help` shows all that there are.")
    *others, last = (f"`{SLASH_COMMAND} {command.usage}`" for command in similar)
    raise ValueError(f"{text} Did you mean {', '.join(others)}{' or ' if others else ''}{last}?")


def _arguments(
    command: Command, words: Words, keywords: Collection[str], now: datetime
) -> dict[str, Any]:
    """Return the arguments by their fields. Raise ValueError for the first problem."""
    own = {argument.keyword: argument for argument in command.arguments}
    values: dict[str, Any] = {}
    positional: list[TypedWord] = []
    while words:
        word, words = words[0], words[1:]
        if word.plain not in keywords:
            positional += [word] if word.plain else []
            continue
        argument = own.get(word.plain)
        if argument is None:
            raise ValueError(f"`{command.name}` takes no `{word.plain}`. {_instead(command)}")
        if argument.field in values:
            raise ValueError(f"Type `{word.plain}` once only. {_instead(command)}")
        count = argument.count(words)
        values[argument.field] = argument.read(words[:count], now)
        words = words[count:]
    values |= _positional(command, positional, now)
    for argument in command.arguments:
        if argument.field not in values and not argument.optional:
            raise ValueError(f"`{argument.usage}` is missing. {_instead(command)}")
    return values


def _positional(command: Command, words: Words, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if words and not argument.keyword:
            count = argument.count(words)
            try:
                values[argument.field] = argument.read(words[:count], now)
            except ValueError as error:
                raise ValueError(f"{error} {_instead(command)}") from None
            words = words[count:]
    if words:
        word = repeatable(words[0])
        extra = f"no {word} there" if word else "nothing more"
        raise ValueError(f"`{command.name}` takes {extra}. {_instead(command)}")
    return values


def _instead(command: Command) -> str:
    example = f", such as `{SLASH_COMMAND} {command.example}`" if command.arguments else ""
    return f"Type `{SLASH_COMMAND} {command.usage}`{example}."
