"""A list that is longer than the terminal is shown page by page; into a pipe it is printed."""

import os
import pty
import select

import pytest

from tests.cli.samples import ACCESS, access_list


@pytest.fixture(autouse=True)
def _long_list(broker):
    names = (f"client-{number:02}" for number in range(80))
    rows = (ACCESS[1] | {"engagement": name} for name in names)
    broker.answers["/v1/access"] = 200, access_list(*rows)


def on_a_terminal(machine, *words):
    """Return what the command writes to a terminal of 24 lines."""
    read_end, terminal = pty.openpty()
    process = machine.start(*words, stdout=terminal)
    os.close(terminal)
    written = b""
    while select.select([read_end], [], [], 20)[0]:
        try:
            written += os.read(read_end, 65_536)
        except OSError:  # the command has ended
            break
    process.communicate()
    os.close(read_end)
    return written.decode()


def test_a_long_list_goes_through_the_pager(machine):
    machine.variables["PAGER"] = "head -n 3"
    lines = on_a_terminal(machine, "ls").splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("client-00/readonly")


def test_a_pager_that_is_not_installed_is_done_without(machine):
    machine.variables["PAGER"] = "no-such-pager"
    assert len(on_a_terminal(machine, "ls").splitlines()) == 81


def test_into_a_pipe_everything_is_printed(machine):
    machine.variables["PAGER"] = "head -n 3"
    assert len(machine.type("ls").out.splitlines()) == 81
