"""Lists and refusals say what a person needs to know next."""

import shutil
import subprocess

import pytest

from tests.cli.samples import ACCESS, SESSION, STDIN, TOKEN, TYPED, access_list, token_list
from tests.cli.transcript import Transcript

MINE = "/v1/access"
SESSIONS = "/v1/engagements/acme-prod/sessions"


def test_the_lists_say_what_a_person_needs_to_know_next(terminal):
    deploy = ACCESS[0]
    for text, rows in {
        "closed": [deploy | {"state": "closed", "text": "A lead closed the engagement."}],
        "on request": [deploy | {"state": "on request", "text": "It needs a request."}, ACCESS[1]],
        "without a role in use": [deploy | {"role": "", "state": "closed"}],
        "open": ACCESS,
    }.items():
        terminal.note(f"the access is {text}", {MINE: access_list(*rows)})
        terminal.run("""
            ls
            configure
        """)
    tokens = token_list({**TOKEN, "state": "revoked"}, {**TOKEN, "id": "ba9876543210"})
    terminal.note("a token is revoked", {"/v1/me/tokens": tokens})
    terminal.type("tokens")
    problem = {"reason": "bad-value", "detail": "It is no account.", "field": "account_id"}
    terminal.note("Daypass refuses a field", {"/v1/engagements": (400, problem)})
    terminal.run("open stark 12 --until=2035-12-30 --yes")
    terminal.hold("lists")


def test_every_command_says_what_it_did(new_machine, broker):
    terminal = Transcript(new_machine(), broker)
    more = {"login": ["--label=laptop"], "report": ["--month=2026-01"]}
    for line in TYPED:
        terminal.machine = new_machine()
        words = line.replace("ADDRESS", broker.url).replace("=2w", "=2035-12-30").split()
        terminal.type(*words, *more.get(words[0], []), stdin=STDIN.get(words[0], ""))
    terminal.hold("every-command")


def test_the_status_shows_which_sessions_are_cut_off_and_what_is_known(machine, broker):
    sessions = [{**SESSION, "note": "unknown: AWS may have issued it"}, SESSION]
    broker.answers["/v1/me/sessions"] = 200, {"sessions": sessions, "cursor": None}
    unknown, live = machine.prints("status").splitlines()[1:3]
    assert unknown.endswith("  bob.1    unknown: AWS may have issued it")
    assert live.endswith("  bob.1")


def test_an_engagement_alone_goes_on_serving_without_the_broker(machine, broker):
    broker.answers[MINE] = 200, access_list(ACCESS[1])
    first = machine.vend("acme-prod")
    broker.refuse(MINE, "timed-out", "It took too long.", 504)
    broker.refuse(SESSIONS, "timed-out", "It took too long.", 504)
    assert machine.vend("acme-prod") == first


@pytest.mark.parametrize("shell", [shell for shell in ("fish", "zsh") if shutil.which(shell)])
def test_env_writes_for_the_shell_that_runs_it_and_not_for_the_login_shell(machine, shell):
    machine.variables["SHELL"] = "/bin/bash"
    line = "python3 -m daypass env acme-prod/readonly; true"
    plain = {"fish": ["--no-config"], "zsh": ["-f"]}[shell]
    output = subprocess.check_output(
        [shell, *plain, "-c", line], env=machine.environment, cwd=machine.home, text=True
    )
    assert ("set -gx AWS_ACCESS_KEY_ID" in output) is (shell == "fish")
    assert ("export AWS_ACCESS_KEY_ID" in output) is (shell == "zsh")


def test_login_without_an_address_takes_that_of_the_last_login(machine, broker):
    output = machine.type("login", stdin="daypass_enrol_bob_x\n")
    assert (output.code, output.err) == (0, f"Logging in at {broker.url}\n")
    assert output.out.startswith("You are logged in as bob until ")
    machine.prints("logout")
    sentence = "Daypass: Type daypass login ADDRESS, with the address from your lead."
    assert machine.type("login", stdin="daypass_enrol_bob_x\n").sentence == sentence
    machine.variables["DAYPASS"] = broker.url
    machine.prints("login", stdin="daypass_enrol_bob_x\n")
