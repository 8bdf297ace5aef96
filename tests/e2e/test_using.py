"""The command works as docs/using.md says, says why if it does not, and protects the token."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import code_text_of
from tests.e2e.stories import blocks
from tests.running import ROOT, Started

CALLER_IDENTITY = "aws sts get-caller-identity --query Account --output text"
NOT_YOURS = "Daypass: This engagement does not exist, or you have no access to it."


@dataclass(frozen=True, slots=True)
class Machine:
    """A member's machine, set up as the page says."""

    home: Path
    environment: dict[str, str]

    @property
    def logins(self) -> Path:
        return self.home / ".daypass" / "logins.json"

    def run(self, commands: str, *, typed: str = "") -> tuple[int, str, str]:
        """Return the exit status, stdout and stderr."""
        process = subprocess.run(
            ["sh", "-c", commands],
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


def test_a_refused_login_says_why_and_keeps_the_token_that_works(machine: Machine) -> None:
    before = machine.logins.read_text()
    code = code_text_of("nina")
    status, printed, errors = machine.run("daypass login $DAYPASS", typed=f"{code}\n")
    assert (status, printed) == (3, "")
    assert errors.startswith("Daypass: This code is invalid: it was mistyped, already used")
    assert code not in errors
    assert machine.logins.read_text() == before


def test_quotes_and_blanks_around_the_code_do_no_harm(machine: Machine, started: Started) -> None:
    status, printed, errors = machine.run(
        "daypass login $DAYPASS", typed=f' "{invite(started)}" \n'
    )

    assert (status, errors) == (0, "")
    assert "You are logged in as alice, until " in printed
    assert "Your other tokens: " in printed


PYTHON = 'python3 -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])\''


@pytest.mark.parametrize("command", [CALLER_IDENTITY, PYTHON])
def test_a_profile_gives_a_session_or_the_sentence(machine: Machine, command: str) -> None:
    identify = f"AWS_PROFILE=acme-prod-readonly {command}"
    assert machine.run(identify) == (0, "987654321098\n", "")
    config = machine.home / ".aws" / "config"
    profile = config.read_text().partition("[profile acme-prod-readonly]")[2].partition("\n[")[0]
    text = f"[profile theirs]{profile.replace('acme-prod/readonly', 'globex/readonly')}"
    config.write_text(f"{config.read_text()}\n{text}\n")

    status, printed, errors = machine.run(f"AWS_PROFILE=theirs {command}")

    assert (status != 0, printed) == (True, "")
    assert NOT_YOURS in errors
    config.write_text(config.read_text().replace(text, ""))


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


def test_the_page_lists_every_exit_code(machine: Machine) -> None:
    text = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
    _, shown, _ = machine.run("daypass --help")
    codes = [line.split()[0] for line in shown.partition("exit codes:\n")[2].splitlines()[:8]]
    table = text.partition("## Exit codes")[2].partition("\n\n`")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == codes
