"""Define the pages and cursors of lists. A cursor marks where a page ended. If a caller sends a
made-up cursor or a cursor of another list, only the start of the page changes: a cursor gives no
access."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from chalicelib.domain.values import Value, accepts

T = TypeVar("T")

Limit = Annotated[
    int,
    accepts("a whole number from 1 to 200", ge=1, le=200),
    Meta(description="The page size. A page can be shorter even if more pages follow."),
]
USUAL_LIMIT = 50

_CURSOR = "the cursor of the previous page"
_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TIME = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z"
    r"#[a-z0-9]{1,32}(?:#outcome)?"
)
_time = re.compile(_TIME, re.ASCII)


def _parse_time_cursor(unverified: Any) -> str:
    """Return the cursor. Raise ValueError unless it is a cursor of a list sorted by time."""
    match = _time.fullmatch(unverified) if isinstance(unverified, str) else None
    try:
        if match is None:
            raise ValueError
        datetime.fromisoformat(match[1])  # refuses a day that does not exist
    except ValueError:
        raise ValueError(f"This must be {_CURSOR}.") from None
    return match[0]


NameCursor = Annotated[str, accepts(_CURSOR, pattern=f"^{_NAME}$(?!\\n)", max_length=40)]
"""A cursor of a list sorted by name: the ID or name of the page's last item."""

TimeCursor = Annotated[
    str, accepts(_CURSOR, parser=_parse_time_cursor, pattern=f"^{_TIME}$(?!\\n)")
]
"""A cursor of a list sorted by time: the time and ID of the page's last item, followed by
`#outcome` for a vend's outcome."""


class Page(Value, Generic[T], frozen=True):
    """Some items of a list, and the cursor of the next page. An empty cursor means that there are
    no more."""

    items: tuple[T, ...]
    cursor: str
