"""`make stops-table`: write the table of stops in docs/revocation.md, and those that the `daypass`
command sends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap

from chalicelib.domain.vending.stops.kinds import STOPS
from chalicelib.usecases.engagements.actions import AGENTS, CUT_OFFS
from chalicelib.usecases.requests.actions import ACTIONS
from local.documents.tables import with_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "revocation.md"
COMMAND = ROOT / "cli" / "daypass" / "commands" / "leads" / "declared.py"
_HEAD = (
    "| stop | type | new sessions | live sessions, if the client allows cut-offs | undo |\n"
    "| --- | --- | --- | --- | --- |\n"
)
_MODULE = '''"""The stops and the other actions by the words that a lead types, and the choices.

`make stops-table` writes this file.
"""

from __future__ import annotations

STOPS = %s
"""The name of each stop, and its route."""
ACTIONS = %s
"""The name of each other action, its route, and what it does."""
AGENTS = %s
CUT_OFFS = %s
'''


def replace_stop_table(page: str) -> str:
    """Return the text of docs/revocation.md with a new table of all stops."""
    rows = (
        f"| {kind.label} | `daypass {kind.command}` | {kind.new_sessions} | {kind.live_sessions}"
        f" | {kind.undo or '–'} |\n"
        for kind in STOPS.values()
    )
    return with_rows(page, _HEAD, rows)


def build_command_tables() -> str:
    """Return the text of the module of the command."""
    stops = {kind.command: (kind.name, kind.route) for kind in STOPS.values()}
    actions = {
        each.command: (each.name, each.route, each.summary)
        for each in ACTIONS.values()
        if each.command
    }
    choices = ({str(each): text for each, text in texts.items()} for texts in (AGENTS, CUT_OFFS))
    return _MODULE % (_format(stops), _format(actions), *map(_format, choices))


def _format(table: Mapping[str, str | tuple[str, ...]]) -> str:
    """Return the table in lines of at most 100 characters."""
    rows = (f'    "{name}": {_format_value(value)},\n' for name, value in table.items())
    return "{\n" + "".join(rows) + "}"


def _format_value(value: str | tuple[str, ...]) -> str:
    lines = (
        [f'"{text}",' for text in value]
        if isinstance(value, tuple)
        else [f'"{line}"' for line in wrap(value, 84, drop_whitespace=False)]
    )
    if len(lines) == 1:
        return lines[0]
    return "(\n" + "".join(f"        {line}\n" for line in lines) + "    )"


if __name__ == "__main__":
    PAGE.write_text(replace_stop_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    COMMAND.write_text(build_command_tables(), encoding="utf-8")
