"""The base class of `/daypass` commands, their parser, and their help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.arguments import REASON, Argument, Tokens, join_tokens
from chalicelib.domain.slack.pending import ParsedCommand
from chalicelib.domain.slack.tokenizer import TypedToken, tokenize
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value

SLASH_COMMAND = "/daypass"
LEADS = frozenset({Kind.LEAD})
MAX_TEXT = 3000
"""Characters: the most that one section of a Slack message can hold."""


class Command(Value):
    """A command that people type after `/daypass`."""

    name: str
    arguments: tuple[Argument, ...] = ()
    summary: str
    """A sentence about the command, for help."""
    example: str
    kinds: frozenset[Kind] | None
    """The kinds of members who may use it. None if everyone in the workspace may, bound or not."""
    action: Action = Action.READ
    """The action on the trail. For every action but READ, Daypass refuses a replayed request."""

    @property
    def usage(self) -> str:
        """Return the syntax, such as `access ENGAGEMENT [ROLE] [for 30m] [because …]`."""
        arguments = (f"[{arg.usage}]" if arg.optional else arg.usage for arg in self.arguments)
        return " ".join((self.name, *arguments))


C = TypeVar("C", bound=Command)


def find_similar_commands(commands: Sequence[C], typed: Sequence[str]) -> tuple[C, ...]:
    """Return the commands that the typed words probably mean, or none if no command is similar.

    These commands begin with the first two words, or else with a similar command's name. If there
    are none, they begin with the first word alone, or with a similar one.
    """
    import difflib  # only mistakes and help need it

    names = {name: None for each in commands for name in (each.name, each.name.split()[0])}
    for count in (2, 1):
        start = " ".join(typed[:count])
        # difflib is slow for long texts.
        close = difflib.get_close_matches(start[:40], names, n=1)
        for name in (start, *close):
            matches = [each for each in commands if f"{each.name} ".startswith(f"{name} ")]
            if matches:
                return tuple(matches)
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
    # People also type the command's name again, such as `/daypass /daypass help`.
    while tokens and tokens[0].plain.removeprefix("/") in ("", SLASH_COMMAND.removeprefix("/")):
        tokens = tokens[1:]
    command, rest = _find_command(tokens or tokenize("help"), commands)
    try:
        return ParsedCommand(command=command.name, **_parse_arguments(command, rest, now))
    except ValueError as error:
        example = f", for example `{SLASH_COMMAND} {command.example}`" if command.arguments else ""
        raise ValueError(f"{error} Type `{SLASH_COMMAND} {command.usage}`{example}.") from None


def _find_command(tokens: Tokens, commands: Sequence[Command]) -> tuple[Command, Tokens]:
    """Return the command that the first tokens name, and the remaining tokens. Raise ValueError
    with similar commands if they name none."""
    # No command's name begins with another command's name, so at most one matches.
    for command in commands:
        count = len(command.name.split())
        if join_tokens(tokens[:count]) == command.name:
            return command, tokens[count:]
    similar = find_similar_commands(commands, [token.plain for token in tokens])
    if not similar:
        raise ValueError(
            f"There is no such command. Type `{SLASH_COMMAND} help` to see all commands."
        )
    names = " or ".join(f"`{SLASH_COMMAND} {command.usage}`" for command in similar)
    raise ValueError(f"There is no such command. Did you mean {names}?")


def _parse_arguments(command: Command, tokens: Tokens, now: datetime) -> dict[str, Any]:
    """Return the values of the command's arguments. Their keys are the arguments' `field`. Raise
    ValueError for the first problem."""
    parts = _split_at_keywords(command, tokens)
    words = [token for token in parts.pop("") if token.plain]  # those before the first keyword
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if argument.keyword:
            typed = parts.get(argument.keyword)
        else:
            count = len(words) if argument.takes_all_words else 1
            typed, words = words[:count] or None, words[count:]
        if typed is not None:
            values[argument.field] = argument.parse(typed, now)
        elif not argument.optional:
            raise ValueError(f"`{argument.usage}` is missing.")
    if words:
        raise ValueError(f"`{command.name}` has too many words.")
    return values


def _split_at_keywords(command: Command, tokens: Tokens) -> dict[str, list[TypedToken]]:
    """Return the tokens after each of the command's keywords, by keyword. Under "" are the tokens
    before the first keyword. A keyword after `because` is part of the reason. Raise ValueError for
    a keyword that is typed twice."""
    keywords = {argument.keyword for argument in command.arguments}
    keyword = ""
    parts: dict[str, list[TypedToken]] = {"": []}
    for token in tokens:
        if token.plain in keywords - {""} and keyword != REASON.keyword:
            keyword = token.plain
            if keyword in parts:
                raise ValueError(f"Type `{keyword}` only once.")
            parts[keyword] = []
        else:
            parts[keyword].append(token)
    return parts
