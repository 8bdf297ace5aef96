"""Compare clients' names. A client is the name that its engagements share."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\W_]+")


def normalise_client_name(name: str) -> str:
    """Return the form in which two spellings of one client's name are equal: without the case of
    letters, and with single spaces."""
    return " ".join(name.split()).casefold()


def is_similar_client_name(name: str, other: str) -> bool:
    """Return whether the names may be of one client: all words of one of them are in the other, or
    one begins with the other, apart from case, spaces and punctuation."""
    words, other_words = _split_words(name), _split_words(other)
    shorter, longer = sorted(("".join(words), "".join(other_words)), key=len)
    if not shorter:
        return False
    if longer.startswith(shorter):
        return True
    return set(words) & set(other_words) in (set(words), set(other_words))


def _split_words(name: str) -> list[str]:
    return [word for word in _SEPARATORS.split(name.casefold()) if word]
