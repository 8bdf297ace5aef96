"""`daypass exec` and `shell` ask for the access that a role needs, wait, and go on."""

import os
import pty

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, pending
from tests.cli.samples import END
from tests.cli.scripted_broker import send

SESSIONS = "/v1/engagements/acme-prod/sessions"
REQUESTS = "/v1/engagements/acme-prod/requests"
ONE = f"/v1/requests/{ALICES}"
EXEC = ("exec", "acme-prod/deploy")
PROGRAM = ("--", "printenv", "AWS_ACCESS_KEY_ID")
ASKING = (*EXEC, "--request", "the new home page", *PROGRAM)
WAITING = pending(expires_at=END)


@pytest.fixture(autouse=True)
def _on_request(broker):
    broker.refuse(SESSIONS, "approval-required", "The role requires an approved request.")
    broker.answers[MINE] = 200, {"requests": [], "cursor": None}
    broker.answers[REQUESTS] = 201, WAITING
    decide(broker, approved())


def decide(broker, decision):
    """Let the next reading of the request see this decision, from which on a vend is allowed."""

    def answer(handler):
        if decision["status"] == "approved":
            broker.answers.pop(SESSIONS, None)
        send(handler, decision)

    broker.answers[ONE] = answer


def sent(broker):
    return [body for _, path, _, body in broker.requests if path == REQUESTS]


def test_exec_asks_waits_and_runs_the_program(machine, broker):
    output = machine.type(*EXEC, "--request", "the new home page", "--for", "2h", *PROGRAM)
    assert (output.code, output.out) == (0, "ASIA0000000000000001\n")
    assert sent(broker) == [
        {"role": "deploy", "duration": 7200, "reason": "the new home page"},
    ]
    assert f"Request {ALICES}: acme-prod/deploy" in output.err


def test_an_open_request_is_waited_for_and_not_sent_again(machine, broker):
    broker.answers[MINE] = 200, {"requests": [WAITING], "cursor": None}
    assert machine.type(*ASKING).code == 0
    assert sent(broker) == []


def test_a_denied_request_runs_nothing(machine, broker):
    decide(broker, pending(status="denied", message="lena denied this request: not this week."))
    output = machine.type(*ASKING)
    assert (output.code, output.out) == (3, "")
    assert output.err.endswith("Daypass: lena denied this request: not this week.\n")


def test_a_refusal_that_was_remembered_is_asked_about_too(machine, broker):
    assert machine.type(*EXEC, *PROGRAM).code == 3
    assert machine.type(*ASKING).code == 0


def test_a_role_that_is_open_sends_no_request(machine, broker):
    del broker.answers[SESSIONS]
    assert machine.type(*ASKING).code == 0
    assert sent(broker) == []


def test_another_refusal_sends_no_request(machine, broker):
    broker.refuse(SESSIONS, "frozen", "Everything is frozen.")
    assert machine.type(*ASKING).code == 3
    assert sent(broker) == []


@pytest.mark.parametrize(
    ("typed", "code", "reasons"), [("ticket 7\n", 0, ["ticket 7"]), ("\n", 3, [])]
)
def test_a_person_at_a_terminal_is_asked_why(machine, broker, typed, code, reasons):
    """An empty line asks for nothing, and the refusal stands."""
    keyboard, terminal = pty.openpty()
    machine.variables["TERM"] = "xterm"
    os.write(keyboard, typed.encode())
    process = machine.start(*EXEC, "--", "true", stdin=terminal, stderr=terminal)
    os.close(terminal)
    shown = ""
    while True:
        try:
            shown += os.read(keyboard, 65_536).decode()
        except OSError:  # the command has ended
            break
    process.communicate(timeout=60)
    os.close(keyboard)
    assert "acme-prod/deploy needs an approved request. To request 1 h," in shown
    assert process.returncode == code
    assert [body["reason"] for body in sent(broker)] == reasons
