"""Write a session in every format that the page of an access link offers."""

from __future__ import annotations

import json
from itertools import starmap

from chalicelib.domain.values import ShownOnce, Value
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    SessionFormat,
    format_profile,
    format_script,
)


class FormattedSession(Value, kw_only=False):
    """A session in one format: a title, how to use the text, and the text to copy."""

    id: str
    title: str
    usage: str
    text: ShownOnce[str]


_PASTE_IN_TERMINAL = (
    "Paste these commands into a terminal. They first unset the AWS credentials that are set there."
)
_PASTE_IN_SHELL = (
    "Paste these commands into bash or zsh. They do not export the variables, so programs that you"
    " start from the shell, such as the AWS CLI, do not see the credentials."
)
# The title and the usage of each shell's format, the most common shell first, as on the page.
_SHELL_TEXTS = {
    SessionFormat.ENV: ("bash, zsh", _PASTE_IN_TERMINAL),
    SessionFormat.FISH: ("fish", _PASTE_IN_TERMINAL),
    SessionFormat.POWERSHELL: ("PowerShell", _PASTE_IN_TERMINAL),
    SessionFormat.WINDOWS_CMD: ("cmd", _PASTE_IN_TERMINAL),
    SessionFormat.ENV_NO_EXPORT: ("Not exported", _PASTE_IN_SHELL),
}


def format_session_in_every_format(session: VendedSession) -> tuple[FormattedSession, ...]:
    """Return the session in each format that the page shows, in the page's order."""
    credentials, profile_name = session.credentials, f"{session.engagement}-{session.role}"
    formats = [
        (shell.value, title, usage, format_script(shell, credentials))
        for shell, (title, usage) in _SHELL_TEXTS.items()
    ]
    profile = (
        "profile",
        "Profile",
        (
            "Add this profile to ~/.aws/credentials. If the file has a profile of the same name,"
            f" replace it. Then add --profile {profile_name} to your aws commands."
        ),
        format_profile(profile_name, credentials),
    )
    process = CredentialProcess(credentials=credentials, account_id=session.account_id)
    formats += [
        (
            SessionFormat.CREDENTIAL_PROCESS.value,
            "credential_process",
            "AWS SDKs accept this text as the output of a profile's credential_process program.",
            _format_json(process),
        ),
        (
            SessionFormat.JSON.value,
            "JSON",
            "This is the JSON that Daypass's API returns, for use in your own tools.",
            _format_json(session),
        ),
    ]
    return tuple(starmap(FormattedSession, (formats[0], profile, *formats[1:])))


def _format_json(value: Value) -> str:
    """Return the value as indented JSON text."""
    return json.dumps(to_json_value(value), indent=2) + "\n"
