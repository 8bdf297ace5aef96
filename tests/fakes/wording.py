"""Put each entry of every test on fakes into words. A test fails if words are missing."""

from __future__ import annotations

from chalicelib.domain.trail import Entry
from chalicelib.domain.web.sentences import describe_entry

unclear: list[str] = []
"""The sentences since the test began that show a part of a template, or Python's None."""


def check(entry: Entry) -> None:
    """Record the entry's sentence if its words are incomplete."""
    parts = describe_entry(entry).parts
    words = "".join(part.text for part in parts if not part.is_value)
    if set("{}[]|") & set(words) or "None" in words or "None" in [part.text for part in parts]:
        unclear.append("".join(part.text for part in parts))
