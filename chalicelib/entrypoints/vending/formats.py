"""Write sessions and refusals in the formats that shells, AWS SDKs and the AWS CLI read.

Values for a shell are quoted, although no AWS credentials need quotes, because the shell evaluates
the lines.
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
from chalicelib.domain.vending.vends import Credentials


class SessionFormat(StrEnum):
    """The format in which Daypass hands a session over."""

    JSON = "json"
    """JSON with the session and its credentials."""
    CREDENTIAL_PROCESS = "credential_process"
    """JSON as a `credential_process` of an AWS profile prints it."""
    ENV = "env"
    """Commands for bash and zsh that export the credentials as environment variables."""
    ENV_NO_EXPORT = "env-no-export"
    """Commands for bash and zsh that set variables without exporting them."""
    FISH = "fish"
    """Commands for fish that export the credentials as environment variables."""
    POWERSHELL = "powershell"
    """Commands for PowerShell that set environment variables."""
    WINDOWS_CMD = "windows-cmd"
    """Commands for cmd.exe that set environment variables."""


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


class CredentialProcess(Value):
    """The output of a `credential_process` ("Process credential provider", AWS SDKs and Tools
    Reference Guide)."""

    version: Literal[1] = field(name="Version", default=1)
    credentials: Inline[Credentials]
    account_id: AccountId = field(name="AccountId")


def format_script(format: SessionFormat, credentials: Credentials) -> str:
    """Return the commands of this format's shell that replace earlier credentials with these."""
    shell = _SHELLS[format]
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": rfc3339(credentials.expires_at),
    }
    _refuse_unsafe_characters(*variables.values())
    set_lines = "".join(f"{shell.set_line(name, value)}\n" for name, value in variables.items())
    return shell.unset_lines + set_lines + shell.success_lines


def format_profile(profile_name: str, credentials: Credentials) -> str:
    """Return the credentials as a profile of this name for the file ~/.aws/credentials.

    The syntax is in "Configuration and credential file settings", AWS CLI User Guide.
    """
    settings = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    _refuse_unsafe_characters(profile_name, *settings.values())
    lines = "".join(f"{setting} = {value}\n" for setting, value in settings.items())
    return f"[{profile_name}]\n{lines}"


def format_refusal(format: SessionFormat, text: str) -> str:
    """Return a refusal's text in the format of a session other than JSON.

    For a shell, return commands that unset earlier credentials, print the text on the error stream,
    and end with a failed command, without closing the shell. For `credential_process`, return only
    the text.
    """
    line = _make_one_ascii_line(text)
    if format is SessionFormat.CREDENTIAL_PROCESS:
        return f"{line}\n"
    shell = _SHELLS[format]
    return f"{shell.unset_lines}{shell.fail_lines(line)}\n"


def _refuse_unsafe_characters(*values: str) -> None:
    """Raise ValueError for characters outside printable ASCII, which no AWS credentials contain.

    PowerShell, for example, reads ’ as a quote.
    """
    if not all(value.isascii() and value.isprintable() for value in values):
        raise ValueError("a value has characters that are not safe in a shell")


def _make_one_ascii_line(text: str) -> str:
    """Return the text on one line of printable ASCII."""
    line = " ".join(text.replace("…", "...").split())
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in line)


def _quote_for_fish(value: str) -> str:
    """Return the value as a quoted string of fish."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quote_for_powershell(value: str) -> str:
    """Return the value as a quoted string of PowerShell."""
    return "'" + value.replace("'", "''") + "'"


# Characters that cmd.exe interprets. Its quotes do not protect all of them.
_CMD_SPECIALS = '"%&|<>^!'
_CMD_REPLACEMENTS = str.maketrans(_CMD_SPECIALS, "'_______")


def _require_safe_for_cmd(value: str) -> str:
    """Return the value. Raise ValueError if cmd.exe would interpret a character in it."""
    if set(value) & set(_CMD_SPECIALS):
        raise ValueError("a value has characters that are not safe in cmd.exe")
    return value


class _Shell(NamedTuple):
    """The syntax of a shell."""

    unset_lines: str
    """Complete lines that unset every variable of AWS_VARIABLES."""
    set_line: Callable[[str, str], str]
    """Returns a line that sets a variable. Its arguments are the name and the value."""
    fail_lines: Callable[[str], str]
    """Returns lines that print its argument, one line of ASCII, and then fail."""
    success_lines: str = ""
    """Complete lines for the end of a script. They succeed, so that a script with a failed unset
    does not count as failed."""


# The lines end with semicolons, because `eval $(…)` without quotes joins them into one line.
_POSIX = _Shell(
    unset_lines=f"unset {' '.join(AWS_VARIABLES)};\n",
    set_line=lambda name, value: f"export {name}={shlex.quote(value)};",
    fail_lines=lambda text: f"printf '%s\\n' {shlex.quote(text)} >&2;\nfalse",
)
_SHELLS: dict[SessionFormat, _Shell] = {
    SessionFormat.ENV: _POSIX,
    SessionFormat.ENV_NO_EXPORT: _POSIX._replace(
        set_line=lambda name, value: f"{name}={shlex.quote(value)};"
    ),
    SessionFormat.FISH: _Shell(
        # A global variable hides a universal one, which a plain `set -e` would leave.
        unset_lines="".join(f"set -e{scope} {' '.join(AWS_VARIABLES)}\n" for scope in "gU"),
        set_line=lambda name, value: f"set -gx {name} {_quote_for_fish(value)}",
        fail_lines=lambda text: f"printf '%s\\n' {_quote_for_fish(text)} >&2\nfalse",
        success_lines="true\n",
    ),
    SessionFormat.POWERSHELL: _Shell(
        unset_lines=(
            f"Remove-Item {', '.join(f'Env:{name}' for name in AWS_VARIABLES)}"
            " -ErrorAction SilentlyContinue\n"
        ),
        set_line=lambda name, value: f"$Env:{name} = {_quote_for_powershell(value)}",
        fail_lines=lambda text: f"throw {_quote_for_powershell(text)}",
    ),
    SessionFormat.WINDOWS_CMD: _Shell(
        unset_lines="".join(f"set {name}=\n" for name in AWS_VARIABLES),
        set_line=lambda name, value: f"set {name}={_require_safe_for_cmd(value)}",
        # A separate cmd runs the echo, because FOR would print an unquoted `1>&2`.
        fail_lines=lambda text: f'cmd /c "echo {text.translate(_CMD_REPLACEMENTS)} 1>&2& exit 1"',
        success_lines="cmd /c exit 0\n",
    ),
}
