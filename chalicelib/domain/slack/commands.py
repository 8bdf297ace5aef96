"""The base class of `/daypass` commands, their parser, and their help."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.arguments import Argument, Tokens
from chalicelib.domain.slack.pending import ParsedCommand
from chalicelib.domain.slack.tokenizer import TypedToken, quote_if_safe, tokenize
from chalicelib.domain.values import Value

SLASH_COMMAND = "/daypass"
LEADS = frozenset({Kind.LEAD})
MAX_TEXT = 3000
"""Characters: the most that one section of a Slack message can hold."""


class Command(Value, frozen=True, kw_only=True):
    """A command that people type after `/daypass`."""

    name: str
    arguments: tuple[Argument, ...]
    summary: str
    """A sentence about the command, for help."""
    example: str
    kinds: frozenset[Kind] | None
    """The kinds of members who may use it. None: everyone in the workspace, bound or not."""

    @property
    def usage(self) -> str:
        """The syntax: `access ENGAGEMENT [ROLE] [for 30m] [because …]`."""
        arguments = (f"[{arg.usage}]" if arg.optional else arg.usage for arg in self.arguments)
        return " ".join((self.name, *arguments))


C = TypeVar("C", bound=Command)


def find_similar_commands(commands: Sequence[C], typed: Sequence[str]) -> tuple[C, ...]:
    """Return the commands whose names begin with the typed words, or else the most similar ones."""
    import difflib  # only mistakes and help need it

    beginnings = [name for command in commands for name in (command.name, command.name.split()[0])]
    for count in (2, 1):
        start = " ".join(typed[:count])
        for name in [start, *difflib.get_close_matches(start[:40], beginnings, n=1)]:
            matches = tuple(
                command for command in commands if f"{command.name} ".startswith(f"{name} ")
            )
            if matches:
                return matches
    return ()


def build_help_lines(commands: Sequence[Command], topic: str = "") -> tuple[str, ...]:
    """Return help in Slack's markup: a line for each command and for each note on its arguments.

    Help on a single command also has an example. If no command is similar to the topic, return help
    on all commands.
    """
    shown = find_similar_commands(commands, topic.split()) if topic else ()
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


def parse_command(text: str, now: datetime, commands: Sequence[Command]) -> ParsedCommand:
    """Parse the text after `/daypass`. Raise ValueError with a message that says what to type."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"The command is longer than {MAX_TEXT} characters. Type a shorter one.")
    tokens = tokenize(text)
    while tokens and tokens[0].plain.removeprefix("/") in ("", SLASH_COMMAND.removeprefix("/")):
        tokens = tokens[1:]
    command, rest = _find_command(tokens or tokenize("help"), commands)
    keywords = {arg.keyword for command in commands for arg in command.arguments if arg.keyword}
    return ParsedCommand(command=command.name, **_parse_arguments(command, rest, keywords, now))


def _find_command(tokens: Tokens, commands: Sequence[Command]) -> tuple[Command, Tokens]:
    """Return the command whose name the first tokens are, and the remaining tokens."""
    typed = [token for token in tokens if token.plain]
    names = {command.name: command for command in commands}
    for count in (2, 1):
        command = names.get(" ".join(token.plain for token in typed[:count]))
        if command is not None:
            return command, tokens[tokens.index(typed[:count][-1]) + 1 :]
    name = quote_if_safe(typed[0])
    text = f"There is no command {name}." if name else "There is no such command."
    similar = find_similar_commands(commands, [token.plain for token in typed])
    if not similar:
        raise ValueError(f"{text} Type `{SLASH_COMMAND} help` to see all commands.")
    *first, last = (f"`{SLASH_COMMAND} {command.usage}`" for command in similar)
    raise ValueError(f"{text} Did you mean {', '.join(first)}{' or ' if first else ''}{last}?")


def _parse_arguments(
    command: Command, tokens: Tokens, keywords: Collection[str], now: datetime
) -> dict[str, Any]:
    """Return the values of the command's arguments, by the arguments' fields.

    Raise ValueError for the first problem.
    """
    own = {argument.keyword: argument for argument in command.arguments}
    values: dict[str, Any] = {}
    positional: list[TypedToken] = []
    while tokens:
        token, tokens = tokens[0], tokens[1:]
        if token.plain not in keywords:
            positional += [token] if token.plain else []
            continue
        argument = own.get(token.plain)
        if argument is None:
            raise ValueError(
                f"`{command.name}` does not take `{token.plain}`. {_usage_hint(command)}"
            )
        if argument.field in values:
            raise ValueError(f"Type `{token.plain}` only once. {_usage_hint(command)}")
        count = argument.count(tokens)
        values[argument.field] = argument.read(tokens[:count], now)
        tokens = tokens[count:]
    values |= _parse_positional(command, positional, now)
    for argument in command.arguments:
        if argument.field not in values and not argument.optional:
            raise ValueError(f"`{argument.usage}` is missing. {_usage_hint(command)}")
    return values


def _parse_positional(command: Command, tokens: Tokens, now: datetime) -> dict[str, Any]:
    """Return the values of the arguments without a keyword, by the arguments' fields."""
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if tokens and not argument.keyword:
            count = argument.count(tokens)
            try:
                values[argument.field] = argument.read(tokens[:count], now)
            except ValueError as error:
                raise ValueError(f"{error} {_usage_hint(command)}") from None
            tokens = tokens[count:]
    if tokens:
        repeated = quote_if_safe(tokens[0])
        extra = f"{repeated} there" if repeated else "anything more"
        raise ValueError(f"`{command.name}` does not take {extra}. {_usage_hint(command)}")
    return values


def _usage_hint(command: Command) -> str:
    example = f", for example `{SLASH_COMMAND} {command.example}`" if command.arguments else ""
    return f"Type `{SLASH_COMMAND} {command.usage}`{example}."
