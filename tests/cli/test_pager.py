"""A list that is longer than the terminal is shown page by page; into a pipe it is printed."""

import pytest

from tests.cli.samples import ACCESS, access_list


@pytest.fixture(autouse=True)
def _long_list(broker):
    names = (f"client-{number:02}" for number in range(80))
    rows = (ACCESS[1] | {"engagement": name} for name in names)
    broker.answers["/v1/access"] = 200, access_list(*rows)


def test_a_long_list_goes_through_the_pager(machine):
    machine.variables["PAGER"] = "head -n 3"
    lines = machine.show("ls").splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("client-00/readonly")


def test_a_pager_that_is_not_installed_is_done_without(machine):
    machine.variables["PAGER"] = "no-such-pager"
    assert len(machine.show("ls").splitlines()) == 81


def test_into_a_pipe_everything_is_printed(machine):
    machine.variables["PAGER"] = "head -n 3"
    assert len(machine.prints("ls").splitlines()) == 81
