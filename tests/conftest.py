"""Fixtures and options of all tests, and their distribution over several workers."""

import inspect
import signal
from collections.abc import Iterator
from types import CodeType
from typing import Any

import pytest
from hypothesis import settings

# A shell starts `make test &` with Ctrl-C ignored, and so would be every command of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, independent of earlier failures and of the machine's load.
settings.register_profile("daypass", deadline=None, derandomize=True, database=None)
settings.load_profile("daypass")

# The tests of such a folder share what starts slowly: a browser, an AWS CLI.
ONE_WORKER_FOLDERS = (
    "tests/e2e/clients/",
    "tests/e2e/pages/",
    "tests/e2e/setup/",
    "tests/e2e/web/",
)
# Only `make test-deployed` runs these: deployments, the soak, most tests that start the `daypass`
# command as a process, races on the local AWS, what only large numbers show, and what only an
# update of botocore's models can change.
DEPLOYED = (
    "tests/adapters/dynamodb/test_flood.py",
    "tests/adapters/dynamodb/test_many_grants.py",
    "tests/adapters/dynamodb/test_overview.py",
    "tests/adapters/dynamodb/test_round_trips.py",
    "tests/adapters/onboarding/test_onboarding_faults.py",
    "tests/adapters/races/",
    "tests/adapters/vending/cut_offs/test_live_sessions.py",
    "tests/adapters/vending/test_trust_policies.py",
    "tests/cli/agents/test_mcp.py",
    "tests/cli/anywhere/test_anywhere.py",
    "tests/cli/aws/test_shells.py",
    "tests/cli/aws/test_serve.py",
    "tests/cli/bad_input/test_shapes.py::test_answers_with_a_wrong_value",
    "tests/cli/bad_input/test_streams.py",
    "tests/cli/faults/",
    "tests/cli/terminal/test_completion.py",
    "tests/cli/test_keyring.py",
    "tests/domain/onboarding/setup/formats/test_formats.py::test_cfn_lint",
    "tests/domain/policies/test_credential_actions.py",
    "tests/domain/policies/test_session_policies.py::test_each_pattern_for_agents",
    "tests/domain/policies/test_session_policies.py::test_what_an_agent_reads",
    "tests/e2e/",
    "tests/local/aws/",
    "tests/local/test_processes.py",
    "tests/soak/",
)
# The slowest tests start first, so that no worker waits for another at the end.
SLOWEST_FIRST = (
    "tests/e2e/",
    "tests/soak/",
    "tests/adapters/",
    "tests/local/",
    "tests/usecases/vending/",
)


@pytest.fixture(autouse=True)
def _only_permitted_writes() -> Iterator[None]:
    """Fail a test whose function writes to fakes what its role may not write on AWS."""
    # Imported here: slipcover loads this file before the tests are a package.
    from tests.fakes import writes

    writes.forbidden.clear()
    yield
    assert not writes.forbidden


@pytest.fixture(autouse=True)
def _entries_in_words() -> Iterator[None]:
    """Fail a test that records an entry on fakes which the web console cannot put into words."""
    from tests.fakes import wording

    wording.unclear.clear()
    yield
    assert not wording.unclear


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if a test is skipped")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.no_skips and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("\nA test was skipped, which --no-skips counts as a failure.")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        ranks = (n for n, folder in enumerate(SLOWEST_FIRST) if item.nodeid.startswith(folder))
        return next(ranks, len(SLOWEST_FIRST))

    items.sort(key=rank)
    for item in items:
        if item.nodeid.startswith(DEPLOYED):
            item.add_marker("deployed")
        if isinstance(item, pytest.Function) and _holds(inspect.unwrap(item.function).__code__):
            item.add_marker("golden")


def _holds(code: CodeType) -> bool:
    """Return whether this code calls `hold`, or a function whose name begins with `hold_`."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    names = (*code.co_names, *code.co_freevars)
    return any(f"{name}_".startswith("hold_") for name in names) or any(map(_holds, inner))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send each file to one worker, and each of these folders to one, in the collected order."""
    from xdist.scheduler import LoadScopeScheduling

    class FolderScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folders = (folder for folder in ONE_WORKER_FOLDERS if nodeid.startswith(folder))
            return next(folders, nodeid.partition("::")[0])

    config.option.loadscopereorder = False
    return FolderScheduling(config, log)
