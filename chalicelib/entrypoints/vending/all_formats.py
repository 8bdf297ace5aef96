"""A session in every format, for the page of an access link."""

from __future__ import annotations

import json

from chalicelib.domain.values import ShownOnce, Value
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    SessionFormat,
    format_profile,
    format_script,
)


class FormattedSession(Value, frozen=True, kw_only=True):
    """A session in one format: a title, how to use the text, and the text to copy."""

    id: str
    title: str
    usage: str
    text: ShownOnce[str]


_IN_A_TERMINAL = "Paste it into a terminal. It first unsets the credentials that were set there."
# In the order of the page: the most common first.
_SHELL_TEXTS = {
    SessionFormat.ENV: ("bash, zsh", _IN_A_TERMINAL),
    SessionFormat.FISH: ("fish", _IN_A_TERMINAL),
    SessionFormat.POWERSHELL: ("PowerShell", _IN_A_TERMINAL),
    SessionFormat.WINDOWS_CMD: ("cmd", _IN_A_TERMINAL),
    SessionFormat.ENV_NO_EXPORT: (
        "Not exported",
        "Paste it into bash or zsh. Only the shell itself sees the variables, not its programs.",
    ),
}


def format_session_in_every_format(session: VendedSession) -> tuple[FormattedSession, ...]:
    """Return the session in every format."""
    credentials, name = session.credentials, f"{session.engagement}-{session.role}"
    shells = [
        FormattedSession(
            id=shell.value, title=title, usage=usage, text=format_script(shell, credentials)
        )
        for shell, (title, usage) in _SHELL_TEXTS.items()
    ]
    as_profile = FormattedSession(
        id="format_profile",
        title="Profile",
        usage="Add it to ~/.aws/credentials, in place of an earlier profile of this name. Use it"
        f" with: aws --profile {name}",
        text=format_profile(name, credentials),
    )
    process = FormattedSession(
        id=SessionFormat.CREDENTIAL_PROCESS.value,
        title="credential_process",
        usage="The output that AWS SDKs expect of a credential_process.",
        text=_indented_json(
            CredentialProcess(credentials=credentials, account_id=session.account_id)
        ),
    )
    as_json = FormattedSession(
        id=SessionFormat.JSON.value,
        title="JSON",
        usage="Daypass's own format, for your own tools.",
        text=_indented_json(session),
    )
    return (shells[0], as_profile, *shells[1:], process, as_json)


def _indented_json(value: Value) -> str:
    return json.dumps(to_json_value(value), indent=2) + "\n"
