"""Show a list of the API's: the headings and rows that it makes for a person, or its JSON."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.broker import Broker
from daypass.errors import UnexpectedAnswer
from daypass.targets import store_names
from daypass.terminal.output import print_json, print_table, print_text, progress, write_bytes
from daypass.terminal.times import show_cell


def show_named(broker: Broker, kind: str, name: str, arguments: Namespace) -> None:
    """Print the list of this kind, such as `members`, or only the rows with this name. Of the whole
    list, keep the names for shell completion: they are in the first column."""
    search = {"q": name} if name else {}
    rows = show_list(broker, f"/v1/{kind}", kind, search, arguments=arguments)
    if rows and not (name or arguments.search):
        store_names(kind, [row[0] for row in rows])


def show_list(
    broker: Broker,
    path: str,
    name: str,
    *filters: dict[str, Any],
    arguments: Namespace,
    title: str = "",
) -> list[list[str]]:
    """Print the list as the arguments of LIST say. JSON has its items under `name`. Return the rows
    of the table, or none.

    With several filters, it is the list of each. A column without a heading is printed below its
    row. With a title, an empty list prints nothing.
    """
    choice = {"q": arguments.search, "sort": arguments.sort}
    queries = [{**choice, **query} for query in filters or ({},)]
    if arguments.json:
        with progress("Reading"):
            items = [item for query in queries for item in broker.list_items(path, name, **query)]
        print_json(items)
        return []
    if arguments.csv:
        for number, query in enumerate(queries):
            for page in broker.read_texts(path, "text/csv", format="csv", **query):
                write_bytes(page.partition(b"\r\n")[2] if number else page)
        return []
    with progress("Reading"):
        tables = [
            table
            for query in queries
            for table in broker.read_pages(path, "rows", format="table", **query)
        ]
    headings, rows = tables[0]["headings"], [row for table in tables for row in table["rows"]]
    if any(len(row) != len(headings) for row in rows):
        raise UnexpectedAnswer(broker.address, "a table")
    if not rows:
        if not title:
            print_text(tables[0]["empty"])
        return []
    if title:
        print(f"{title}:")
    shown = [list(map(show_cell, row)) for row in rows]
    titled = [index for index, heading in enumerate(headings) if heading]
    print_table(
        [headings[index].upper() for index in titled],
        [[row[index] for index in titled] for row in shown],
        [" ".join(c for c, h in zip(row, headings) if c and not h) for row in shown],
    )
    return rows
