"""Declare a day in a query, as a browser's date field sends it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from chalicelib.domain.values import build_constraints


def _parse_day(unverified: Any) -> str:
    """Return the day unchanged. Raise ValueError unless it is one of the years 2000 to 2999."""
    text = str(unverified)
    try:
        if len(text) == 10 and 2000 <= date.fromisoformat(text).year <= 2999:
            return text
    except ValueError:
        pass
    raise ValueError("This must be a day such as 2026-12-31.")


Day = Annotated[
    str,
    build_constraints(
        "a day such as 2026-12-31",
        parser=_parse_day,
        pattern=r"^2[0-9]{3}-[01][0-9]-[0-3][0-9]$(?!\n)",
        max_length=10,
    ),
]
