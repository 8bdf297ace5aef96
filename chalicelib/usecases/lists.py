"""Lists of which a use case needs all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.lists import Page

T = TypeVar("T")

MANY = 1000
"""Items a read, where no answer has to carry them: about what DynamoDB gives in one (1 MB)."""


def every(pages: Callable[..., Page[T]], *of: str) -> tuple[T, ...]:
    """All items of a list of the state, such as `every(ports.state.roles, engagement)`.

    For what is bounded (an engagement has 20 roles at most, and a handful of links), and for work
    that is about all there is (the sweep's). Routes give pages instead.
    """
    found: list[T] = []
    cursor = ""
    while True:
        page = pages(*of, limit=MANY, cursor=cursor)
        found += page.items
        if not page.cursor:
            return tuple(found)
        cursor = page.cursor
