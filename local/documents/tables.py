"""Replace a table in a page of documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable


def with_rows(page: str, head: str, rows: Iterable[str]) -> str:
    """Return the page with these rows in the table that has this head.

    `head` is the table's first two lines. Each row is a line that begins with `|`.
    """
    table = head + "".join(rows)
    return re.sub(re.escape(head) + r"(\|.*\n)+", lambda _: table, page, count=1)
