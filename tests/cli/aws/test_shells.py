"""Shells that evaluate `daypass env` get the session, or nothing of the client before."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from chalicelib.domain.vending.vends import Credentials
from chalicelib.entrypoints.vending import formats
from chalicelib.entrypoints.vending.formats import SessionFormat
from daypass.aws import shells
from tests.rows import every

FORMATS = {
    "bash": SessionFormat.ENV,
    "zsh": SessionFormat.ENV,
    "fish": SessionFormat.FISH,
    "powershell": SessionFormat.POWERSHELL,
    "cmd": SessionFormat.WINDOWS_CMD,
}
"""The shells of the command, and the API's formats for them."""
EVALUATE = {
    "bash": 'eval "$({})"',
    "dash": 'eval "$({})"',
    "zsh": 'eval "$({})"',
    "fish": "{} | source",
}
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_SECURITY_TOKEN")
SHOW = "printf '%s|%s|%s|%s' " + " ".join(f'"${name}"' for name in NAMES)
BEFORE = dict.fromkeys((*NAMES, "AWS_SECRET_ACCESS_KEY"), "before")


def test_each_shell_has_a_format():
    assert set(FORMATS) == set(shells.SHELLS)
    assert shells.AWS_VARIABLES == formats.AWS_VARIABLES


@every("shell", FORMATS)
def test_a_session_is_the_same_script(shell):
    issued = Credentials(
        access_key_id="ASIA1",
        secret_access_key="a/b+c",
        session_token="t=",
        expires_at=datetime(2026, 11, 24, 19, 42, tzinfo=UTC),
        assumed_role_arn="",
        request_id="",
    )
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    values = ("ASIA1", "a/b+c", "t=", "2026-11-24T19:42:00Z")
    script = shells.session_script(shell, dict(zip(names, values, strict=True)))
    assert script == formats.format_script(FORMATS[shell], issued)


def evaluate(machine, shell, words):
    """Run the shell with the variables of the client before, and let it evaluate the command."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    command = f"{sys.executable} -m daypass env {words}"
    script = f"{EVALUATE[shell].format(command)}\n{SHOW}\n"
    arguments = {"zsh": ["-f"], "fish": ["--no-config"], "bash": ["--norc"]}.get(shell, [])
    return subprocess.run(
        [path, *arguments, "-c", script],
        env={**machine.environment, **BEFORE},
        capture_output=True,
        text=True,
        check=False,
        cwd=machine.home,
    )


def name(shell):
    return "bash" if shell == "dash" else shell


@pytest.mark.parametrize("shell", EVALUATE)
def test_a_shell_gets_the_session(machine, shell):
    output = evaluate(machine, shell, f"acme-prod/readonly --shell {name(shell)}")
    key, token, *others = output.stdout.split("|")
    assert (token, others) == ("session-token", ["", ""]), output.stderr
    assert key.startswith("ASIA")
    assert output.stderr == ""


@pytest.mark.parametrize("shell", EVALUATE)
@pytest.mark.parametrize(
    "words",
    ["acme-prod/readonly", "acme-prod/readonly --bogus", "ACME", "--reason", "without a login"],
)
def test_after_a_refusal_nothing_of_the_client_before_stays(machine, broker, shell, words):
    path = "/v1/engagements/acme-prod/sessions"
    broker.refuse(path, "engagement-revoked", "This engagement has been revoked.")
    if words == "without a login":
        words = "acme-prod/readonly"
        (machine.store / "logins.json").unlink()
    output = evaluate(machine, shell, f"--shell {name(shell)} {words}")
    assert output.stdout == "|||"
    assert output.stderr.startswith("Daypass: ")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_script_with_errexit_stops_after_a_refusal(machine, broker, shell):
    broker.refuse("/v1/engagements/acme-prod/sessions", "refused", "No.")
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    command = f"{sys.executable} -m daypass env acme-prod/readonly"
    output = subprocess.run(
        [path, "-ec", f'eval "$({command})"\necho went on'],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (output.returncode, output.stdout) == (1, "")


@pytest.mark.parametrize(
    ("variables", "shell"),
    [
        ({"SHELL": "/usr/bin/fish"}, "fish"),
        ({"SHELL": "/bin/zsh"}, "zsh"),
        ({"SHELL": "/bin/tcsh"}, "bash"),
        ({}, "bash"),
    ],
)
def test_the_shell_is_detected(machine, monkeypatch, variables, shell):
    monkeypatch.setattr(shells, "_parent_program", lambda: "make")
    machine.variables.update(variables)
    output = machine.type("env", "acme-prod/readonly")
    assert output.out.startswith("set -e" if shell == "fish" else "unset ")
