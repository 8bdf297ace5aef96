"""`make slack-secrets`: store the Slack app's secrets, encrypted, in Parameter Store.

The command asks for them. They are not settings, because the shell's history keeps the words after
`make`, and `ps` shows them to every user of this machine.
"""

from __future__ import annotations

import getpass
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from operating import parameters
from operating.aws_cli import Aws, Refused, here
from operating.console import Stop, exit_status, say

# Two parameters: the function that notifies people must not read the signing secrets.
SIGNING, WEBHOOK = "/daypass/slack/signing", "/daypass/slack/webhook"
FORMER = "/daypass/slack"
"""The one parameter of an earlier version."""
TEAM = r"T[A-Z0-9]{2,31}"
SIGNING_SECRET = r"[0-9a-f]{32}"
WEBHOOK_URL = r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{10,200}"


def slack_secrets() -> None:
    parameters.refuse_unknown()
    aws = here()
    current = read(aws) or read_former(aws) or {}
    hint = " (Enter keeps the current one)" if current else ""
    say(
        f"For {SIGNING} and {WEBHOOK} in {aws.region}. docs/slack-setup.md says where to find each"
        " value."
    )
    team = _ask(f"The workspace's ID, such as T012AB3CD{hint}: ", TEAM, current.get("team", ""))
    secret = _ask(
        f"The app's signing secret{hint}: ",
        SIGNING_SECRET,
        current.get("signing_secret", ""),
        hidden=True,
    )
    webhook = _ask(
        "The webhook URL of the channel for notifications (Enter for "
        f"{'the current one' if current.get('webhook') else 'none'}, - for none): ",
        f"(|-|{WEBHOOK_URL})",
        current.get("webhook", ""),
        hidden=True,
    )
    is_new = secret != current.get("signing_secret")
    previous = current.get("signing_secret" if is_new else "previous_signing_secret", "")
    signing = {"signing_secret": secret, "previous_signing_secret": previous}
    # The signing secrets last: if they are stored, everything is.
    _put(aws, WEBHOOK, {"team": team, "webhook": "" if webhook == "-" else webhook})
    _put(aws, SIGNING, {"team": team, **signing})
    say(
        "The secrets are stored, encrypted. Daypass uses a new signing secret within seconds, and"
        " the other values within five minutes."
    )
    if is_new and previous:
        say("Daypass accepts the previous signing secret too, until you store another.")
    if read_former(aws) is not None:
        say(f"After this version is deployed, delete the earlier version's parameter: {DELETING}")


DELETING = f"aws ssm delete-parameter --name {FORMER}"


def read(aws: Aws) -> dict[str, str] | None:
    """Return the stored values together, or None. Raise Refused if the caller may not read them."""
    signing = _stored(aws, SIGNING)
    return None if signing is None else (_stored(aws, WEBHOOK) or {}) | signing


def read_former(aws: Aws) -> dict[str, str] | None:
    """Return the values that an earlier version stored, or None."""
    return _stored(aws, FORMER)


def _stored(aws: Aws, name: str) -> dict[str, str] | None:
    try:
        response = aws("ssm", "get-parameter", name=name, with_decryption=True)
    except Refused as refusal:
        if refusal.code == "ParameterNotFound":
            return None
        raise
    values: dict[str, str] = json.loads(response["Parameter"]["Value"])
    return values


def _ask(question: str, pattern: str, current: str, *, hidden: bool = False) -> str:
    if hidden and sys.stdin.isatty():
        typed = getpass.getpass(question).strip()
    else:
        print(question, end="", flush=True)
        typed = sys.stdin.readline().strip()
    value = typed or current
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise Stop("That does not look like Slack's value. Copy all of it, and try again.")
    return value


def _put(aws: Aws, name: str, secrets: dict[str, str]) -> None:
    # In a private file, because every user of this machine can see a process's arguments.
    with TemporaryDirectory() as folder:
        value = Path(folder) / "value"
        value.write_text(json.dumps(secrets), encoding="utf-8")
        aws(
            "ssm",
            "put-parameter",
            "--overwrite",
            name=name,
            type="SecureString",
            value=f"file://{value}",
        )


if __name__ == "__main__":
    sys.exit(exit_status(slack_secrets))
