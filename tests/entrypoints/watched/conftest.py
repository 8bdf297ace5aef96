"""What the tests of the dashboard and of the runbooks share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_scene
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import served
from tests.entrypoints.watched.happenings import HAPPENINGS


@pytest.fixture
def lines(output: Output) -> list[dict[str, Any]]:
    """All that happens, one thing after the other, each in a world of its own."""
    for happen, _ in HAPPENINGS.values():
        with served(a_scene()) as api:
            happen(api)
    return output.lines()
