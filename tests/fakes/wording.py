"""Put each entry of every test on fakes into words. A test fails if words are missing."""

from __future__ import annotations

from chalicelib.domain.trail import Entry
from chalicelib.domain.web.sentences import describe_entry

unclear: list[str] = []
"""The sentences since the test began that show a part of a template, or Python's None."""
_clear: set[str] = set()
"""Entries whose words are complete. A search through interleavings writes the same ones often."""


def check(entry: Entry) -> None:
    """Record the entry's sentence if its words are incomplete."""
    shown = repr(entry)
    if shown in _clear:
        return
    parts = describe_entry(entry).parts
    words = "".join(part.text for part in parts if not part.is_value)
    if set("{}[]|") & set(words) or "None" in words or "None" in [part.text for part in parts]:
        unclear.append("".join(part.text for part in parts))
    else:
        _clear.add(shown)
