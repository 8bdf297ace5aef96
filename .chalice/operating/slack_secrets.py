"""`make slack-secrets`: ask for the Slack app's secrets, and store them in Parameter Store.

The secrets are not settings on make's command line, because the shell's history keeps that line,
and `ps` shows it to every user of this machine.
"""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operating import parameters
from operating.aws_cli import Aws, Refused, configured_aws
from operating.console import Stop, exit_status, say

# Two parameters: the function that notifies people must not read the signing secrets.
SIGNING_PARAMETER, WEBHOOK_PARAMETER = "/daypass/slack/signing", "/daypass/slack/webhook"
TEAM_PATTERN = r"T[A-Z0-9]{2,31}"
SIGNING_SECRET_PATTERN = r"[0-9a-f]{32}"
ENGAGEMENT_PATTERN = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_ENGAGEMENTS_LENGTH = 3800
"""A parameter holds 4 KB: the webhooks of about 25 engagements."""
WEBHOOK_URL_PATTERN = r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{10,200}"


def ask_and_store_secrets() -> None:
    """Ask for each secret, and store the answers. An empty answer keeps the current value."""
    parameters.refuse_unknown_settings()
    aws = configured_aws()
    current = read_secrets(aws) or {}
    hint = " (Enter keeps the current one)" if current else ""
    say(
        f"This stores the Slack app's secrets in {SIGNING_PARAMETER} and {WEBHOOK_PARAMETER} in"
        f" {aws.region}. docs/slack-setup.md says where to find each value."
    )
    team = _ask(
        f"The workspace's ID, such as T012AB3CD{hint}: ", TEAM_PATTERN, current.get("team", "")
    )
    secret = _ask(
        f"The app's signing secret{hint}: ",
        SIGNING_SECRET_PATTERN,
        current.get("signing_secret", ""),
        hidden=True,
    )
    has_webhook = bool(current.get("webhook"))
    webhook_hint = "Enter keeps the current one, - removes it" if has_webhook else "Enter for none"
    webhook = _ask(
        f"The webhook URL of the channel for notifications ({webhook_hint}): ",
        f"(|-|{WEBHOOK_URL_PATTERN})",
        current.get("webhook", ""),
        hidden=True,
    )
    webhook = "" if webhook == "-" else webhook
    engagements = _ask_engagements(current.get("engagements") or {}) if webhook else {}
    is_new = secret != current.get("signing_secret")
    previous = current.get("signing_secret" if is_new else "previous_signing_secret", "")
    signing = {"signing_secret": secret, "previous_signing_secret": previous}
    # Store the signing secrets last: if they are stored, the webhook is stored too.
    channels = {"team": team, "webhook": webhook}
    _store_parameter(
        aws, WEBHOOK_PARAMETER, channels | ({"engagements": engagements} if engagements else {})
    )
    _store_parameter(aws, SIGNING_PARAMETER, {"team": team, **signing})
    say(
        "The secrets were stored, encrypted. Daypass uses a new signing secret within seconds, and"
        " the other values within five minutes."
    )
    if is_new and previous:
        say("Daypass also accepts the previous signing secret until you store another one.")


def _ask_engagements(current: Mapping[str, str]) -> dict[str, str]:
    """Ask for the webhooks of engagements that have a channel of their own, until an empty answer.
    Return all of them, with the current ones. Raise Stop for more than a parameter can hold."""
    engagements = dict(current)
    for name in sorted(current):
        say(f"The engagement {name} has a channel of its own for its requests.")
    while engagement := _ask(
        "An engagement with a channel of its own for its requests (Enter to finish): ",
        f"(|{ENGAGEMENT_PATTERN})",
        "",
    ):
        webhook = _ask(
            "The webhook URL of its channel (- removes it): ",
            f"(-|{WEBHOOK_URL_PATTERN})",
            "",
            hidden=True,
        )
        if webhook == "-":
            engagements.pop(engagement, None)
        else:
            engagements[engagement] = webhook
        if len(json.dumps(engagements)) > MAX_ENGAGEMENTS_LENGTH:
            raise Stop(
                "That many channels do not fit into one parameter. Nothing was stored. Run `make"
                " slack-secrets` again, with fewer engagements."
            )
    return engagements


def read_secrets(aws: Aws) -> dict[str, Any] | None:
    """Return the stored values of both parameters, or None if they are not stored.

    Raise Refused if the caller may not read them.
    """
    signing = _read_parameter(aws, SIGNING_PARAMETER)
    return None if signing is None else (_read_parameter(aws, WEBHOOK_PARAMETER) or {}) | signing


def _read_parameter(aws: Aws, name: str) -> dict[str, Any] | None:
    """Return the values in this parameter, or None if it does not exist."""
    try:
        response = aws("ssm", "get-parameter", name=name, with_decryption=True)
    except Refused as refusal:
        if refusal.code == "ParameterNotFound":
            return None
        raise
    values: dict[str, Any] = json.loads(response["Parameter"]["Value"])
    return values


def _ask(question: str, pattern: str, current: str, *, hidden: bool = False) -> str:
    """Ask for a value, and return it, or the current value for an empty answer.

    Raise Stop if the value does not match the pattern.
    """
    if hidden and sys.stdin.isatty():
        typed = getpass.getpass(question).strip()
    else:
        print(question, end="", flush=True)
        typed = sys.stdin.readline().strip()
    value = typed or current
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise Stop(
            "This cannot be the value that Slack shows. Nothing was stored. Copy the whole value"
            " from Slack, and run `make slack-secrets` again."
        )
    return value


def _store_parameter(aws: Aws, name: str, secrets: dict[str, Any]) -> None:
    """Store the secrets as JSON in an encrypted parameter, and replace its value."""
    # Pass the value in a private file: every user of this machine can see a process's arguments.
    with TemporaryDirectory() as folder:
        value_file = Path(folder) / "value"
        value_file.write_text(json.dumps(secrets), encoding="utf-8")
        aws(
            "ssm",
            "put-parameter",
            "--overwrite",
            name=name,
            type="SecureString",
            value=f"file://{value_file}",
        )


if __name__ == "__main__":
    sys.exit(exit_status(ask_and_store_secrets))
