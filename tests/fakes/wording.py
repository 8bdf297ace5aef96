"""Put each entry of every test on fakes into words. A test fails if words are missing."""

from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.trail import Entry

unclear: list[str] = []
"""The sentences since the test began that show Python's None, or of an event whose outcome has no
sentence."""
_clear: set[str] = set()
"""Entries whose words are complete. A search through interleavings writes the same ones often."""


def check(entry: Entry) -> None:
    """Record the entry's sentence if its words are incomplete."""
    shown = repr(entry)
    if shown in _clear:
        return
    sentence = describe_entry(entry)
    if "None" in sentence or sentence.startswith("The entry"):
        unclear.append(sentence.text)
    else:
        _clear.add(shown)
