"""Find commands by their names. Each loads its own module alone, so that it starts soon."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from daypass.index import TEXT

if TYPE_CHECKING:
    from daypass.command import Command


class Row(NamedTuple):
    """A command's module, its heading in `daypass --help` and its summary. The help leaves out a
    command without a heading."""

    module: str
    group: str
    summary: str


def _read_index() -> dict[str, Row]:
    rows, group, module = {}, "", ""
    for line in TEXT.split("\n"):
        if line.startswith("["):
            group = line[1:-1]
        elif line.startswith("    "):
            name, _, summary = line.strip().partition(" ")
            rows[name] = Row(module, group, summary)
        else:
            module = line.strip()
    return rows


INDEX = _read_index()


def find_command(name: str) -> Command | None:
    """Return the command of this name, or None."""
    if name not in INDEX:
        return None
    declared: tuple[Command, ...] = import_module(f"daypass.{INDEX[name].module}").COMMANDS
    return next(each for each in declared if each.name == name)._replace(group=INDEX[name].group)


def list_commands() -> list[Command]:
    """Return all commands in the order of the index."""
    return [command for command in map(find_command, INDEX) if command]
