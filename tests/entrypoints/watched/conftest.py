"""Fixtures of the tests of the dashboard and the runbooks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_scene
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import served
from tests.entrypoints.watched.scenarios import SCENARIOS


@pytest.fixture
def lines(output: Output) -> list[dict[str, Any]]:
    """Return the log lines of all scenarios, each run in a new world."""
    for run, _ in SCENARIOS.values():
        with served(a_scene()) as api:
            run(api)
    return output.lines()
