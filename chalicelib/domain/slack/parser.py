"""The parser of `/daypass`: which command a text means, with which arguments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from chalicelib.domain.slack.arguments import Words
from chalicelib.domain.slack.commands import SLASH_COMMAND, Command, closest
from chalicelib.domain.slack.pending import ParsedCommand
from chalicelib.domain.slack.words import TypedWord, repeatable, words_of

LONGEST_TEXT = 3000
"""Characters: as many as one section of a Slack message holds."""


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
