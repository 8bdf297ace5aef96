"""`make slack-table`: write the table in docs/reference/slack-commands.md."""

from __future__ import annotations

from pathlib import Path

from chalicelib.domain.slack.commands import SLASH_COMMAND
from chalicelib.usecases.slack.commands import COMMANDS
from local.documents.tables import with_rows

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "slack-commands.md"
_HEAD = "| command | what it does |\n| --- | --- |\n"


def replace_command_table(page: str) -> str:
    """Return the text of the page with a new table of all commands."""
    rows = (f"| `{SLASH_COMMAND} {command.usage}` | {command.summary} |\n" for command in COMMANDS)
    return with_rows(page, _HEAD, rows)


if __name__ == "__main__":
    PAGE.write_text(replace_command_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
