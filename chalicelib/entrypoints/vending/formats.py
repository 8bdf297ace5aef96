"""The formats of sessions and refusals. A tool can read each of them as it is.

Values are quoted although AWS makes no credentials that need quotes: a shell evaluates them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from enum import StrEnum
from typing import Literal, NamedTuple

from msgspec import field

from chalicelib.domain.identifiers import AccountId
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.values import Inline, Value
from chalicelib.domain.vending.credentials import Credentials


class SessionFormat(StrEnum):
    """The format of a session: `json`, or one of `aws configure export-credentials --format`."""

    JSON = "json"
    CREDENTIAL_PROCESS = "credential_process"
    ENV = "env"
    ENV_NO_EXPORT = "env-no-export"
    FISH = "fish"
    POWERSHELL = "powershell"
    WINDOWS_CMD = "windows-cmd"


# Every variable from which an AWS SDK takes credentials. The SDK for Go also reads AWS_ACCESS_KEY
# and AWS_SECRET_KEY, and botocore prefers AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN. With the
# AWS_ACCOUNT_ID of another account, SDKs use that account's endpoints.
AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
)


class CredentialProcess(Value, frozen=True, kw_only=True):
    """The output of a `credential_process` ("Process credential provider", AWS SDKs and Tools
    Reference Guide)."""

    version: Literal[1] = field(name="Version", default=1)
    credentials: Inline[Credentials]
    account_id: AccountId = field(name="AccountId")


def script(format: SessionFormat, credentials: Credentials) -> str:
    """Return lines for the shell that unset earlier credentials and set the session's."""
    shell = _SHELLS[format]
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": rfc3339(credentials.expires_at),
    }
    _check(*variables.values())
    lines = "".join(f"{shell.set(name, value)}\n" for name, value in variables.items())
    return shell.unset + lines + shell.done


def profile(name: str, credentials: Credentials) -> str:
    """Return a profile for ~/.aws/credentials ("Configuration and credential file settings", AWS
    CLI User Guide)."""
    settings = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    _check(name, *settings.values())
    lines = "".join(f"{setting} = {value}\n" for setting, value in settings.items())
    return f"[{name}]\n{lines}"


def refusal(format: SessionFormat, text: str) -> str:
    """Return a refusal in a format other than JSON.

    For a shell it is lines that unset earlier credentials, print the text on the error stream, and
    fail without closing the shell. For `credential_process` it is the text alone.
    """
    line = _ascii_line(text)
    if format is SessionFormat.CREDENTIAL_PROCESS:
        return f"{line}\n"
    shell = _SHELLS[format]
    return f"{shell.unset}{shell.fail(line)}\n"


def _check(*values: str) -> None:
    """Refuse characters that no AWS credentials contain. PowerShell also reads ’ as a quote."""
    if not all(value.isascii() and value.isprintable() for value in values):
        raise ValueError("a value that no shell can be given safely")


def _ascii_line(text: str) -> str:
    """Return the text on one line of printable ASCII."""
    line = " ".join(text.replace("…", "...").split())
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in line)


def _fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# Characters that cmd.exe interprets. It has no quotes that protect them all.
_CMD_READS = '"%&|<>^!'
_NOT_FOR_CMD = str.maketrans(_CMD_READS, "'_______")


def _cmd(value: str) -> str:
    if set(value) & set(_CMD_READS):
        raise ValueError("a value that cmd.exe cannot be given safely")
    return value


class _Shell(NamedTuple):
    """The syntax of a shell."""

    unset: str
    """Complete lines that unset every variable."""
    set: Callable[[str, str], str]
    fail: Callable[[str], str]
    """Returns lines that print one line of ASCII and fail."""
    done: str = ""
    """Complete lines for the end of a script, for shells in which a failed unset would count."""


# With semicolons: `eval $(…)` without quotes makes one line of them.
_POSIX = _Shell(
    unset=f"unset {' '.join(AWS_VARIABLES)};\n",
    set=lambda name, value: f"export {name}={shlex.quote(value)};",
    fail=lambda text: f"printf '%s\\n' {shlex.quote(text)} >&2;\nfalse",
)
_SHELLS: dict[SessionFormat, _Shell] = {
    SessionFormat.ENV: _POSIX,
    SessionFormat.ENV_NO_EXPORT: _POSIX._replace(
        set=lambda name, value: f"{name}={shlex.quote(value)};"
    ),
    SessionFormat.FISH: _Shell(
        # A global variable hides a universal one, which a plain `set -e` would leave.
        unset="".join(f"set -e{scope} {' '.join(AWS_VARIABLES)}\n" for scope in "gU"),
        set=lambda name, value: f"set -gx {name} {_fish(value)}",
        fail=lambda text: f"printf '%s\\n' {_fish(text)} >&2\nfalse",
        done="true\n",
    ),
    SessionFormat.POWERSHELL: _Shell(
        unset=(
            f"Remove-Item {', '.join(f'Env:{name}' for name in AWS_VARIABLES)}"
            " -ErrorAction SilentlyContinue\n"
        ),
        set=lambda name, value: f"$Env:{name} = {_powershell(value)}",
        fail=lambda text: f"throw {_powershell(text)}",
    ),
    SessionFormat.WINDOWS_CMD: _Shell(
        unset="".join(f"set {name}=\n" for name in AWS_VARIABLES),
        set=lambda name, value: f"set {name}={_cmd(value)}",
        # In a cmd of its own: FOR would print an unquoted `1>&2`.
        fail=lambda text: f'cmd /c "echo {text.translate(_NOT_FOR_CMD)} 1>&2& exit 1"',
        done="cmd /c exit 0\n",
    ),
}
