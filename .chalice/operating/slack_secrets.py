"""`make slack-secrets`: lay down what Slack's app and Daypass have in common, encrypted.

What is asked for is no setting: whatever is typed after `make` is in the shell's history, and `ps`
shows it to everybody on this machine.
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
from operating.telling import Stop, exit_status, say

PARAMETER = "/daypass/slack"
TEAM = r"T[A-Z0-9]{2,31}"
SIGNING_SECRET = r"[0-9a-f]{32}"
WEBHOOK = r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{10,200}"


def slack_secrets() -> None:
    parameters.refuse_unknown()
    aws = here()
    before = read(aws) or {}
    kept = " (Enter keeps the present one)" if before else ""
    say(f"For {PARAMETER} in {aws.region}. Where each stands: docs/slack.md.")
    team = _asked(f"The workspace's ID, such as T012AB3CD{kept}: ", TEAM, before.get("team", ""))
    secret = _asked(
        f"The app's signing secret{kept}: ",
        SIGNING_SECRET,
        before.get("signing_secret", ""),
        hidden=True,
    )
    webhook = _asked(
        "The webhook of the channel that hears of things (Enter for "
        f"{'the present one' if before.get('webhook') else 'none'}, - for none): ",
        f"(|-|{WEBHOOK})",
        before.get("webhook", ""),
        hidden=True,
    )
    is_new = secret != before.get("signing_secret")
    previous = before.get("signing_secret" if is_new else "previous_signing_secret", "")
    _put(
        aws,
        {
            "team": team,
            "signing_secret": secret,
            "previous_signing_secret": previous,
            "webhook": "" if webhook == "-" else webhook,
        },
    )
    say(
        f"They are in {PARAMETER}, encrypted. A new signing secret is taken within seconds, and all"
        " else within five minutes."
    )
    if is_new and previous:
        say("The signing secret of before is taken beside the new one, until there is another.")


def read(aws: Aws) -> dict[str, str] | None:
    """What lies there; None if nothing does. Refused where whoever asks may not know."""
    try:
        found = aws("ssm", "get-parameter", name=PARAMETER, with_decryption=True)
    except Refused as refusal:
        if refusal.code == "ParameterNotFound":
            return None
        raise
    told: dict[str, str] = json.loads(found["Parameter"]["Value"])
    return told


def _asked(question: str, pattern: str, before: str, *, hidden: bool = False) -> str:
    if hidden and sys.stdin.isatty():
        typed = getpass.getpass(question).strip()
    else:
        print(question, end="", flush=True)
        typed = sys.stdin.readline().strip()
    value = typed or before
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise Stop("That is not what Slack shows there. Copy it again, all of it.")
    return value


def _put(aws: Aws, secrets: dict[str, str]) -> None:
    # In a file that nobody else reads: a process's words are everybody's to see.
    with TemporaryDirectory() as folder:
        value = Path(folder) / "value"
        value.write_text(json.dumps(secrets), encoding="utf-8")
        aws(
            "ssm",
            "put-parameter",
            "--overwrite",
            name=PARAMETER,
            type="SecureString",
            value=f"file://{value}",
        )


if __name__ == "__main__":
    sys.exit(exit_status(slack_secrets))
