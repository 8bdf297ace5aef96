"""What STS demands of AssumeRole's parameters before it looks at any policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Text:
    name: str
    shortest: int
    longest: int
    pattern: str | None = None
    required: bool = False

    def faults(self, value: str | None) -> Iterator[str]:
        if value is None:
            if self.required:
                yield "Member must not be null"
            return
        if len(value) < self.shortest:
            yield f"Member must have length greater than or equal to {self.shortest}"
        if len(value) > self.longest:
            yield f"Member must have length less than or equal to {self.longest}"
        # ASCII, as AWS reads \w; fullmatch, since $ would let a final newline through.
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.pattern}"


@dataclass(frozen=True, slots=True)
class _Number:
    name: str
    least: int
    most: int

    def faults(self, value: str | None) -> Iterator[str]:
        if value is None:
            return
        if not re.fullmatch(r"-?\d{1,10}", value, re.ASCII):
            yield "Member must be an integer"
        elif int(value) < self.least:
            yield f"Member must have value greater than or equal to {self.least}"
        elif int(value) > self.most:
            yield f"Member must have value less than or equal to {self.most}"


# SourceIdentity: newer models allow 256 characters, older SDKs 64; what passes here passes both.
_ASSUME_ROLE = (
    _Text("RoleArn", shortest=20, longest=2048, required=True),
    _Text("RoleSessionName", shortest=2, longest=64, pattern=r"[\w+=,.@-]*", required=True),
    _Text("ExternalId", shortest=2, longest=1224, pattern=r"[\w+=,.@:\/-]*"),
    _Text("SourceIdentity", shortest=2, longest=64, pattern=r"[\w+=,.@-]*"),
    _Number("DurationSeconds", least=900, most=43200),
)


def complaint(parameters: Mapping[str, str]) -> str | None:
    """AWS's sentence about every parameter that breaks a constraint, or None."""
    found: list[str] = []
    for constraint in _ASSUME_ROLE:
        value = parameters.get(constraint.name)
        told = "null" if value is None else f"'{value}'"
        member = constraint.name[0].lower() + constraint.name[1:]
        found.extend(
            f"Value {told} at '{member}' failed to satisfy constraint: {fault}"
            for fault in constraint.faults(value)
        )
    if not found:
        return None
    plural = "s" if len(found) > 1 else ""
    return f"{len(found)} validation error{plural} detected: " + "; ".join(found)
