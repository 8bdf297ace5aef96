"""Compare a value with a pattern of a policy: `*` stands for any characters, and `?` for one."""

from __future__ import annotations

import re
from collections.abc import Callable

_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)


class Undocumented(Exception):
    """AWS does not document this case."""


def is_like(pattern: str, value: str) -> bool:
    """Return whether the value matches."""
    return _matches(pattern, value, lambda _: ".")


def is_arn_like(pattern: str, value: str) -> bool:
    """Return whether the ARN matches, where no wildcard spans two of an ARN's six parts.

    Undocumented for a value that is not an ARN, even if the pattern is `*`.
    """
    if not _ARN.fullmatch(value):
        raise Undocumented
    return pattern == "*" or _matches(pattern, value, lambda part: "." if part >= 5 else "[^:]")


def _matches(pattern: str, value: str, character_of: Callable[[int], str]) -> bool:
    if "${" in pattern:
        raise NotImplementedError("the local AWS has no policy variables")
    expression, part = "", 0
    for character in pattern:
        part += character == ":"
        if character in ("*", "?"):
            expression += character_of(part) + "*" * (character == "*")
        else:
            expression += re.escape(character)
    return re.fullmatch(expression, value, re.DOTALL) is not None
