"""What is found, and whether a deployment stops at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from operating.aws_cli import Refused
from operating.telling import Stop, say


class Kind(StrEnum):
    OK = "ok"
    NOTE = "note"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    text: str


ok, note, stop = (partial(Finding, kind) for kind in Kind)


def if_allowed(question: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, and a note if AWS refuses to say whether the question's answer is yes."""
    try:
        yield from findings
    except Refused as refusal:
        yield note(f"Unknown: whether {question}. {refusal}")


def tell(findings: Iterable[Finding]) -> None:
    """Say them all. Stop if one of them is in the way."""
    stops = False
    for finding in findings:
        say(f"  {finding.kind:5} {finding.text}")
        stops = stops or finding.kind is Kind.STOP
    if stops:
        raise Stop("That is to be mended first. Nothing was changed.")
