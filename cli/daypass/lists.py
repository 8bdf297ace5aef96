"""Show a list of the API's: the headings and rows that it makes for a person, or its JSON."""

from __future__ import annotations

import re
from typing import Any

from daypass.broker import Broker
from daypass.errors import UnexpectedAnswer
from daypass.terminal.output import print_json, print_table, print_text
from daypass.terminal.times import show_moment
from daypass.terminal.waiting import progress

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def show_list(
    broker: Broker, path: str, name: str, *, as_json: bool, **query: Any
) -> list[list[str]]:
    """Print the list, whose items JSON has under `name`. Return the rows of the table, or none.

    A column without a heading is printed below its row.
    """
    with progress("Reading"):
        if as_json:
            items = list(broker.pages(path, name, **query))
        else:
            tables = list(broker.read_pages(path, "rows", format="table", **query))
    if as_json:
        print_json(items)
        return []
    rows = [row for table in tables for row in table["rows"]]
    headings = tables[0]["headings"]
    if any(len(row) != len(headings) for row in rows):
        raise UnexpectedAnswer(broker.address, "a table")
    if not rows:
        print_text(tables[0]["empty"])
        return []
    shown = [
        [show_moment(cell) if _MOMENT.fullmatch(cell) else cell for cell in row] for row in rows
    ]
    titled = [index for index, heading in enumerate(headings) if heading]
    print_table(
        [headings[index].upper() for index in titled],
        [[row[index] for index in titled] for row in shown],
        [" ".join(c for c, h in zip(row, headings) if c and not h) for row in shown],
    )
    return rows
