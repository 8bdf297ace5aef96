"""A session in every form at once, for somebody who takes it from a page."""

from __future__ import annotations

import json

from chalicelib.domain.values import ShownOnce, Value
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.entrypoints.http.responses import to_json
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    SessionFormat,
    profile,
    script,
)


class FormattedSession(Value, frozen=True, kw_only=True):
    """One form: what it is called, what to do with it, and the text to copy."""

    id: str
    called: str
    says: str
    text: ShownOnce[str]


_IN_A_TERMINAL = "Paste it into a terminal: what was set there before is removed first."
# In the order of the page: what most people take comes first.
_SHELLS = {
    SessionFormat.ENV: ("bash, zsh", _IN_A_TERMINAL),
    SessionFormat.FISH: ("fish", _IN_A_TERMINAL),
    SessionFormat.POWERSHELL: ("PowerShell", _IN_A_TERMINAL),
    SessionFormat.WINDOWS_CMD: ("cmd", _IN_A_TERMINAL),
    SessionFormat.ENV_NO_EXPORT: (
        "Not exported",
        "Paste it into bash or zsh: only the shell itself sees it, and no program that it starts.",
    ),
}


def format_session(given: VendedSession) -> tuple[FormattedSession, ...]:
    """The session in each form that there is."""
    keys, name = given.credentials, f"{given.engagement}-{given.role}"
    shells = [
        FormattedSession(id=form.value, called=called, says=says, text=script(form, keys))
        for form, (called, says) in _SHELLS.items()
    ]
    in_a_file = FormattedSession(
        id="profile",
        called="Profile",
        says=f"Add it to ~/.aws/credentials, in place of a profile of this name that is there, and"
        f" use it with: aws --profile {name}",
        text=profile(name, keys),
    )
    process = FormattedSession(
        id=SessionFormat.CREDENTIAL_PROCESS.value,
        called="credential_process",
        says="What an AWS SDK expects of a credential_process, for tools that read it.",
        text=_indented(CredentialProcess(credentials=keys, account_id=given.account_id)),
    )
    whole = FormattedSession(
        id=SessionFormat.JSON.value,
        called="JSON",
        says="All that Daypass says of the session, for tools of your own.",
        text=_indented(given),
    )
    return (shells[0], in_a_file, *shells[1:], process, whole)


def _indented(thing: Value) -> str:
    return json.dumps(to_json(thing), indent=2) + "\n"
