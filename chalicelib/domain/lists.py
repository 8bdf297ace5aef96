"""Define the pages and cursors of lists. A cursor marks where a page ended. It gives no access: a
made-up cursor, or one of another list, only changes where the page begins."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from chalicelib.domain.values import Value, build_constraints

T = TypeVar("T")

Limit = Annotated[
    int,
    build_constraints("a whole number from 1 to 200", ge=1, le=200),
    Meta(description="The page size. A page can be shorter, even if more pages follow."),
]
USUAL_LIMIT = 50

_CURSOR = "the cursor of the previous page"
_NAME_CURSOR = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TIME_CURSOR = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z"
    r"#[a-z0-9]{1,32}(?:#(?:end|outcome|revoke))?"
)
_time_cursor = re.compile(_TIME_CURSOR, re.ASCII)


def _parse_time_cursor(unverified: Any) -> str:
    """Return the cursor unchanged. Raise ValueError unless it is a cursor of a list sorted by
    time."""
    match = _time_cursor.fullmatch(unverified) if isinstance(unverified, str) else None
    try:
        if match is None:
            raise ValueError
        datetime.fromisoformat(match[1])  # refuses a day that does not exist
    except ValueError:
        raise ValueError(f"This must be {_CURSOR}.") from None
    return match[0]


NameCursor = Annotated[
    str, build_constraints(_CURSOR, pattern=f"^{_NAME_CURSOR}$(?!\\n)", max_length=40)
]
"""A cursor of a list sorted by name: the ID or name of the page's last item."""

PairCursor = Annotated[
    str,
    build_constraints(
        _CURSOR, pattern=f"^{_NAME_CURSOR}(?::{_NAME_CURSOR})?$(?!\\n)", max_length=80
    ),
]
"""A cursor of a list sorted by engagement and a second name, such as a member or a role: one ID, or
two with a colon between them."""

RequestCursor = Annotated[
    str, build_constraints(_CURSOR, pattern=r"^[A-Za-z0-9:.#-]+$(?!\n)", max_length=100)
]
"""A cursor of a list of requests: the time and the ID, or the ID, of the page's last request."""

TimeCursor = Annotated[
    str, build_constraints(_CURSOR, parser=_parse_time_cursor, pattern=f"^{_TIME_CURSOR}$(?!\\n)")
]
"""A cursor of a list sorted by time: the time and ID of the page's last item, followed by
`#outcome` if the item records how a vend (the issuing of a session) ended, and by `#end` or
`#revoke` if it records the end of the session."""


class Page(Value, Generic[T], frozen=True):
    """Some items of a list, and the cursor with which a caller gets the next page. An empty cursor
    means that no page follows."""

    items: tuple[T, ...]
    cursor: str
