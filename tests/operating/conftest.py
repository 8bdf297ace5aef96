"""Fixtures of the operator's commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import deepcopy
from functools import cache

import package
import pytest

from operating import aws_cli
from tests.operating.scripted import ScriptedCli
from tests.sdk import shared_service_models  # noqa: F401


@pytest.fixture(scope="session", autouse=True)
def _templates_parsed_once() -> Iterator[None]:
    """Parse each text of a template once: `make deploy` does it for each setting."""
    parsed = cache(package.read_template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "read_template", lambda path: deepcopy(parsed(path)))
        yield


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
