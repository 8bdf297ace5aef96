"""Keep the names of the last list, for shell completion and for a broker that does not answer."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from daypass.cached import UnsafeFile, home, read_private_json
from daypass.errors import LocalProblem
from daypass.machine.files import write_private_json

SLUG = "[a-z][a-z0-9-]{0,63}"
"""The name of an engagement, of a role or of a member, as a regular expression."""
PATTERNS = {
    "targets": re.compile(f"{SLUG}/{SLUG}"),
    "requests": re.compile(rf"{SLUG}\.[0-9a-v]{{16}}"),
}
"""The form of the names of each kind. A shell evaluates the names that it completes, so a name of
another form is neither stored nor offered."""


def store_names(kind: str, names: list[str]) -> bool:
    """Store the names of the last list. Return False, and store nothing, if one has another form.

    On a full disk nothing is stored: the list itself is still good.
    """
    if not all(map(PATTERNS[kind].fullmatch, names)):
        return False
    with suppress(LocalProblem):
        write_private_json(_path(kind), names)
    return True


def stored_names(kind: str) -> list[str]:
    """Return the names of the last list."""
    try:
        names = read_private_json(_path(kind))
    except UnsafeFile:
        return []
    if not isinstance(names, list):
        return []
    return [each for each in names if isinstance(each, str) and PATTERNS[kind].fullmatch(each)]


def _path(kind: str) -> str:
    return os.path.join(home(), f"{kind}.json")
