"""A role is found by its names, by its client, or picked from a list at a terminal."""

import os
import pty
import re
import select
import signal
import termios
import time

import pytest

from tests.cli.samples import ACCESS, access_list
from tests.cli.typed import Output
from tests.rows import every

HOOLI = ACCESS[1] | {"engagement": "hooli", "client": "Hooli Ltd", "account_id": "543210987654"}
ROLES = access_list(*ACCESS, HOOLI | {"role": "audit"})
UP, DOWN, ESCAPE, BACKSPACE = "\x1b[A", "\x1b[B", "\x1b", "\x7f"


def session_paths(broker):
    return [path for method, path, *_ in broker.requests if method == "POST"]


@every(
    "text, role",
    [
        ("acme-prod/readonly", "acme-prod/readonly"),
        ("hooli", "hooli/audit"),
        ("Hooli", "hooli/audit"),
        ("hooli  ltd", "hooli/audit"),
        ("Hooli Ltd/audit", "hooli/audit"),
        ("543210987654", "hooli/audit"),
        ("Acme/readonly", "acme-prod/readonly"),
        ("987654321098/deploy", "acme-prod/deploy"),
    ],
)
def test_names_of_clients_and_account_numbers_find_the_role(new_machine, broker, text, role):
    machine = new_machine()
    broker.answers["/v1/access"] = 200, ROLES
    machine.prints("creds", text)
    engagement, _, name = role.partition("/")
    path = f"/v1/engagements/{engagement}/sessions"
    ((_, _, _, body),) = [each for each in broker.requests if each[1] == path]
    assert body["role"] == name


@every(
    "text, sentence",
    [
        ("acme", "acme has several roles. Name one: acme-prod/deploy, acme-prod/readonly"),
        ("Acme", "'Acme' has several roles. Name one: acme-prod/deploy, acme-prod/readonly"),
        ("Initech", "'Initech' is not an engagement."),
        ("Hooli/admin", "'Hooli/admin' is not an engagement."),
        ("543", "'543' is not an engagement."),
        ("Ltd", "'Ltd' is not an engagement."),
        ("/audit", "Name an engagement"),
        ("Hoo", "'Hoo' is not an engagement."),
    ],
)
def test_a_text_that_means_no_role_or_several_is_refused(new_machine, broker, text, sentence):
    machine = new_machine()
    broker.answers["/v1/access"] = 200, ROLES
    assert sentence in machine.fails(2, "creds", text)
    assert session_paths(broker) == []


class Screen:
    """A terminal at which a person presses keys, and what it shows."""

    def __init__(self, machine, *words):
        self.terminal, end = pty.openpty()
        self.shown = ""
        machine.variables["TERM"] = "xterm"
        self.process = machine.start(*words, stdin=end, stderr=end)
        os.close(end)

    def wait_for(self, text):
        """Read until the last picture has the text, without its styles."""
        until = time.monotonic() + 20
        while text not in self.picture and time.monotonic() < until:
            if not select.select([self.terminal], [], [], 20)[0]:
                break
            try:
                self.shown += os.read(self.terminal, 65_536).decode()
            except OSError:  # the command has ended
                break
        assert text in self.picture, self.shown

    @property
    def picture(self):
        return re.sub(r"\x1b\[[0-9;]*[mAC]", "", self.shown.rpartition("\x1b[J")[2])

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def end(self):
        out, _ = self.process.communicate(timeout=20)
        os.close(self.terminal)
        return self.process.returncode, out


@pytest.fixture
def at_terminal(machine, broker):
    broker.answers["/v1/access"] = 200, ROLES
    return lambda *words: Screen(machine, *words)


def test_a_person_picks_the_role_with_letters_and_arrows(at_terminal, broker):
    screen = at_terminal("exec", "--", "printenv", "DAYPASS_TARGET")
    screen.wait_for("> acme-prod/deploy")
    screen.press("readonly x")
    screen.wait_for("Nothing matches.")
    screen.press(BACKSPACE * 10)
    screen.wait_for("hooli/audit")
    screen.press(DOWN + DOWN + DOWN + UP)
    screen.wait_for("> acme-prod/readonly")
    screen.press("\r")
    assert screen.end() == (0, "acme-prod/readonly\n")
    assert session_paths(broker) == ["/v1/engagements/acme-prod/sessions"]


def test_of_one_client_only_its_roles_are_offered(at_terminal):
    screen = at_terminal("exec", "Acme", "--", "printenv", "DAYPASS_TARGET")
    screen.wait_for("acme-prod/readonly")
    assert "hooli" not in screen.picture
    screen.press("dep\r")
    assert screen.end() == (0, "acme-prod/deploy\n")


def test_the_role_of_the_latest_session_comes_first(machine, at_terminal):
    for words in ((), ("hooli/audit",), ("acme-prod/readonly", "--reason", "INC-7")):
        machine.vend(*words)
    screen = at_terminal("env")
    screen.wait_for("> acme-prod/readonly")
    assert "session until" in screen.picture
    screen.press(DOWN)
    screen.wait_for("> hooli/audit")
    screen.press(ESCAPE)
    assert screen.end()[0] == 2


@pytest.mark.parametrize("key", [ESCAPE, "\x04"])
def test_a_person_who_leaves_gets_no_session(at_terminal, broker, key):
    screen = at_terminal("env")
    screen.wait_for("Which role?")
    screen.press(key)
    assert screen.end()[0] == 2
    assert session_paths(broker) == []


def test_ctrl_c_leaves_the_terminal_as_it_was(at_terminal, broker):
    screen = at_terminal("env")
    before = termios.tcgetattr(screen.terminal)
    screen.wait_for("Which role?")
    screen.process.send_signal(signal.SIGINT)
    assert screen.process.wait(20) == 130
    assert termios.tcgetattr(screen.terminal) == before
    screen.end()
    assert session_paths(broker) == []


def test_daypass_alone_opens_a_shell_with_the_picked_role(machine, at_terminal):
    machine.variables["SHELL"] = "/bin/sh"
    screen = at_terminal()
    screen.wait_for("Which role?")
    screen.press("hooli\r")
    screen.wait_for("Type exit to leave it.")
    screen.press("echo in $DAYPASS_TARGET; exit\n")
    assert screen.end() == (0, "in hooli/audit\n")


def test_daypass_alone_takes_the_reason_of_the_environment(machine, broker, at_terminal):
    machine.variables.update(SHELL="/bin/true", DAYPASS_REASON="look into it")
    screen = at_terminal()
    screen.wait_for("Which role?")
    screen.press("hooli\r")
    assert screen.end()[0] == 0
    ((_, _, _, body),) = [each for each in broker.requests if each[0] == "POST"]
    assert body["reason"] == "look into it"


def test_a_tool_that_asks_for_credentials_is_never_shown_a_list(at_terminal):
    screen = at_terminal("creds")
    screen.wait_for("Name an engagement")
    assert screen.end()[0] == 2


@every(
    "target, left, text",
    [
        ("acme-prod/readonly", 2530, "acme-prod/readonly 42m\n"),
        ("acme-prod/readonly", -1, "acme-prod/readonly expired\n"),
        ("acme-prod/readonly", None, "acme-prod/readonly\n"),
        ("", 2530, ""),
        ("%F{red}", 2530, ""),
        ("$(id)", 2530, ""),
        ("a\nb", 2530, ""),
    ],
)
def test_the_prompt_has_the_role_and_the_minutes_left(new_machine, target, left, text):
    machine = new_machine()
    machine.variables["DAYPASS_TARGET"] = target
    if left is not None:
        end = time.gmtime(time.time() + left)
        machine.variables["AWS_CREDENTIAL_EXPIRATION"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", end)
    assert machine.type("prompt") == Output(0, text, "")


def test_the_lines_of_env_name_the_role_for_the_prompt(machine, broker):
    broker.answers["/v1/access"] = 200, ROLES
    lines = machine.prints("env", "Hooli", "--shell", "bash").splitlines()
    assert "export DAYPASS_TARGET=hooli/audit;" in lines


@every(
    "words, same",
    [
        (("help",), ("--help",)),
        (("help", "grant"), ("grant", "--help")),
        (("version",), ("--version",)),
    ],
)
def test_help_and_version_are_words_too(machine, words, same):
    assert machine.type(*words) == machine.type(*same)
