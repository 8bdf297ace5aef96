"""What holds for every test, and who runs which where there are several workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# The same examples each time, whatever was found before, and no matter how busy the machine is.
settings.register_profile("daypass", deadline=None, derandomize=True, database=None)
settings.load_profile("daypass")

# All tests of such a folder share what is slow to start: a browser, an AWS CLI.
TOGETHER = ("tests/e2e/pages/", "tests/e2e/setup/")
# Left to `make test-deployed`: the soak, and all that runs from end to end, but for one deployment.
DEPLOYED = ("tests/e2e/", "tests/soak/")
THE_ONE_DEPLOYED_STORY = "tests/e2e/package/deploying/test_deployed.py"
# What takes longest begins first, so that no worker waits for another at the end.
FIRST = ("tests/e2e/", "tests/soak/", "tests/adapters/", "tests/local/")


@pytest.fixture(autouse=True)
def _only_what_roles_may() -> Iterator[None]:
    """No function writes on fakes what its role could not write on AWS."""
    # Not above: slipcover loads this file before the tests are a package.
    from tests.fakes import writes

    writes.forbidden.clear()
    yield
    assert not writes.forbidden


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped is a failure")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.no_skips and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("\nA test was skipped, and --no-skips takes that for a failure.")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        return next((n for n, one in enumerate(FIRST) if item.nodeid.startswith(one)), len(FIRST))

    items.sort(key=turn)
    for item in items:
        if item.nodeid.startswith(DEPLOYED) and not item.nodeid.startswith(THE_ONE_DEPLOYED_STORY):
            item.add_marker("deployed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one worker, and so does such a folder: in the order in which they come."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = next((one for one in TOGETHER if nodeid.startswith(one)), "")
            return folder or nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return Together(config, log)
