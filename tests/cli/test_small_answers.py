"""Lists and refusals say what a person needs to know next."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess

import pytest

from tests.cli.samples import BEGIN, END, ENGAGEMENTS, SESSION, TOKEN
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

MINE = "/v1/me/engagements"
SESSIONS = "/v1/engagements/acme-prod/sessions"


def engagements(**changes: object) -> tuple[int, object]:
    (engagement,) = copy.deepcopy(ENGAGEMENTS)
    return 200, {"engagements": [engagement | changes], "cursor": None}


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"open": False}, "closed, revoked or not begun"),
        ({"open": False, "block": "The client has paused it."}, "blocked"),
        ({"granted": False}, "your grant is not current"),
        ({}, "needs --reason"),
    ],
)
def test_the_list_says_why_a_role_gives_no_session(
    machine: Machine, broker: ScriptedBroker, changes: dict[str, object], note: str
) -> None:
    broker.answers[MINE] = engagements(**changes)
    assert note in machine.type("ls").out.splitlines()[1]


ROLES: dict[str, tuple[dict[str, object], str]] = {
    "standing": ({"access": "standing"}, "needs --reason"),
    "on request": ({"access": "on-request"}, "on request; needs --reason"),
    "emergency": ({"access": "emergency"}, "on request, or in an emergency; needs --reason"),
    "open": (
        {"access": "on-request", "open_from": BEGIN, "open_until": END},
        "open until Tue 2036-01-01 00:00 UTC; needs --reason",
    ),
    "later": (
        {"access": "on-request", "open_from": END, "open_until": END},
        "approved: opens Tue 2036-01-01 00:00 UTC; needs --reason",
    ),
    "not begun": (
        {"access": "emergency", "open_until": END, "needs_start": True},
        "approved: use it before Tue 2036-01-01 00:00 UTC; needs --reason",
    ),
}


@pytest.mark.parametrize("kind", ROLES)
def test_the_list_says_which_roles_are_on_request_and_which_are_open(
    machine: Machine, broker: ScriptedBroker, kind: str
) -> None:
    access, note = ROLES[kind]
    (engagement,) = copy.deepcopy(ENGAGEMENTS)
    (deploy, _) = engagement["roles"]
    closed = {"request": None, "open_from": None, "open_until": None, "needs_start": False}
    broker.answers[MINE] = engagements(roles=[{**deploy, **closed, **access}])
    lines = machine.type("ls").out.splitlines()
    assert lines[1].endswith(f"UTC  {note}")
    assert ("To ask for access: daypass request" in lines) == ("on request" in note)
    configured = machine.type("configure").out
    assert ("before you use acme-prod-deploy." in configured) == ("on request" not in note)


CUT_OFF_NOTE = "cut off: AWS refused Daypass’s canary at 12:00 UTC"


@pytest.mark.parametrize("command", ["who", "status"])
def test_lists_of_sessions_show_which_are_cut_off_and_what_is_known(
    machine: Machine, broker: ScriptedBroker, command: str
) -> None:
    path = {"who": "/v1/sessions", "status": "/v1/me/sessions"}[command]
    sessions = [
        {**SESSION, "is_cut_off": True, "note": CUT_OFF_NOTE},
        {**SESSION, "note": "unknown: AWS may have issued it"},
        SESSION,
    ]
    broker.answers[path] = 200, {"sessions": sessions, "cursor": None}
    lines = machine.type(command).out.splitlines()
    cut_off, unknown, live = (line for line in lines if "bob.1" in line)
    assert re.search(f"  - +bob.1 +{CUT_OFF_NOTE}$", cut_off)
    assert re.search("█ .* d .* bob.1 +unknown: AWS may have issued it$", unknown)
    assert live.endswith("  bob.1")


def test_the_list_says_once_why_engagements_are_blocked(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[MINE] = engagements(block="The client has paused it.")
    assert machine.type("ls").out.endswith("  blocked\nBlocked: The client has paused it.\n")


def test_an_engagement_alone_goes_on_serving_without_the_broker(
    machine: Machine, broker: ScriptedBroker
) -> None:
    (engagement,) = copy.deepcopy(ENGAGEMENTS)
    (_, readonly) = engagement["roles"]
    broker.answers[MINE] = engagements(roles=[readonly])
    first = machine.type("creds", "acme-prod")
    assert first.code == 0, first.err
    broker.refuse(MINE, "timed-out", "It took too long.", 504)
    broker.refuse(SESSIONS, "timed-out", "It took too long.", 504)
    assert machine.type("creds", "acme-prod").out == first.out


def test_a_refused_field_is_named_as_the_argument(machine: Machine, broker: ScriptedBroker) -> None:
    problem = {
        "reason": "bad-value",
        "detail": "This must be an AWS account ID.",
        "field": "account_id",
        "status": 400,
    }
    broker.answers["/v1/engagements"] = (400, problem)
    words = ("open", "stark", "--client", "Stark", "--account", "12", "--until", "2w", "--yes")
    error = machine.type(*words).err
    assert "Daypass: --account: This must be an AWS account ID." in error
    assert "account_id" not in error


@pytest.mark.parametrize("shell", [shell for shell in ("fish", "zsh") if shutil.which(shell)])
def test_env_writes_for_the_shell_that_runs_it_and_not_for_the_login_shell(
    machine: Machine, shell: str
) -> None:
    machine.variables["SHELL"] = "/bin/bash"
    line = "python3 -m daypass env acme-prod/readonly; true"
    plain = {"fish": ["--no-config"], "zsh": ["-f"]}[shell]
    output = subprocess.check_output(
        [shell, *plain, "-c", line], env=machine.environment, cwd=machine.home, text=True
    )
    assert ("set -gx AWS_ACCESS_KEY_ID" in output) is (shell == "fish")
    assert ("export AWS_ACCESS_KEY_ID" in output) is (shell == "zsh")


def test_login_without_an_address_takes_that_of_the_last_login(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("login", stdin="daypass_enrol_bob_x\n")
    assert (output.code, output.err) == (0, f"Logging in at {broker.url}\n")
    assert output.out.startswith("You are logged in as bob, until ")
    assert machine.type("logout").code == 0
    sentence = "Daypass: Type daypass login ADDRESS, with the address from your lead."
    assert machine.type("login", stdin="daypass_enrol_bob_x\n").sentence == sentence
    machine.variables["DAYPASS"] = broker.url
    assert machine.type("login", stdin="daypass_enrol_bob_x\n").code == 0


def test_the_tokens_say_which_are_revoked(machine: Machine, broker: ScriptedBroker) -> None:
    tokens = [{**TOKEN, "revoked_at": BEGIN}, {**TOKEN, "id": "ba9876543210"}]
    broker.answers["/v1/me/tokens"] = 200, {"tokens": tokens, "cursor": None}
    revoked, valid = machine.type("tokens").out.splitlines()[1:]
    assert revoked.endswith("  revoked")
    assert valid.endswith(" UTC")
