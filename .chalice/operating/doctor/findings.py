"""What is found, and whether a deployment stops at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from operating.aws_cli import Refused
from operating.telling import say


class Kind(StrEnum):
    OK = "ok"
    NOTE = "note"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    text: str


def if_allowed(question: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, and a note if AWS refuses to say whether the question's answer is yes."""
    try:
        yield from findings
    except Refused as refusal:
        yield Finding(Kind.NOTE, f"Unknown: whether {question}. {refusal}")


def tell(findings: Iterable[Finding]) -> bool:
    """Say them. Whether a deployment stops at one."""
    stops = False
    for finding in findings:
        say(f"  {finding.kind:5} {finding.text}")
        stops = stops or finding.kind is Kind.STOP
    return stops
