"""The set-up of docs/using.md works, says why if it does not, and protects the token."""

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

SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]
FISH = [shell for shell in ("fish",) if shutil.which(shell)]
CALLER_IDENTITY = "aws sts get-caller-identity --query Account --output text"
REMAINING_VARIABLES = "env | grep -E '^({})=' | cut -d= -f1".format("|".join(AWS_VARIABLES))
UNREACHABLE = "http://127.0.0.1:1"  # nothing listens there


def block(holds: str) -> str:
    """Return the page's only block that contains this text."""
    (only,) = [text for _, text in blocks("docs/using.md") if holds in text]
    return only


@dataclass(frozen=True, slots=True)
class Machine:
    """A member's machine, set up as the page says."""

    home: Path
    environment: dict[str, str]

    def run(self, commands: str, *, shell: str = "sh", typed: str = "") -> tuple[int, str, str]:
        """Return the exit status, stdout and stderr."""
        plain = ["--no-config"] if shell in FISH else []
        process = subprocess.run(
            [str(shutil.which(shell)), *plain, "-c", commands],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return process.returncode, process.stdout, process.stderr

    def set_address(self, address: str) -> None:
        (self.home / ".daypass" / "address").write_text(f"{address}\n")


def invite(started: Started) -> str:
    enrolment = started.api("lena")("POST", "/v1/members/alice/enrolment")
    code: str = enrolment["code"]
    return code


@pytest.fixture(scope="module")
def enrolled(started: Started, aws_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    home = tmp_path_factory.mktemp("home")
    machine = Machine(
        home,
        {
            "PATH": f"{home}/bin:{aws_cli}:{ROOT}/.venv/bin:{os.environ['PATH']}",
            "HOME": str(home),
            "AWS_ENDPOINT_URL": started.aws.url,
            "AWS_DEFAULT_REGION": started.aws.region,
        },
    )
    # A curl that records its arguments, which `ps` would show.
    curl = home / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(f'#!/bin/sh\necho "$@" >> {home}/called\nexec {shutil.which("curl")} "$@"\n')
    curl.chmod(0o755)
    set_up = [block("daypass_enrol()"), block("> ~/.daypass/session"), block("[profile acme]")]
    typed = f"{started.url}/\n{invite(started)}\n"  # the stack's output ends with a slash
    status, _, errors = machine.run("umask 022\n" + "\n".join(set_up), typed=typed)
    assert (status, errors) == (0, "")
    return machine


@pytest.fixture
def machine(enrolled: Machine, started: Started) -> Machine:
    enrolled.set_address(started.url)
    return enrolled


def test_only_the_member_can_read_the_token(machine: Machine) -> None:
    folder = machine.home / ".daypass"
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("authorization", "address"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    token = (folder / "authorization").read_text().removeprefix("Authorization: Bearer ").strip()
    assert token.startswith("daypass_alice_")
    machine.run("sh ~/.daypass/session json acme-prod readonly")
    called = (machine.home / "called").read_text()
    assert "-H @authorization" in called
    assert token not in called
    assert "daypass_enrol_" not in called


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("{url}", code_text_of("nina"), "This code is invalid: it was mistyped, already used"),
        ("{url}", "an old one", "This must be a"),
        ("{url}/elsewhere", "{code}", "The address is incomplete: {url}/elsewhere. Copy"),
        ("{aws}", "{code}", "The server at {aws} is not Daypass."),
        ("http://daypass.example.com", "{code}", "The address must begin with https://, so "),
        ("daypass.example.com", "{code}", "The address must begin with https://, so "),
        ("http://127.0.0.1.example.com", "{code}", "The address must begin with https://, so "),
        ("http://localhost:1@example.com", "{code}", "This is not a valid address. Copy it again"),
    ],
)
def test_a_refused_enrolment_says_why_and_keeps_the_token_that_works(
    machine: Machine, started: Started, address: str, code: str, sentence: str
) -> None:
    before = (machine.home / ".daypass" / "authorization").read_text()
    facts = {"url": started.url, "aws": started.aws.url, "code": code_text_of("alice")}

    typed = f"{address}\n{code}\n".format(**facts)
    status, _, errors = machine.run(block("daypass_enrol()"), typed=typed)

    assert status == 1
    assert errors.startswith("Daypass: " + sentence.format(**facts))
    assert errors.count("\n") == 1
    assert (machine.home / ".daypass" / "authorization").read_text() == before
    assert (machine.home / ".daypass" / "address").read_text() == f"{started.url}\n"


def test_quotes_around_the_address_and_the_code_do_no_harm(
    machine: Machine, started: Started
) -> None:
    typed = f"'{started.url}/'\n\"{invite(started)}\"\n"
    status, printed, errors = machine.run(block("daypass_enrol()"), typed=typed)

    assert (status, errors) == (0, "")
    assert "You are enrolled as alice.\nYour other tokens: [{" in printed
    assert (machine.home / ".daypass" / "address").read_text() == f"{started.url}\n"


def test_a_machine_with_a_long_name_enrols_too(machine: Machine, started: Started) -> None:
    uname = machine.home / "bin" / "uname"
    uname.write_text(f"#!/bin/sh\necho {'ip-10-0-0-17.eu-' * 4}\n")
    uname.chmod(0o755)

    typed = f"{started.url}\n{invite(started)}\n"
    status, printed, errors = machine.run(block("daypass_enrol()"), typed=typed)
    uname.unlink()

    assert (status, errors) == (0, "")
    assert "You are enrolled as alice." in printed


def test_a_profile_gives_the_aws_cli_a_session(machine: Machine) -> None:
    assert machine.run(f"{CALLER_IDENTITY} --profile acme") == (0, "987654321098\n", "")


def profile(machine: Machine, name: str, arguments: str) -> None:
    text = block("[profile acme]").replace("[profile acme]", f"[profile {name}]")
    result = machine.run(
        text.replace("acme-prod readonly", arguments).partition("\nEND")[0] + "\nEND"
    )
    assert result[0] == 0, result


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        (
            "globex",
            "globex readonly",
            "This engagement does not exist, or you have no access to it.",
        ),
        ("deploy", "acme-prod deploy", "This role requires a reason. Add one as the last argument"),
        ("typo", "acme-prod Readonly", "role: This must be the name of one of your roles"),
    ],
)
def test_a_profile_that_is_refused_fails_and_the_aws_cli_says_why(
    machine: Machine, name: str, arguments: str, sentence: str
) -> None:
    profile(machine, name, arguments)

    status, printed, errors = machine.run(f"{CALLER_IDENTITY} --profile {name}")

    assert status != 0
    assert printed == ""
    assert f"Daypass: {sentence}" in errors


PYTHON = 'python3 -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])\''


def test_a_profile_gives_the_sdk_for_python_a_session_or_the_sentence(machine: Machine) -> None:
    assert machine.run(f"AWS_PROFILE=acme {PYTHON}") == (0, "987654321098\n", "")
    profile(machine, "hidden", "globex readonly")

    status, printed, errors = machine.run(f"AWS_PROFILE=hidden {PYTHON}")

    assert (status, printed) == (1, "")
    assert "Daypass: This engagement does not exist, or you have no access to it." in errors


def test_a_profile_is_overridden_as_the_page_says(machine: Machine) -> None:
    keys = "AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=test"
    for environment, argument, account in (
        ("AWS_PROFILE=acme", "", "987654321098"),
        (f"{keys} AWS_PROFILE=acme", "", "123456789012"),
        (keys, " --profile acme", "987654321098"),
    ):
        assert machine.run(f"{environment} {CALLER_IDENTITY}{argument}") == (0, f"{account}\n", "")


def test_a_profile_fails_where_daypass_cannot_be_reached(machine: Machine) -> None:
    machine.set_address(UNREACHABLE)

    status, printed, errors = machine.run(f"{CALLER_IDENTITY} --profile acme")

    assert status != 0
    assert printed == ""
    assert "curl: (7) " in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("jsn acme-prod readonly", "This must be one of: json, credential_process, env, "),
        ('env"x acme-prod readonly', "The body is not one JSON object in UTF-8. "),
    ],
)
def test_a_refusal_in_json_is_shown_as_a_sentence(
    machine: Machine, arguments: str, sentence: str
) -> None:
    first, _, rest = arguments.partition(" ")

    status, printed, errors = machine.run(f"sh ~/.daypass/session '{first}' {rest}")

    assert (status, printed) == (1, "")
    assert errors.startswith(f"Daypass: {sentence}")
    assert re.search(r" \([a-z-]+, request [0-9a-f-]{36}\)\n$", errors)
    assert '"' not in errors


def test_a_reason_can_contain_any_characters(machine: Machine, started: Started) -> None:
    why = r"""it's "new" \ $(touch pwned)"""
    quoted = why.replace("'", "'\\''")
    status, _, errors = machine.run(f"sh ~/.daypass/session json acme-prod deploy '{quoted}'")
    # The command has no format `json`: it prints the response to stderr.
    assert status == 1
    assert '"credentials"' in errors
    entries = started.api("ada")("GET", "/v1/trail?engagement=acme-prod&limit=2")["entries"]
    assert {entry["details"].get("said") for entry in entries} >= {why}


def test_a_token_is_exchanged_for_a_new_one_that_works_and_only_the_member_can_read(
    machine: Machine,
) -> None:
    file = machine.home / ".daypass" / "authorization"
    before = file.read_text()

    assert machine.run("umask 022\n" + block("tokens/rotate")) == (0, "You have a new token.\n", "")

    token = file.read_text().split()[-1]
    assert file.read_text() != before
    assert file.stat().st_mode & 0o777 == 0o600
    assert token not in (machine.home / "called").read_text()
    assert machine.run(f"{CALLER_IDENTITY} --profile acme") == (0, "987654321098\n", "")
    file.write_text(before)
    status, printed, errors = machine.run(block("tokens/rotate"))
    assert (status, printed) == (1, "")
    assert "token-revoked" in errors
    assert file.read_text() == before
    file.write_text(f"Authorization: Bearer {token}\n")


def in_slack(started: Started, typed: str) -> str:
    """Type a command as Alice, and return the line to paste from the answer."""
    process = subprocess.run(
        [sys.executable, "-m", "local.slack", "--as", "alice"],
        cwd=ROOT,
        env=os.environ | {"DAYPASS": started.url, "AWS_ENDPOINT_URL": started.aws.url},
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    (line,) = re.findall("^│ (.*curl .*)$", process.stdout, re.MULTILINE)
    return str(line)


def test_the_lines_that_slack_shows_work_where_a_member_has_enrolled(
    machine: Machine, started: Started
) -> None:
    status, printed, errors = machine.run(in_slack(started, "link"))

    assert (status, errors) == (0, "")
    assert json.loads(printed)["label"] == "Slack user U0ALICE"
    deploy = "/v1/engagements/acme-prod/roles/deploy"
    started.api("lena")("PATCH", deploy, allows_links=False)
    line = in_slack(started, """access acme-prod deploy for 15m because it's "new" & $HOME""")
    assert machine.run(f"{line}\n{CALLER_IDENTITY}") == (0, "987654321098\n", "")
    token = (machine.home / ".daypass" / "authorization").read_text().split()[-1]
    assert token not in (machine.home / "called").read_text()


# For each shell: a previous session and the page's `enter`; and how to print the exit status.
EARLIER = "".join(f"export {name}=earlier\n" for name in AWS_VARIABLES)
ENTER = dict.fromkeys(SHELLS, EARLIER + block("enter() {").partition("\nenter ")[0]) | {
    shell: EARLIER.replace("export", "set -gx").replace("=", " ") + block("function enter")
    for shell in FISH
}
STATUS = dict.fromkeys(SHELLS, "echo $?") | dict.fromkeys(FISH, "echo $status")


@pytest.mark.parametrize("shell", ENTER)
def test_enter_gives_the_shell_credentials_for_the_account(machine: Machine, shell: str) -> None:
    commands = f"{ENTER[shell]}\nenter acme-prod readonly && {CALLER_IDENTITY}"

    assert machine.run(commands, shell=shell) == (0, "987654321098\n", "")


@pytest.mark.parametrize("shell", ENTER)
@pytest.mark.parametrize(
    ("arguments", "address", "sentence"),
    [
        ("globex readonly", "", "Daypass: This engagement does not exist, or you have no access "),
        ("acme-prod readonly", UNREACHABLE, "curl: (7) "),
        (
            "acme-prod readonly",
            "{url}/elsewhere",
            "Daypass: Nothing is at this address. Check the engagement's name, and ",
        ),
        ("", "", "Daypass: Give an engagement, a role and, if the role requires one, a reason in "),
        ("acme-prod", "", "For example: enter acme-prod deploy 'ticket 7'"),
        ("acme-prod deploy two words", "", "Daypass: Give an engagement, a role and, if the role "),
        ("'' ''", "", "Daypass: Nothing is at this address. Check the engagement's name, and "),
        ("acme-prod 'read\"only'", "", "Daypass: role: This must be the name of one of your roles"),
        ("acme-prod r", "", "Daypass: role: This must be the name of one of your roles in the "),
        (
            "acme-prod deploy 'a\u2028b'",
            "",
            "Daypass: reason: This must be one line, without control",
        ),
    ],
)
def test_a_refused_enter_says_why_fails_and_unsets_the_credentials(
    machine: Machine, started: Started, shell: str, arguments: str, address: str, sentence: str
) -> None:
    if address:
        machine.set_address(address.format(url=started.url))
    commands = f"{ENTER[shell]}\nenter {arguments}\n{STATUS[shell]}\n{REMAINING_VARIABLES}"

    _, printed, errors = machine.run(commands, shell=shell)

    assert printed == "1\n"
    assert sentence in errors
    assert errors.count("\n") == 1
    assert not errors.startswith("{")


@pytest.mark.parametrize("sign", ["\t", "\n", "\r\n", "\x0b", "\x1b", "\x7f"], ids=repr)
def test_a_reason_that_was_pasted_is_one_line_on_the_trail(
    machine: Machine, started: Started, sign: str
) -> None:
    status, _, errors = machine.run(f"sh ~/.daypass/session env acme-prod deploy 'a{sign}ticket é'")

    assert (status, errors) == (0, "")
    entries = started.api("ada")("GET", "/v1/trail?engagement=acme-prod&limit=2")["entries"]
    recorded_reasons = {entry["details"].get("said") for entry in entries}
    assert recorded_reasons >= {f"a{' ' * len(sign)}ticket é"}


@pytest.mark.parametrize("shell", ENTER)
def test_enter_without_a_set_up_fails_and_unsets_the_credentials(
    machine: Machine, shell: str, tmp_path: Path
) -> None:
    commands = f"{ENTER[shell]}\nenter acme-prod readonly\n{STATUS[shell]}\n{REMAINING_VARIABLES}"

    elsewhere = Machine(tmp_path, machine.environment | {"HOME": str(tmp_path)})
    _, printed, errors = elsewhere.run(commands, shell=shell)

    assert printed == "1\n"
    assert errors != ""
