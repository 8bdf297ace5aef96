"""Lists, a page at a time. A cursor says where a page ended; one that was made up, or taken from
another list, is a place in this one, and opens no other."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from chalicelib.domain.values import Value, takes

T = TypeVar("T")

Limit = Annotated[
    int,
    takes("a whole number from 1 to 200", ge=1, le=200),
    Meta(description="How many a page. A page can be shorter, also where more come after it."),
]
USUAL_LIMIT = 50

_SAYS = "the cursor of the page before"
_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TIME = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z"
    r"#[a-z0-9]{1,32}(?:#outcome)?"
)
_time = re.compile(_TIME, re.ASCII)


def _read_time(unverified: Any) -> str:
    match = _time.fullmatch(unverified) if isinstance(unverified, str) else None
    try:
        if match is None:
            raise ValueError
        datetime.fromisoformat(match[1])  # a day that does not exist is no cursor either
    except ValueError:
        raise ValueError(f"This takes {_SAYS}.") from None
    return match[0]


NameCursor = Annotated[str, takes(_SAYS, pattern=f"^{_NAME}$(?!\\n)", max_length=40)]
"""Where a page of a list in the order of names ended: the last item's id or name."""

TimeCursor = Annotated[str, takes(_SAYS, reads=_read_time, pattern=f"^{_TIME}$(?!\\n)")]
"""Where a page of a list in the order of time ended: the last item's moment and id, and whether it
is what came of that."""


class Page(Value, Generic[T], frozen=True):
    """Some items of a list, and where to go on: an empty cursor says that there are no more."""

    items: tuple[T, ...]
    cursor: str
