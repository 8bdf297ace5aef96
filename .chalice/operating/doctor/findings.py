"""Print findings, and stop if one blocks the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from operating.aws_cli import Refused
from operating.console import Stop, say


class Kind(StrEnum):
    """The weight of a finding. Only STOP blocks a deployment."""

    OK = "ok"
    NOTE = "note"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, as a sentence for the operator."""

    kind: Kind
    text: str


# Each creates a finding of its kind, as in ok("The stack can be updated.").
ok, note, stop = (partial(Finding, kind) for kind in Kind)


def if_allowed(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings. If AWS refuses a call, yield a note that this subject was not checked."""
    try:
        yield from findings
    except Refused as refusal:
        yield note(f"Could not check {subject}. {refusal}")


def print_findings(findings: Iterable[Finding]) -> None:
    """Print the findings. Raise Stop if one blocks the deployment."""
    is_blocked = False
    for finding in findings:
        say(f"  {finding.kind:5} {finding.text}")
        is_blocked = is_blocked or finding.kind is Kind.STOP
    if is_blocked:
        raise Stop("Fix the findings marked STOP first. Nothing was changed.")
