"""`daypass why` says whether the role's live sessions could be ended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.samples import BEGIN
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

PATH = "/v1/engagements/acme-prod/roles/readonly/verify"
PASSED = {"check": "cut-off-role", "result": "passed", "message": "It accepts us.", "fix": ""}
FAILED = {"check": "brake", "result": "failed", "message": "It is off.", "fix": "Attach it."}
UNKNOWN = {"check": "brake", "result": None, "message": "It is not written yet.", "fix": ""}
SAFE = {"grade": "A", "passed": True, "causes": [], "causes_are_certain": False, "checks": []}


@pytest.mark.parametrize(
    ("checked_at", "seen_at", "checks", "lines"),
    [
        (None, None, [], ["Cut-off: not checked yet"]),
        (BEGIN, BEGIN, [PASSED], ["Cut-off: seen to work, Thu 2026-01-01 00:00 UTC"]),
        (
            BEGIN,
            None,
            [PASSED],
            ["Cut-off: the cut-off role passed its check, and the freeze cannot be tried"],
        ),
        (BEGIN, None, [PASSED, UNKNOWN], ["Cut-off: not proven", "It is not written yet."]),
        (BEGIN, None, [UNKNOWN] * 4, ["Cut-off: not proven", "It is not written yet."]),
        (BEGIN, BEGIN, [FAILED], ["Cut-off: not proven", "It is off.", "Fix: Attach it."]),
    ],
    ids=["never checked", "seen", "a freeze", "not written", "four not written", "failed"],
)
def test_the_cut_off_is_explained_below_the_grade(
    machine: Machine,
    broker: ScriptedBroker,
    checked_at: str | None,
    seen_at: str | None,
    checks: list[dict[str, Any]],
    lines: list[str],
) -> None:
    proven = all(line["result"] == "passed" for line in checks) and bool(checked_at)
    cut_off = {
        "checked_at": checked_at,
        "is_current": True,
        "proven": proven,
        "brake_seen_at": seen_at,
        "checks": checks,
        "limits": [],
    }
    broker.answers[PATH] = 200, {"report": {**SAFE, "cut_off": cut_off}}
    output = machine.type("why", "acme-prod/readonly")
    assert output.code == 0
    first, *rest = output.out.splitlines()
    assert first == "acme-prod/readonly: grade A, members can get sessions"
    assert [line.strip() for line in rest] == lines


def test_without_a_method_nothing_is_said(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[PATH] = 200, {"report": {**SAFE, "cut_off": None}}
    assert len(machine.type("why", "acme-prod/readonly").out.splitlines()) == 1
