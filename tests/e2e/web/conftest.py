"""The local stack with its sample data, and a browser in which its people are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.pages.browser import CHROMIUM, DRIVER, chromium
from tests.e2e.web.console import Console
from tests.e2e.web.pages import create_more
from tests.running import Started, make_run


@pytest.fixture(scope="session")
def running() -> Iterator[Started]:
    """Start one world for all tests of a worker. Their changes stay, so a test that stops something
    opens an engagement of its own."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("There is no chromium with its chromedriver on this machine (.ci/run has it).")
    with make_run() as started:
        yield started


@pytest.fixture(scope="session")
def _console(running: Started, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield Console(running, browser, create_more(running.api))


@pytest.fixture
def console(_console: Console) -> Iterator[Console]:
    """The console in a browser. Unexpected messages of Chromium fail the test."""
    _console.browser.complaints()
    _console.browser.scripts(run=True)
    yield _console
    assert _console.browser.complaints() == []
