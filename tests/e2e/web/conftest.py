"""The local stack with its sample data, and a browser in which its people are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.pages.browser import CHROMIUM, DRIVER, chromium
from tests.e2e.web.console import Console
from tests.running import Started, make_run


@pytest.fixture(scope="session")
def running() -> Iterator[Started]:
    """Start one world for all tests of a worker. Their changes stay, so a test that stops something
    opens an engagement of its own."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("There is no chromium with its chromedriver on this machine (.ci/run has it).")
    with make_run() as started:
        yield started


def create_more(running: Started) -> dict[str, str]:
    """Let people of the sample firm enter two clients and ask for more. Return the IDs of what they
    made, by the names of fields."""
    lena, alice, bob = (running.api(person) for person in ("lena", "alice", "bob"))
    session = alice("POST", "/v1/engagements/acme-prod/sessions", role="readonly")
    bob("POST", "/v1/engagements/globex/sessions", role="readonly")
    link = lena("POST", "/v1/engagements/acme-prod/links")
    (request,) = lena("GET", "/v1/requests")["requests"]
    (approver, *_) = lena("GET", "/v1/engagements/initech/approvers")["approvers"]
    return {
        "session": session["vend"],
        "link": link["id"],
        "request": request["id"],
        "approver": approver["id"],
        "token": lena("GET", "/v1/members/alice/tokens")["tokens"][0]["id"],
        "own_token": lena("GET", "/v1/me")["token"]["id"],
    }


@pytest.fixture(scope="session")
def _console(running: Started, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield Console(running, browser, create_more(running))


@pytest.fixture
def console(_console: Console) -> Iterator[Console]:
    """The console in a browser. Unexpected messages of Chromium fail the test."""
    _console.browser.complaints()
    _console.browser.scripts(run=True)
    yield _console
    assert _console.browser.complaints() == []
