"""`make run`, as a newcomer starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running import Started, make_run


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """A fresh world for each module: the tests in it may revoke what they like."""
    with make_run() as running:
        yield running
