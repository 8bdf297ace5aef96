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
    """Return the commands that the typed words probably mean; empty if no command is similar.

    These commands begin with the first two words, or else with a similar command's name. If there
    are none, they begin with the first word alone, or with a similar one.
    """
    import difflib  # only mistakes and help need it

    command_starts = [
        name for command in commands for name in (command.name, command.name.split()[0])
    ]
    for word_count in (2, 1):
        typed_start = " ".join(typed[:word_count])
        similar_starts = difflib.get_close_matches(typed_start[:40], command_starts, n=1)
        for start in [typed_start, *similar_starts]:
            matches = tuple(
                command for command in commands if f"{command.name} ".startswith(f"{start} ")
            )
            if matches:
                return matches
    return ()


def build_help_lines(commands: Sequence[Command], topic: str = "") -> tuple[str, ...]:
    """Return help on the commands that the topic means, in Slack's markup: a line for each command,
    and for each note on its arguments.

    Help on a single command also has an example. Without a topic, or if no command is similar to
    the topic, return help on all commands.
    """
    similar = find_similar_commands(commands, topic.split()) if topic else ()
    shown = similar or tuple(commands)
    lines_for_all, lines_for_leads = (
        [
            f"`{SLASH_COMMAND} {command.usage}` – {command.summary}"
            for command in shown
            if (command.kinds == LEADS) is for_leads
        ]
        for for_leads in (False, True)
    )
    heading = ["*For leads*"] if lines_for_leads else []
    example = [f"For example: `{SLASH_COMMAND} {shown[0].example}`"] if len(shown) == 1 else []
    notes = dict.fromkeys(arg.note for command in shown for arg in command.arguments if arg.note)
    return (*lines_for_all, *heading, *lines_for_leads, *example, *notes)


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
    """Return the command that the first two tokens, or the first one, name, and the remaining
    tokens. Raise ValueError with similar commands if they name none."""
    typed = [token for token in tokens if token.plain]
    commands_by_name = {command.name: command for command in commands}
    for word_count in (2, 1):
        name_tokens = typed[:word_count]
        command = commands_by_name.get(" ".join(token.plain for token in name_tokens))
        if command is not None:
            return command, tokens[tokens.index(name_tokens[-1]) + 1 :]
    quoted = quote_if_safe(typed[0])
    text = f"There is no command {quoted}." if quoted else "There is no such command."
    similar = find_similar_commands(commands, [token.plain for token in typed])
    if not similar:
        raise ValueError(f"{text} Type `{SLASH_COMMAND} help` to see all commands.")
    *first, last = (f"`{SLASH_COMMAND} {command.usage}`" for command in similar)
    raise ValueError(f"{text} Did you mean {', '.join(first)}{' or ' if first else ''}{last}?")


def _parse_arguments(
    command: Command, tokens: Tokens, keywords: Collection[str], now: datetime
) -> dict[str, Any]:
    """Return the values of the command's arguments. Their keys are the arguments' `field`.

    `keywords` are those of all commands. Raise ValueError for the first problem.
    """
    arguments_by_keyword = {argument.keyword: argument for argument in command.arguments}
    values: dict[str, Any] = {}
    positional: list[TypedToken] = []
    while tokens:
        token, tokens = tokens[0], tokens[1:]
        if token.plain not in keywords:
            positional += [token] if token.plain else []
            continue
        argument = arguments_by_keyword.get(token.plain)
        if argument is None:
            raise ValueError(
                f"`{command.name}` does not take `{token.plain}`. {_build_usage_hint(command)}"
            )
        if argument.field in values:
            raise ValueError(f"Type `{token.plain}` only once. {_build_usage_hint(command)}")
        count = argument.count_tokens(tokens)
        values[argument.field] = argument.parse(tokens[:count], now)
        tokens = tokens[count:]
    values |= _parse_positional(command, positional, now)
    for argument in command.arguments:
        if argument.field not in values and not argument.optional:
            raise ValueError(f"`{argument.usage}` is missing. {_build_usage_hint(command)}")
    return values


def _parse_positional(command: Command, tokens: Tokens, now: datetime) -> dict[str, Any]:
    """Return the values of the arguments without a keyword. Their keys are the arguments' `field`.
    Raise ValueError for an invalid value, and for tokens that belong to no argument."""
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if tokens and not argument.keyword:
            count = argument.count_tokens(tokens)
            try:
                values[argument.field] = argument.parse(tokens[:count], now)
            except ValueError as error:
                raise ValueError(f"{error} {_build_usage_hint(command)}") from None
            tokens = tokens[count:]
    if tokens:
        quoted = quote_if_safe(tokens[0])
        extra = f"the word {quoted} there" if quoted else "any further words"
        raise ValueError(f"`{command.name}` does not take {extra}. {_build_usage_hint(command)}")
    return values


def _build_usage_hint(command: Command) -> str:
    """Return a sentence that says how to type the command."""
    example = f", for example `{SLASH_COMMAND} {command.example}`" if command.arguments else ""
    return f"Type `{SLASH_COMMAND} {command.usage}`{example}."
