"""The command works as docs/using.md says, says why if it does not, and protects the token."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chalicelib.entrypoints.vending.formats import AWS_VARIABLES
from tests.builders import code_text_of
from tests.e2e.stories import blocks
from tests.running import ROOT, Started

SHELLS = [shell for shell in ("bash", "zsh", "fish") if shutil.which(shell)]
CALLER_IDENTITY = "aws sts get-caller-identity --query Account --output text"
REMAINING_VARIABLES = "env | grep -E '^({})=' | cut -d= -f1".format("|".join(AWS_VARIABLES))
UNREACHABLE = "http://127.0.0.1:1"  # nothing listens there
NO_ANSWER = f"Daypass: Nothing answers at {UNREACHABLE}."
NOT_YOURS = "Daypass: This engagement does not exist, or you have no access to it."


@dataclass(frozen=True, slots=True)
class Machine:
    """A member's machine, set up as the page says."""

    home: Path
    environment: dict[str, str]

    @property
    def logins(self) -> Path:
        return self.home / ".daypass" / "logins.json"

    def run(self, commands: str, *, shell: str = "sh", typed: str = "") -> tuple[int, str, str]:
        """Return the exit status, stdout and stderr."""
        plain = ["--no-config"] if shell == "fish" else []
        process = subprocess.run(
            [str(shutil.which(shell)), *plain, "-c", commands],
            env=self.environment,
            cwd=self.home,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return process.returncode, process.stdout, process.stderr


def invite(started: Started, member: str = "alice") -> str:
    code: str = started.api("lena")("POST", f"/v1/members/{member}/enrolment")["code"]
    return code


def machine_at(home: Path, started: Started, aws_cli: Path) -> Machine:
    return Machine(
        home,
        {
            "PATH": f"{home}/.local/bin:{aws_cli}:{sys.prefix}/bin:{os.environ['PATH']}",
            "HOME": str(home),
            "TZ": "UTC",
            "DAYPASS": started.url,
            "AWS_ENDPOINT_URL": started.aws.url,
            "AWS_DEFAULT_REGION": started.aws.region,
        },
    )


@pytest.fixture(scope="module")
def machine(started: Started, aws_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Install from the broker, log in as Alice, and write profiles."""
    machine = machine_at(tmp_path_factory.mktemp("home"), started, aws_cli)
    (install,) = [text for kind, text in blocks("docs/using.md") if "cli.sha256" in text]
    assert machine.run(f"umask 022\n{install}") == (0, "cli: OK\n", "")
    log_in = "daypass login $DAYPASS/"  # the stack's output ends with a slash
    status, printed, errors = machine.run(f"umask 022\n{log_in}", typed=f"{invite(started)}\n")
    assert (status, errors) == (0, "")
    assert printed.startswith("You are logged in as alice, until ")
    status, _, errors = machine.run("daypass configure")
    assert (status, errors) == (0, "")
    stored = json.loads(machine.logins.read_bytes())
    stored["logins"][UNREACHABLE] = stored["logins"][started.url]
    machine.logins.write_text(json.dumps(stored))
    return machine


def test_only_the_member_can_read_the_token_and_the_sessions(machine: Machine) -> None:
    machine.run("daypass creds acme-prod/readonly")
    folder = machine.logins.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} > {"logins.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert "daypass_alice_" in machine.logins.read_text()


def test_the_command_takes_no_token_and_no_code_as_an_argument(machine: Machine) -> None:
    """Other users of the machine see the arguments of commands, for example with `ps`."""
    _, shown, _ = machine.run("daypass login --help")
    assert "--code" not in shown
    assert "--token" not in shown
    status, printed, errors = machine.run("daypass login $DAYPASS daypass_enrol_alice_x")
    assert (status, printed) == (2, "")
    assert "does not understand" in errors


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("{url}", code_text_of("nina"), "This code is invalid: it was mistyped, already used"),
        ("{url}", "an old one", "This is no enrolment code. It begins with daypass_enrol_."),
        ("{url}/elsewhere", "{code}", ""),
        ("{aws}", "{code}", "The server at {aws} did not answer as Daypass does"),
        ("http://daypass.example.com", "{code}", "The address must begin with https://, so "),
        ("daypass.example.com", "{code}", "'daypass.example.com' is not the address of a"),
        ("http://127.0.0.1.example.com", "{code}", "The address must begin with https://, so "),
        ("http://localhost:1@example.com", "{code}", "'http://localhost:1@example.com' is not"),
    ],
)
def test_a_refused_login_says_why_and_keeps_the_token_that_works(
    machine: Machine, started: Started, address: str, code: str, sentence: str
) -> None:
    before = machine.logins.read_text()
    facts = {"url": started.url, "aws": started.aws.url, "code": code_text_of("alice")}

    log_in = f"daypass login {address}".format(**facts)
    status, printed, errors = machine.run(log_in, typed=f"{code}\n".format(**facts))

    assert status in (2, 3, 5)
    assert printed == ""
    assert errors.startswith("Daypass: " + sentence.format(**facts))
    assert "daypass_enrol_alice" not in errors
    assert machine.logins.read_text() == before


def test_quotes_and_blanks_around_the_code_do_no_harm(machine: Machine, started: Started) -> None:
    status, printed, errors = machine.run(
        "daypass login $DAYPASS", typed=f' "{invite(started)}" \n'
    )

    assert (status, errors) == (0, "")
    assert "You are logged in as alice, until " in printed
    assert "Your other tokens: " in printed


def test_a_profile_gives_the_aws_cli_a_session(machine: Machine) -> None:
    identity = f"{CALLER_IDENTITY} --profile acme-prod-readonly"
    assert machine.run(identity) == (0, "987654321098\n", "")


def profile(machine: Machine, name: str, arguments: str) -> None:
    """Add a profile by hand."""
    process = f"{machine.home}/.local/bin/daypass creds {arguments}"
    with (machine.home / ".aws" / "config").open("a") as config:
        config.write(f"\n[profile {name}]\ncredential_process = {process}\n")


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("theirs", "globex/readonly", NOT_YOURS),
        ("reason", "acme-prod/deploy", "Daypass: This role requires a reason."),
        ("typo", "acme-prod/Readonly", "Daypass: 'acme-prod/Readonly' is not an engagement."),
        ("away", f"acme-prod/readonly --broker {UNREACHABLE}", NO_ANSWER),
    ],
)
def test_a_profile_that_is_refused_fails_and_the_aws_cli_says_why(
    machine: Machine, name: str, arguments: str, sentence: str
) -> None:
    profile(machine, name, arguments)

    status, printed, errors = machine.run(f"{CALLER_IDENTITY} --profile {name}")

    assert status != 0
    assert printed == ""
    assert sentence in errors


PYTHON = 'python3 -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])\''


def test_a_profile_gives_the_sdk_for_python_a_session_or_the_sentence(machine: Machine) -> None:
    assert machine.run(f"AWS_PROFILE=acme-prod-readonly {PYTHON}") == (0, "987654321098\n", "")
    profile(machine, "hidden", "globex/readonly")

    status, printed, errors = machine.run(f"AWS_PROFILE=hidden {PYTHON}")

    assert (status, printed) == (1, "")
    assert NOT_YOURS in errors


def test_a_profile_is_overridden_as_the_page_about_clients_says(machine: Machine) -> None:
    keys = "AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=test"
    name = "acme-prod-readonly"
    for environment, argument, account in (
        (f"AWS_PROFILE={name}", "", "987654321098"),
        (f"{keys} AWS_PROFILE={name}", "", "123456789012"),
        (keys, f" --profile {name}", "987654321098"),
    ):
        assert machine.run(f"{environment} {CALLER_IDENTITY}{argument}") == (0, f"{account}\n", "")


def test_a_reason_can_contain_any_characters(machine: Machine, started: Started) -> None:
    why = r"""it's "new" \ $(touch pwned)"""
    quoted = why.replace("'", "'\\''")
    status, _, errors = machine.run(f"daypass creds acme-prod/deploy --reason '{quoted}'")
    assert (status, errors) == (0, "")
    entries = started.api("ada")("GET", "/v1/trail?engagement=acme-prod&limit=2")["entries"]
    assert {entry["details"].get("said") for entry in entries} >= {why}


def test_a_token_is_replaced_and_only_the_member_can_read_the_new_one(machine: Machine) -> None:
    before = machine.logins.read_text()

    status, printed, errors = machine.run("umask 022; daypass tokens --rotate")

    assert (status, errors) == (0, "")
    assert printed.startswith("You have a new token, until ")
    assert "daypass_" not in printed
    after = machine.logins.read_text()
    assert after != before
    assert machine.logins.stat().st_mode & 0o777 == 0o600
    machine.logins.write_text(before)
    status, printed, errors = machine.run("daypass tokens --rotate")
    assert (status, printed) == (4, "")
    assert "token-revoked" in errors
    assert machine.logins.read_text() == before
    machine.logins.write_text(after)


def in_slack(started: Started, typed: str) -> str:
    """Type a command as Alice, and return Slack's answer."""
    return subprocess.run(
        [sys.executable, "-m", "local.slack", "--as", "alice"],
        cwd=ROOT,
        env=os.environ | {"DAYPASS": started.url, "AWS_ENDPOINT_URL": started.aws.url},
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def test_the_commands_that_slack_shows_work_where_a_member_is_logged_in(
    machine: Machine, started: Started
) -> None:
    answer = in_slack(started, "link")
    assert "\n│ daypass link-slack\n" in answer
    code = answer.partition("Your code is `")[2].partition("`")[0]
    status, printed, errors = machine.run("daypass link-slack", typed=f"{code}\n")
    assert (status, errors) == (0, "")
    assert printed.startswith("Your Slack user is linked, until ")

    deploy = "/v1/engagements/acme-prod/roles/deploy"
    started.api("lena")("PATCH", deploy, allows_links=False)
    answer = in_slack(started, """access acme-prod deploy because it's "new" & $HOME""")
    (line,) = [line for line in answer.splitlines() if "daypass shell" in line]
    shell = f"SHELL=/bin/sh {line.removeprefix('│ ')}"
    assert machine.run(shell, typed=CALLER_IDENTITY)[:2] == (0, "987654321098\n")


# For each shell: a previous session, how to evaluate `daypass env`, and the exit status.
EARLIER = "".join(f"export {name}=earlier\n" for name in AWS_VARIABLES)
ENTER = {
    shell: EARLIER + f'eval "$(daypass env --shell {shell} {{}})"\n' for shell in ("bash", "zsh")
} | {
    "fish": EARLIER.replace("export", "set -gx").replace("=", " ")
    + "daypass env --shell fish {} | source\n"
}
STATUS = {"bash": "echo $?", "zsh": "echo $?", "fish": "echo $status"}


@pytest.mark.parametrize("shell", SHELLS)
def test_env_gives_the_shell_credentials_for_the_account(machine: Machine, shell: str) -> None:
    commands = ENTER[shell].format("acme-prod/readonly") + CALLER_IDENTITY

    assert machine.run(commands, shell=shell) == (0, "987654321098\n", "")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("globex/readonly", NOT_YOURS),
        (f"acme-prod/readonly --broker {UNREACHABLE}", NO_ANSWER),
        ("", "Daypass: Name an engagement, such as acme-prod/readonly."),
        ("acme-prod/", "Daypass: acme-prod has several roles. Name one: acme-prod/"),
        ("'acme-prod/read\"only'", "is not an engagement."),
        ("acme-prod/r", "Daypass: role: This must be the name of one of your roles in the "),
        (
            "acme-prod/deploy --reason 'a\u2028b'",
            "Daypass: --reason: This must be one line, without",
        ),
    ],
)
def test_a_refused_env_says_why_fails_and_unsets_the_credentials(
    machine: Machine, shell: str, arguments: str, sentence: str
) -> None:
    commands = f"{ENTER[shell].format(arguments)}{STATUS[shell]}\n{REMAINING_VARIABLES}"

    _, printed, errors = machine.run(commands, shell=shell)

    assert printed == "1\n"
    assert sentence in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("shell", SHELLS)
def test_env_without_a_login_fails_and_unsets_the_credentials(
    machine: Machine, shell: str, tmp_path: Path
) -> None:
    environment = machine.environment | {"DAYPASS_HOME": str(tmp_path)}
    commands = f"{ENTER[shell].format('acme-prod')}{STATUS[shell]}\n{REMAINING_VARIABLES}"

    _, printed, errors = Machine(machine.home, environment).run(commands, shell=shell)

    assert printed == "1\n"
    assert errors.startswith("Daypass: You are not logged in.")


def test_the_page_lists_every_exit_code(machine: Machine) -> None:
    text = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
    _, shown, _ = machine.run("daypass --help")
    codes = [line.split()[0] for line in shown.partition("exit codes:\n")[2].splitlines()[:8]]
    table = text.partition("## Exit codes")[2].partition("\n\n`")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == codes
