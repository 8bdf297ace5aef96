"""Fixtures of the operator's commands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.operating.scripted import ScriptedCli


@pytest.fixture
def cli(tmp_path: Path) -> ScriptedCli:
    return ScriptedCli(tmp_path)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace sleeping and the clock: collect each pause in seconds, and let the clock show their
    sum."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(pauses))
    return pauses
