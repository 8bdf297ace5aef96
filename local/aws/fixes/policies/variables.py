"""Policy variables, as in "IAM policy elements: Variables and tags" (IAM User Guide)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Lookup = Callable[[str], Any]
"""Gives the value of a condition key in the request, or None."""

_VERSION = "2012-10-17"
_WILDCARDS = ("*", "?")
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
# ${*}, ${?} and ${$}; or a key, and perhaps a default: two single quotes in it are one.
_VARIABLE = re.compile(
    r"""\$\{\s*(?:(?P<character>[*?$])|(?P<key>[^{}',]+?)\s*(?:,\s*'(?P<default>(?:[^']|'')*)')?)\s*\}"""
)


class NoValue(Exception):
    """A variable stands for a key that the request does not have, and it has no default."""


class Undocumented(Exception):
    """AWS does not say how it reads this."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A string of a policy, its variables replaced. A wildcard within a value stands for itself."""

    pieces: tuple[tuple[str, bool], ...]
    """Texts, each with whether wildcards count in it."""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def is_like(self, value: str) -> bool:
        """`*` stands for any characters, `?` for one."""
        return self._matches(value, lambda _: ".")

    def is_arn_like(self, value: str) -> bool:
        """The same within each of the six parts of an ARN: no wildcard reaches past a part.

        Undocumented for a value that is not an ARN, even if the pattern is `*`.
        """
        if not _ARN.fullmatch(value):
            raise Undocumented
        if self.pieces == (("*", True),):
            return True
        return self._matches(value, lambda part: "." if part >= 5 else "[^:]")

    def _matches(self, value: str, one_in: Callable[[int], str]) -> bool:
        expression, part = "", 0
        for text, counts in self.pieces:
            for character in text:
                part += character == ":"
                if counts and character in _WILDCARDS:
                    expression += one_in(part) + "*" * (character == "*")
                else:
                    expression += re.escape(character)
        return re.fullmatch(expression, value, re.DOTALL) is not None


def resolved(template: str, lookup: Lookup) -> Pattern:
    """The template with its variables replaced by what the request has.

    NoValue if it has not. Undocumented if a key has several values. Something that only looks like
    a variable stands for itself.
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


def of_its_version(document: Any) -> Any:
    """The policy document, in which what is no variable in its version is none in this one.

    Only version 2012-10-17 knows variables; without it `${` stands for itself.
    """
    if not isinstance(document, dict) or document.get("Version") == _VERSION:
        return document
    return json.loads(json.dumps(document).replace("${", "${$}{"))
