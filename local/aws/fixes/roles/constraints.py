"""Validation of AssumeRole's parameters, which STS does before it evaluates policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Text:
    """The rules for a parameter that is a text."""

    name: str
    shortest: int
    longest: int
    pattern: str | None = None
    required: bool = False

    def find_problems(self, value: str | None) -> Iterator[str]:
        """Yield what is wrong with the value, in AWS's words."""
        if value is None:
            if self.required:
                yield "Member must not be null"
            return
        if len(value) < self.shortest:
            yield f"Member must have length greater than or equal to {self.shortest}"
        if len(value) > self.longest:
            yield f"Member must have length less than or equal to {self.longest}"
        # ASCII: AWS's \w has only ASCII. fullmatch: $ would accept a final newline.
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.pattern}"


@dataclass(frozen=True, slots=True)
class _Number:
    """The rules for an optional parameter that is a whole number."""

    name: str
    least: int
    most: int

    def find_problems(self, value: str | None) -> Iterator[str]:
        """Yield what is wrong with the value, in AWS's words."""
        if value is None:
            return
        if not re.fullmatch(r"-?\d{1,10}", value, re.ASCII):
            yield "Member must be an integer"
        elif int(value) < self.least:
            yield f"Member must have value greater than or equal to {self.least}"
        elif int(value) > self.most:
            yield f"Member must have value less than or equal to {self.most}"


# SourceIdentity: newer service models allow 256 characters, older ones 64. Use the stricter limit.
_ASSUME_ROLE = (
    _Text("RoleArn", shortest=20, longest=2048, required=True),
    _Text("RoleSessionName", shortest=2, longest=64, pattern=r"[\w+=,.@-]*", required=True),
    _Text("ExternalId", shortest=2, longest=1224, pattern=r"[\w+=,.@:\/-]*"),
    _Text("SourceIdentity", shortest=2, longest=64, pattern=r"[\w+=,.@-]*"),
    _Number("DurationSeconds", least=900, most=43200),
)


def find_complaint(parameters: Mapping[str, str]) -> str | None:
    """Return AWS's message about all invalid parameters, or None."""
    errors: list[str] = []
    for constraint in _ASSUME_ROLE:
        value = parameters.get(constraint.name)
        shown = "null" if value is None else f"'{value}'"
        member = constraint.name[0].lower() + constraint.name[1:]
        errors.extend(
            f"Value {shown} at '{member}' failed to satisfy constraint: {problem}"
            for problem in constraint.find_problems(value)
        )
    if not errors:
        return None
    plural = "s" if len(errors) > 1 else ""
    return f"{len(errors)} validation error{plural} detected: " + "; ".join(errors)
