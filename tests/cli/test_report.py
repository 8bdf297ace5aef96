"""A month's report: what a client can do with it, in CloudTrail."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.samples import ENTRY
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

NAMES = ["bob.5d2f8a0c4e917b36", "bob.0123456789abcdef.agent"]


def entry(name: str) -> dict[str, object]:
    details = {"expires_at": ENTRY["at"], "session_name": name, "access_key_id": "ASIA1"}
    return {**ENTRY, "details": details}


@pytest.fixture
def report(machine: Machine, broker: ScriptedBroker) -> str:
    entries = [entry(name) for name in reversed(NAMES)]
    broker.answers["/v1/trail"] = 200, {"entries": entries, "cursor": None}
    return machine.type("report", "acme-prod").out


def test_the_shell_command_looks_up_each_session_by_its_name(report: str, tmp_path: Path) -> None:
    begin = report.index("  for name in")
    command = report[begin : report.index("  done\n") + len("  done\n")]
    aws = tmp_path / "aws"
    aws.write_text('#!/bin/sh\nprintf "%s|" "$@"; echo\n')
    aws.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    calls = [line.split("|") for line in run.stdout.splitlines()]
    assert [call[:4] for call in calls] == [
        [
            "cloudtrail",
            "lookup-events",
            "--lookup-attributes",
            f"AttributeKey=Username,AttributeValue={name}",
        ]
        for name in NAMES
    ]
    # With text output, the AWS CLI requires a query of Events, because the operation has pages.
    assert all(call[5].startswith("Events[].") for call in calls)


def test_the_query_for_athena_names_each_session(report: str) -> None:
    (condition,) = (line for line in report.splitlines() if line.startswith("  WHERE "))
    names = ", ".join(f"'{name}'" for name in NAMES)
    assert condition == f"  WHERE split_part(useridentity.principalid, ':', 2) IN ({names})"
    assert "Lake" not in report
    assert "accessKeyId" not in report


def test_a_month_without_sessions_has_no_query(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers["/v1/trail"] = 200, {"entries": [], "cursor": None}
    assert "CloudTrail" not in machine.type("report", "acme-prod").out
    assert json.loads(machine.type("report", "acme-prod", "--json").out) == []
