"""Policy variables, as in "IAM policy elements: Variables and tags" (IAM User Guide)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Lookup = Callable[[str], Any]
"""Returns the value of a condition key in the request, or None."""

_VERSION = "2012-10-17"
_WILDCARDS = ("*", "?")
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
# ${*}, ${?} and ${$}; or a key with an optional default, in which '' stands for one quote.
_VARIABLE = re.compile(
    r"""\$\{\s*(?:(?P<character>[*?$])|(?P<key>[^{}',]+?)\s*(?:,\s*'(?P<default>(?:[^']|'')*)')?)\s*\}"""
)


class NoValue(Exception):
    """The request lacks the variable's key, and the variable has no default."""


class Undocumented(Exception):
    """AWS does not document this case."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A string of a policy, its variables replaced. A wildcard in a variable's value is literal."""

    pieces: tuple[tuple[str, bool], ...]
    """Pairs of a text and whether its wildcards count."""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def is_like(self, value: str) -> bool:
        """Return whether the value matches, where `*` stands for any characters and `?` for one."""
        return self._matches(value, lambda _: ".")

    def is_arn_like(self, value: str) -> bool:
        """Return whether the ARN matches, where no wildcard spans two of an ARN's six parts.

        Undocumented for a value that is not an ARN, even if the pattern is `*`.
        """
        if not _ARN.fullmatch(value):
            raise Undocumented
        if self.pieces == (("*", True),):
            return True
        return self._matches(value, lambda part: "." if part >= 5 else "[^:]")

    def _matches(self, value: str, character_of: Callable[[int], str]) -> bool:
        expression, part = "", 0
        for text, counts in self.pieces:
            for character in text:
                part += character == ":"
                if counts and character in _WILDCARDS:
                    expression += character_of(part) + "*" * (character == "*")
                else:
                    expression += re.escape(character)
        return re.fullmatch(expression, value, re.DOTALL) is not None


def resolved(template: str, lookup: Lookup) -> Pattern:
    """Return the template with its variables replaced by the request's values.

    NoValue if the request lacks one. Undocumented if a key has several values. A malformed variable
    is literal text.
    """
    pieces: list[tuple[str, bool]] = []
    end = 0
    for variable in _VARIABLE.finditer(template):
        pieces += [(template[end : variable.start()], True), (_value(variable, lookup), False)]
        end = variable.end()
    pieces.append((template[end:], True))
    return Pattern(tuple(piece for piece in pieces if piece[0]))


def _value(variable: re.Match[str], lookup: Lookup) -> str:
    if variable["character"]:
        return variable["character"]
    value = lookup(variable["key"])
    if isinstance(value, list):
        raise Undocumented
    if value is not None:
        return str(value)
    if variable["default"] is None:
        raise NoValue
    return variable["default"].replace("''", "'")


def escape_old_version(document: Any) -> Any:
    """Return the policy document for evaluation as version 2012-10-17.

    Only that version has variables. In an older document `${` is literal, so it is escaped.
    """
    if not isinstance(document, dict) or document.get("Version") == _VERSION:
        return document
    return json.loads(json.dumps(document).replace("${", "${$}{"))
