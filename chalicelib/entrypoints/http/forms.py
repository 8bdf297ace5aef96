"""Read the forms that the pages' buttons send."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

MOST_FIELDS = 5


def parse_form(body: Any, largest: int) -> dict[str, str]:
    """Return the fields of a form. Return none if the body is longer than `largest` bytes, or is no
    form."""
    if len(body) > largest:
        return {}
    try:
        text = body.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}
