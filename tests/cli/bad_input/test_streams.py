"""Closed and full streams, pipes, encodings, and terminals of every kind."""

import subprocess
import sys

import pytest

from tests.cli.samples import ANSWERS

DAYPASS = f"{sys.executable} -m daypass"


def shell(machine, script):
    return subprocess.run(
        ["/bin/sh", "-c", script.replace("daypass", DAYPASS, 1)],
        env=machine.environment, cwd=machine.home, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "code", "out", "err"),
    [
        ("daypass ls >&-", 0, "", ""),
        ("daypass ls >&- 2>&- <&-", 0, "", ""),
        ("daypass creds ACME 2>&-", 2, "", ""),
        ("daypass creds ACME 2>&- <&-", 2, "", ""),
        ("daypass creds acme-prod/readonly >&-", 0, "", ""),
        ("daypass login http://127.0.0.1:1 <&-", 5, "", "Nothing answers"),
        ("daypass link-slack <&-", 2, "", "Nothing was entered"),
        ("daypass revoke member bob --reason r <&-", 2, "", "add --yes"),
        ("daypass revoke member bob --reason r", 2, "", "add --yes"),
        ("daypass ls > /dev/full", 6, "", "No space left on device"),
        ("daypass creds acme-prod/readonly > /dev/full", 6, "", "No space left on device"),
        ("daypass --help > /dev/full", 6, "", "No space left on device"),
        ("daypass ls | true", 0, "", ""),
        ("daypass --help | head -1", 0, "usage: daypass", ""),
        ("daypass trail | head -1", 0, "AT ", ""),
        ("printf 'caf\\351\\n' | daypass link-slack", 0, "linked", ""),
        ("head -c 3000000 /dev/zero | daypass link-slack", 2, "", "Nothing was entered"),
    ],
)
def test_a_stream(machine, script, code, out, err):
    output = shell(machine, script)
    assert output.returncode == code, output
    assert out in output.stdout
    assert bool(output.stdout) == bool(out)
    assert err in output.stderr
    assert "Traceback" not in output.stderr
    assert "Exception ignored" not in output.stderr
    assert (output.stderr.count("Daypass: ") == 1) == bool(err), output.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize("command", ["status", "ls", "who", "whoami --json"])
def test_a_terminal_that_lacks_characters(machine, broker, encoding, command):
    machine.variables.update({"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    me = ANSWERS["/v1/me"]
    name = {"member": {**me["member"], "name": "Łukasz 🚑"}, "token": me["token"]}
    broker.answers["/v1/me"] = (200, name)
    output = machine.type(*command.split())
    assert (output.code, output.err) == (0, "")


TABLES = (
    "ls", "status", "who", "engagements", "members", "tokens", "requests", "review", "trail",
    "report acme-prod", "cut-offs", "approvers acme-prod", "link acme-prod --list",
)  # fmt: skip


@pytest.mark.parametrize("command", TABLES)
def test_no_line_of_a_table_wraps_in_a_narrow_terminal(machine, command):
    """The cells of a row stand below each other there, each after its heading."""
    machine.variables.update({"TERM": "dumb", "PAGER": ""})
    machine.vend()
    wide = machine.show(*command.split(), columns=400)
    narrow = machine.show(*command.split(), columns=60)
    assert max(map(len, narrow.splitlines())) <= 60, narrow
    assert set(wide.split()) == set(narrow.split())


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_a_terminal_without_colour(machine, variables):
    machine.variables["TERM"] = "xterm"
    assert "\x1b[2m" in machine.show("ls")
    machine.variables.update(variables)
    for command in ("ls", "status", "who", "doctor", "why acme-prod"):
        assert "\x1b" not in machine.show(*command.split())


def test_a_slow_answer_shows_a_spinner_on_one_line(machine, broker):
    machine.variables["TERM"] = "xterm"
    broker.delay = 3
    written = machine.show("creds", "acme-prod/readonly", columns=24)
    frames = [part for part in written.split("\r") if "Getting" in part]
    assert len(frames) > 3
    assert max(map(len, frames)) < 24
    assert "\x1b[K" in written
    machine.variables["TERM"] = "dumb"
    assert "Getting" not in machine.show("creds", "acme-prod/deploy")


@pytest.mark.parametrize("columns", [1, 20, 0])
def test_a_narrow_terminal(machine, columns):
    shown = machine.show("status", columns=columns).replace("\r\n", "")
    assert "acme-prod/readonly" in shown or columns
