"""Each format means the same session to the tool that reads it, and nothing more than that."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import ProcessProvider
from msgspec.structs import replace

from chalicelib.domain.vending.vends import Credentials
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.entrypoints.vending.formats import (
    AWS_VARIABLES,
    CredentialProcess,
    SessionFormat,
    format_refusal,
    format_script,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.golden import hold_against_file
from tests.rows import every

KEYS = Credentials(
    access_key_id="ASIAFAKE000000000001",
    secret_access_key=CANARY_SECRET_KEY,
    session_token=CANARY_SESSION_TOKEN,
    expires_at=NOON,
    assumed_role_arn="arn:aws:sts::987654321098:assumed-role/R/alice.x",
    request_id="r",
)
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
MEANT = {
    "AWS_ACCESS_KEY_ID": "ASIAFAKE000000000001",
    "AWS_SECRET_ACCESS_KEY": CANARY_SECRET_KEY,
    "AWS_SESSION_TOKEN": CANARY_SESSION_TOKEN,
    "AWS_CREDENTIAL_EXPIRATION": "2026-11-24T12:00:00Z",
}
AS_SCRIPT = [f for f in SessionFormat if f.value not in ("json", "credential_process")]
SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh") if shutil.which(shell)]
# AWS makes no such values; if it ever did, they would still be values.
ODD = [
    "it's",
    'say "hi"',
    "a b  c ",
    "$(touch pwned)",
    "`touch pwned`",
    "$HOME ${HOME} %PATH% !!",
    "back\\slash\\",
    "\\'",
    "'; touch pwned; '",
    "a;touch pwned",
    "a&touch pwned",
    "a|b>pwned",
    "~",
    "-n",
    "*",
    "#no comment",
    "",
]
# No tool gets these: they are two lines, or a quote in some shell.
NEVER = ["two\nlines", "a\rb", "nul\0", "tab\there", "\u2019; calc; \u2019", "\u00e9", "\x1b[2J"]


def odd(value):
    return replace(KEYS, secret_access_key=value, session_token=value)


def environment_after(shell, text, where, *, exported):
    """Return a real shell's variables after it evaluated the text.

    Before that, the shell had exported every variable of an earlier session.
    """
    # Only the shell sees a variable that is not exported, so the shell itself prints it.
    said = "; ".join(f'printf "%s=%s\\n" {name} "${{{name}-}}"' for name in AWS_VARIABLES)
    show = "exec env" if exported else f"{said}; exec env | sed s/AWS_/EXPORTED_/"
    done = subprocess.run(
        [shell, "-c", f'set -eu; eval "$1"; {show}', shell, text],
        env={"PATH": os.environ["PATH"]} | dict.fromkeys(AWS_VARIABLES, "stale"),
        capture_output=True,
        text=True,
        check=True,
        cwd=where,
    )
    assert not done.stderr
    assert "EXPORTED_" not in done.stdout
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs if name in AWS_VARIABLES and value}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("form", [SessionFormat.ENV, SessionFormat.ENV_NO_EXPORT])
def test_a_shell_that_evaluates_it_has_the_session(shell, form, tmp_path):
    """No earlier variable stays set: a stale profile would take precedence."""
    exported = form is SessionFormat.ENV

    assert environment_after(shell, format_script(form, KEYS), tmp_path, exported=exported) == MEANT


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_is_given_it_without_quotes_has_the_session_too(shell, tmp_path):
    """`eval $(…)` makes one line of them all."""
    text = " ".join(format_script(SessionFormat.ENV, KEYS).split())

    assert environment_after(shell, text, tmp_path, exported=True) == MEANT


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("form", [SessionFormat.ENV, SessionFormat.ENV_NO_EXPORT])
def test_a_shell_reads_every_value_unchanged(shell, form, tmp_path):
    show = """printf '%s\\n' "$AWS_SECRET_ACCESS_KEY|$AWS_SESSION_TOKEN" """
    each = f'for text in "$@"; do eval "$text"; {show}; done'
    texts = [format_script(form, odd(value)) for value in ODD]

    done = subprocess.run(
        [shell, "-euc", each, shell, *texts], capture_output=True, text=True, cwd=tmp_path
    )

    assert done.stdout.splitlines() == [f"{value}|{value}" for value in ODD]
    assert (done.stderr, done.returncode) == ("", 0)
    assert not list(tmp_path.iterdir())


@every("form", AS_SCRIPT)
@every("value", NEVER)
def test_no_shell_gets_a_value_that_is_not_plain_text(form, value):
    with pytest.raises(ValueError, match="not safe"):
        format_script(form, odd(value))


QUOTED = ("it's", "back\\slash", "\\'", '$(x) $y `z "z"')


def test_scripts_and_refusals_are_as_the_file_says():
    """Unsetting a missing variable fails in fish and cmd, so the script ends with a success."""
    lines = []
    for form in AS_SCRIPT:
        lines += [f"=== {form.value}", *format_script(form, KEYS).splitlines()]
        values = QUOTED if form is not SessionFormat.WINDOWS_CMD else ("a+b/c==", "it's")
        for value in values:
            script = format_script(form, odd(value)).splitlines()
            lines += [f"{value}: {line}" for line in script if "AWS_SESSION_TOKEN" in line][-1:]
    for form in (SessionFormat.CREDENTIAL_PROCESS, *AS_SCRIPT):
        lines.append(f'=== {form.value}: a refusal that says it\'s "50%"')
        lines += format_refusal(form, 'it\'s "50%"').splitlines()
    text = "\n".join(lines).replace(CANARY_SECRET_KEY, "SECRET-KEY")
    hold_against_file("session-formats.txt", text.replace(CANARY_SESSION_TOKEN, "SESSION-TOKEN"))


@every("character", '"%&|<>^!')
def test_cmd_is_given_nothing_that_it_would_read_itself(character):
    with pytest.raises(ValueError, match="not safe"):
        format_script(SessionFormat.WINDOWS_CMD, odd(f"a{character}b"))


def test_an_sdk_accepts_the_output_of_a_process(tmp_path):
    keys = replace(KEYS, expires_at=datetime.now(UTC) + timedelta(hours=1))
    printed = tmp_path / "printed.json"
    printed.write_text(
        json.dumps(to_json_value(CredentialProcess(credentials=keys, account_id="987654321098")))
    )
    command = shlex.join(
        [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(printed)]
    )
    profiles = {"profiles": {"acme": {"credential_process": command}}}

    loaded = ProcessProvider("acme", lambda: profiles).load()

    frozen = loaded.get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == tuple(
        MEANT[name] for name in NAMES
    )
    assert loaded.account_id == "987654321098"
    assert not loaded.refresh_needed()
