"""Fixtures of the entrypoints' tests: the app over a fresh scene, and the app's output."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.telemetry import logger
from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api, served


@pytest.fixture(autouse=True)
def _no_settings() -> Iterator[None]:
    """Remove the settings of a local AWS that other tests of this worker run on."""
    # Not `monkeypatch`: a test's patches must be undone before those of its fixtures.
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("DAYPASS_", "AWS_LAMBDA_")):
                patch.delenv(name)
        yield


@pytest.fixture
def scene() -> Scene:
    return a_scene()


@pytest.fixture
def api(scene: Scene) -> Iterator[Api]:
    with served(scene) as driven:
        yield driven


@dataclass(slots=True)
class Output:
    """The output that Lambda writes to CloudWatch: stdout and stderr."""

    captured: pytest.CaptureFixture[str]
    text: str = ""

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines so far. A line that is not JSON fails the test."""
        new = self.captured.readouterr()
        self.text += new.out + new.err
        return [json.loads(line) for line in self.text.splitlines()]

    def clear(self) -> None:
        """Forget all lines so far, before another row of a table."""
        self.lines()
        self.text = ""

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line.get("message") == "request"]

    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if "_aws" in line]


class _Stdout:
    """The current sys.stdout. The logger keeps the stream that it was created with."""

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
