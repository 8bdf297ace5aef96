"""Print findings, and stop if one blocks the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from operating.aws_cli import Refused
from operating.console import Stop, say


class Kind(StrEnum):
    OK = "ok"
    NOTE = "note"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    text: str


ok, note, stop = (partial(Finding, kind) for kind in Kind)


def if_allowed(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, or a note that AWS did not allow the check of this subject."""
    try:
        yield from findings
    except Refused as refusal:
        yield note(f"Could not check {subject}. {refusal}")


def print_findings(findings: Iterable[Finding]) -> None:
    """Print the findings. Raise Stop if one blocks the deployment."""
    stops = False
    for finding in findings:
        say(f"  {finding.kind:5} {finding.text}")
        stops = stops or finding.kind is Kind.STOP
    if stops:
        raise Stop("Fix the findings marked STOP first. Nothing was changed.")
