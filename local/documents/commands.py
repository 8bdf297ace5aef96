"""`make commands-page`: write docs/reference/commands.md from the declarations of `daypass`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from daypass.command import BROKER, LIST, YES, Argument, Command
from daypass.command_line import COMMANDS
from daypass.errors import EXIT_CODES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
_SHARED = (*LIST, YES, BROKER)
_HEAD = "| argument | |\n| --- | --- |\n"


def build_page() -> str:
    """Return the text of the page: a section for each command that `daypass --help` lists, and the
    exit codes."""
    listed = [command for command in COMMANDS if command.group]
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
        for group, commands in groupby(listed, key=lambda command: command.group)
    )


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
    options = argument.options
    first, *_ = argument.names
    value = options.get("metavar") or "|".join(map(str, options.get("choices") or ()))
    value = value or first.strip("-").upper()
    if not first.startswith("-"):
        text = value
    else:
        text = ", ".join(argument.names) + ("" if "action" in options else f" {value}")
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
