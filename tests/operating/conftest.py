"""Fixtures of the operator's commands."""

from __future__ import annotations

import time

import pytest

from operating import aws_cli
from tests.operating.scripted import ScriptedCli


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> ScriptedCli:
    cli = ScriptedCli()
    monkeypatch.setattr(aws_cli, "subprocess", cli)
    return cli


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace sleeping and the clock: collect each pause in seconds, and let the clock show their
    sum."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(pauses))
    return pauses
