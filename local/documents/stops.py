"""`make stops-table`: write the table of stops in docs/revocation.md, and those that the `daypass`
command sends."""

from __future__ import annotations

from pathlib import Path

from chalicelib.domain.vending.stops.kinds import STOPS
from local.documents.tables import with_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "revocation.md"
COMMAND = ROOT / "cli" / "daypass" / "commands" / "leads" / "stops.py"
_HEAD = (
    "| stop | type | new sessions | live sessions, if the client allows cut-offs | undo |\n"
    "| --- | --- | --- | --- | --- |\n"
)
_MODULE = '''"""The stops by the words that a lead types. `make stops-table` writes this file."""

from __future__ import annotations

STOPS = {
%s}
"""The name of each stop, and its route."""
'''


def replace_stop_table(page: str) -> str:
    """Return the text of docs/revocation.md with a new table of all stops."""
    rows = (
        f"| {kind.label} | `daypass {kind.command}` | {kind.new_sessions} | {kind.live_sessions}"
        f" | {kind.undo or '–'} |\n"
        for kind in STOPS.values()
    )
    return with_rows(page, _HEAD, rows)


def build_command_stops() -> str:
    """Return the text of the module of the command."""
    return _MODULE % "".join(
        f'    "{kind.command}": (\n        "{kind.name}",\n        "{kind.route}",\n    ),\n'
        for kind in STOPS.values()
    )


if __name__ == "__main__":
    PAGE.write_text(replace_stop_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    COMMAND.write_text(build_command_stops(), encoding="utf-8")
