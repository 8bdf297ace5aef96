"""The forms in which a session is handed over. Each is what some tool reads as it is.

Values are quoted although AWS makes no credentials that need it: what is evaluated by a shell is
never left to chance.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from enum import StrEnum
from typing import Literal

from msgspec import field

from chalicelib.domain.identifiers import AccountId, EngagementId, RoleName
from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.things import Inline, Thing
from chalicelib.domain.vending.credentials import Credentials
from chalicelib.usecases.vending.vend import Vended


class Format(StrEnum):
    """The names are those of `aws configure export-credentials --format`, and `json`."""

    JSON = "json"
    CREDENTIAL_PROCESS = "credential_process"
    ENV = "env"
    ENV_NO_EXPORT = "env-no-export"
    FISH = "fish"
    POWERSHELL = "powershell"
    WINDOWS_CMD = "windows-cmd"


# They would take precedence over the session, or be mistaken for a part of it.
_STALE = ("AWS_PROFILE", "AWS_SECURITY_TOKEN")


class HandedOver(Thing, frozen=True, kw_only=True):
    """A session as Daypass's own form hands it over."""

    vend: str
    engagement: EngagementId
    role: RoleName
    session_name: str
    assumed_role_arn: str
    expires_at: Moment
    credentials: Credentials


class CredentialProcess(Thing, frozen=True, kw_only=True):
    """What an SDK expects of a `credential_process` ("Process credential provider", AWS SDKs and
    Tools Reference Guide)."""

    version: Literal[1] = field(name="Version", default=1)
    credentials: Inline[Credentials]
    account_id: AccountId = field(name="AccountId")


def handed_over(given: Vended) -> HandedOver:
    return HandedOver(
        vend=given.vend,
        engagement=given.engagement,
        role=given.role,
        session_name=given.session_name,
        assumed_role_arn=given.credentials.assumed_role_arn,
        expires_at=given.credentials.expires_at,
        credentials=given.credentials,
    )


def credential_process(credentials: Credentials, account_id: str) -> CredentialProcess:
    return CredentialProcess(credentials=credentials, account_id=account_id)


def script(form: Format, credentials: Credentials) -> str:
    """Lines for the shell: they set the session, and unset what would get in its way."""
    line, unset = _LINES[form]
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": rfc3339(credentials.expires_at),
    }
    for value in variables.values():
        _check(value)
    lines = [unset(name) for name in _STALE if unset is not None]
    lines += [line(name, value) for name, value in variables.items()]
    return "\n".join(lines) + "\n"


def _check(value: str) -> None:
    """Refuses what no credentials of AWS hold. PowerShell, for one, reads ’ as a quote too."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("a value that no shell can be given safely")


def _cmd(value: str) -> str:
    """Refuses what cmd.exe would read as more than a value."""
    if set(value) & set('"%&|<>^!'):
        raise ValueError("a value that cmd.exe cannot be given safely")
    return value


def _single_quoted(value: str, quote: str) -> str:
    return "'" + value.replace("\\", "\\\\" if quote == "\\'" else "\\").replace("'", quote) + "'"


_Line = Callable[[str, str], str]
_Unset = Callable[[str], str] | None

_LINES: dict[Format, tuple[_Line, _Unset]] = {
    Format.ENV: (lambda n, v: f"export {n}={shlex.quote(v)}", lambda n: f"unset {n}"),
    Format.ENV_NO_EXPORT: (lambda n, v: f"{n}={shlex.quote(v)}", None),
    Format.FISH: (
        lambda n, v: f"set -gx {n} " + _single_quoted(v, "\\'"),
        lambda n: f"set -e {n}",
    ),
    Format.POWERSHELL: (
        lambda n, v: f"$Env:{n} = " + _single_quoted(v, "''"),
        lambda n: f"Remove-Item Env:{n} -ErrorAction SilentlyContinue",
    ),
    Format.WINDOWS_CMD: (lambda n, v: f"set {n}={_cmd(v)}", lambda n: f"set {n}="),
}
