"""Read the parts of a page, so that one that cannot be read does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.errors import Unavailable
from chalicelib.usecases.lists import read_part as read_part
from chalicelib.usecases.lists import read_parts as read_parts

T = TypeVar("T")


class PartReader:
    """Reads the parts of a page, and collects the names of those that could not be read."""

    def __init__(self, suffix: str = "") -> None:
        self._suffix = suffix
        self.unread: list[str] = []

    def read(self, part: str, call: Callable[[], T], otherwise: T) -> T:
        """Return the part. If DynamoDB does not answer, note that, and return `otherwise`."""
        try:
            return call()
        except Unavailable:
            self.unread.append(f"{part} could not be read now.{self._suffix}")
            return otherwise
