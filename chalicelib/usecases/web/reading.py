"""Read the parts of a page, so that one that cannot be read does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from chalicelib.domain.errors import Unavailable
from chalicelib.usecases.ports import Ports

T = TypeVar("T")


def read_part(read: Callable[[], T]) -> T | None:
    """Return the part of a page, or None if a service did not answer."""
    try:
        return read()
    except Unavailable:
        return None


def read_parts(ports: Ports, parts: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return the parts of a page by name, read side by side. A part is None if a service did not
    answer."""
    calls = [partial(read_part, read) for read in parts.values()]
    return dict(zip(parts, ports.side_by_side(calls), strict=True))
