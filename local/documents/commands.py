"""`make commands-page`: write docs/reference/commands.md from the declarations of `daypass`."""

from __future__ import annotations

from argparse import BooleanOptionalAction
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from daypass.catalogue import list_commands
from daypass.command import BROKER, LIST, YES, Argument, Command
from daypass.errors import EXIT_CODES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
_SHARED = (*LIST, YES, BROKER)
_HEAD = "| argument | |\n| --- | --- |\n"


def build_page() -> str:
    """Return the text of the page: a section for each command that `daypass --help` lists, and the
    exit codes."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    return (
        "# Commands\n\n"
        "`make commands-page` writes this page from the code. Do not edit this page."
        " [Using Daypass](../using.md) and [Leading a team](../leading.md) show the commands at"
        " work.\n\n"
        "Many commands also take these arguments:\n\n"
        f"{_build_table(_SHARED)}\n"
        f"## Exit codes\n\n| code | means |\n| --- | --- |\n{codes}\n"
        "`daypass exec`, `daypass shell` and `daypass serve` exit with the program's own code once"
        " it has started.\n\n"
    ) + "\n".join(
        f"## {group}\n\n" + "\n".join(map(_build_section, commands))
        for group, commands in list_groups()
    )


def list_groups() -> Iterator[tuple[str, Iterator[Command]]]:
    """Yield each heading of `daypass --help` with its commands."""
    listed = (command for command in list_commands() if command.group)
    return groupby(listed, attrgetter("group"))


def _build_section(command: Command) -> str:
    own = [argument for argument in command.arguments if argument not in _SHARED]
    paragraphs = (
        f"### `daypass {command.name}`",
        f"{command.summary}. {command.description}".strip(),
        "After `--`, it takes a program and its arguments." if command.takes_program else "",
        _build_table(own).rstrip() if own else "",
    )
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _build_table(arguments: Sequence[Argument]) -> str:
    rows = (
        f"| `{_spell(argument)}` | {argument.options.get('help') or ''} |\n"
        for argument in arguments
    )
    return _HEAD + "".join(rows).replace("%%", "%")


def _spell(argument: Argument) -> str:
    """Return how to type the argument, such as `--for DURATION`, for a cell of a table."""
    text = ", ".join(option_names(argument))
    return f"{text} {name_value(argument)}".strip().replace("|", "\\|")


def option_names(argument: Argument) -> list[str]:
    """Return the names of an option; of another argument, none."""
    names = [name for name in argument.names if name.startswith("-")]
    is_switch = argument.options.get("action") is BooleanOptionalAction
    return [*names, *(f"--no-{name[2:]}" for name in names if is_switch)]


def name_value(argument: Argument) -> str:
    """Return the name of the argument's value, or its choices; empty for one without a value."""
    options, first = argument.options, argument.names[0]
    if first.startswith("-") and options.get("action", "append") != "append":
        return ""
    value = options.get("metavar") or "|".join(map(str, options.get("choices") or ()))
    value = value or first.strip("-").upper()
    return value if isinstance(value, str) else " ".join(value)


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
