"""What the tests of the entrypoints share: the app over a fresh scene, and what it prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.telemetry import logger
from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api, served


@pytest.fixture
def scene() -> Scene:
    return a_scene()


@pytest.fixture
def api(scene: Scene) -> Iterator[Api]:
    with served(scene) as driven:
        yield driven


@dataclass(slots=True)
class Output:
    """What Lambda would write to CloudWatch: stdout and stderr."""

    captured: pytest.CaptureFixture[str]
    text: str = ""

    def lines(self) -> list[dict[str, Any]]:
        """All lines so far. Anything that is not JSON fails the test."""
        new = self.captured.readouterr()
        self.text += new.out + new.err
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line.get("message") == "request"]

    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if "_aws" in line]


class _Stdout:
    """Whatever sys.stdout is at the moment: the logger keeps the one that it found at first."""

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    handler: Any = logger.registered_handler
    before, handler.stream = handler.stream, _Stdout()
    yield Output(capsys)
    handler.stream = before
