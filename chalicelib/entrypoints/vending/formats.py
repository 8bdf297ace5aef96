"""The forms in which a session is handed over, or refused. Each is what some tool reads as it is.

Values are quoted although AWS makes no credentials that need it: what is evaluated by a shell is
never left to chance.
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
    """The names are those of `aws configure export-credentials --format`, and `json`."""

    JSON = "json"
    CREDENTIAL_PROCESS = "credential_process"
    ENV = "env"
    ENV_NO_EXPORT = "env-no-export"
    FISH = "fish"
    POWERSHELL = "powershell"
    WINDOWS_CMD = "windows-cmd"


# All from which an AWS SDK takes credentials, under every name that one reads: the SDK for Go takes
# AWS_ACCESS_KEY and AWS_SECRET_KEY too, botocore AWS_SECURITY_TOKEN before AWS_SESSION_TOKEN, and
# the AWS_ACCOUNT_ID of another account makes endpoints that are that account's.
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
    """What an SDK expects of a `credential_process` ("Process credential provider", AWS SDKs and
    Tools Reference Guide)."""

    version: Literal[1] = field(name="Version", default=1)
    credentials: Inline[Credentials]
    account_id: AccountId = field(name="AccountId")


def script(form: SessionFormat, credentials: Credentials) -> str:
    """Lines for the shell: they unset the credentials of before, and set the session."""
    shell = _SHELLS[form]
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
    """Lines for ~/.aws/credentials ("Configuration and credential file settings", AWS CLI User
    Guide): a profile of this name, until it expires."""
    settings = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    _check(name, *settings.values())
    lines = "".join(f"{setting} = {value}\n" for setting, value in settings.items())
    return f"[{name}]\n{lines}"


def refusal(form: SessionFormat, says: str) -> str:
    """Return what whoever asked in another form than JSON sees on the error stream: for a shell,
    lines that unset earlier credentials, say it, and fail without closing the shell."""
    line = _one_plain_line(says)
    if form is SessionFormat.CREDENTIAL_PROCESS:
        return f"{line}\n"
    shell = _SHELLS[form]
    return f"{shell.unset}{shell.fail(line)}\n"


def _check(*values: str) -> None:
    """Refuse what no credentials of AWS hold. PowerShell, for one, reads ’ as a quote too."""
    if not all(value.isascii() and value.isprintable() for value in values):
        raise ValueError("a value that no shell can be given safely")


def _one_plain_line(text: str) -> str:
    """The text in characters that every terminal shows and no shell takes for one of its own."""
    line = " ".join(text.replace("…", "...").split())
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in line)


def _fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# What cmd.exe would read as more than a value: it has no quotes that hold.
_CMD_READS = '"%&|<>^!'
_NOT_FOR_CMD = str.maketrans(_CMD_READS, "'_______")


def _cmd(value: str) -> str:
    if set(value) & set(_CMD_READS):
        raise ValueError("a value that cmd.exe cannot be given safely")
    return value


class _Shell(NamedTuple):
    """How something is said to a shell."""

    unset: str
    """Whole lines, and so is `done`."""
    set: Callable[[str, str], str]
    fail: Callable[[str], str]
    """Given one line of plain ASCII."""
    done: str = ""
    """Where what was not there to be unset would count as a failure at the end."""


# With semicolons: `eval $(…)` without quotes makes one line of them.
_POSIX = _Shell(
    unset=f"unset {' '.join(AWS_VARIABLES)};\n",
    set=lambda name, value: f"export {name}={shlex.quote(value)};",
    fail=lambda says: f"printf '%s\\n' {shlex.quote(says)} >&2;\nfalse",
)
_SHELLS: dict[SessionFormat, _Shell] = {
    SessionFormat.ENV: _POSIX,
    SessionFormat.ENV_NO_EXPORT: _POSIX._replace(
        set=lambda name, value: f"{name}={shlex.quote(value)};"
    ),
    SessionFormat.FISH: _Shell(
        # A global variable hides a universal one, which a mere `set -e` would leave.
        unset="".join(f"set -e{scope} {' '.join(AWS_VARIABLES)}\n" for scope in "gU"),
        set=lambda name, value: f"set -gx {name} {_fish(value)}",
        fail=lambda says: f"printf '%s\\n' {_fish(says)} >&2\nfalse",
        done="true\n",
    ),
    SessionFormat.POWERSHELL: _Shell(
        unset=(
            f"Remove-Item {', '.join(f'Env:{name}' for name in AWS_VARIABLES)}"
            " -ErrorAction SilentlyContinue\n"
        ),
        set=lambda name, value: f"$Env:{name} = {_powershell(value)}",
        fail=lambda says: f"throw {_powershell(says)}",
    ),
    SessionFormat.WINDOWS_CMD: _Shell(
        unset="".join(f"set {name}=\n" for name in AWS_VARIABLES),
        set=lambda name, value: f"set {name}={_cmd(value)}",
        # A cmd of its own: a line that FOR has read would print its `1>&2`, unless in quotes.
        fail=lambda says: f'cmd /c "echo {says.translate(_NOT_FOR_CMD)} 1>&2& exit 1"',
        done="cmd /c exit 0\n",
    ),
}
