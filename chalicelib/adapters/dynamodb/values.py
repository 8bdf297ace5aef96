"""Moments and what may be missing, in an item's values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb.keys import sortable

Values = dict[str, Any]
"""Attribute names with plain values: text, int, bool, set of text, list of text, map of text."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def maybe_text(moment: datetime | None) -> str | None:
    return None if moment is None else sortable(moment)
