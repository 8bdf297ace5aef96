"""The table of routes in docs/api.md, from the routes: `make openapi` writes it."""

from __future__ import annotations

import re
from pathlib import Path

import app
from chalicelib.domain.people.members import Kind
from chalicelib.entrypoints.http.routes import ROUTES, Route

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
_HEAD = "| route | for | |\n| --- | --- | --- |\n"


def written(page: str) -> str:
    """The page with the table as the routes say."""
    assert app.app.routes
    rows = sorted(ROUTES, key=lambda route: (route.path, route.method))
    table = "".join(
        f"| `{one.method} {one.path}` | {_for_whom(one)} | {one.summary} |\n" for one in rows
    )
    return re.sub(re.escape(_HEAD) + r"(\|.*\n)+", lambda _: _HEAD + table, page, count=1)


def _for_whom(route: Route) -> str:
    if route.kinds == frozenset(Kind):
        return "every member"
    return ", ".join(sorted(route.kinds, reverse=True)) or route.authentication.callers


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
