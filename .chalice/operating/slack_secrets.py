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

# Two parameters: the function that notifies people must not read the signing secrets.
SIGNING, WEBHOOK = "/daypass/slack/signing", "/daypass/slack/webhook"
OF_BEFORE = "/daypass/slack"
"""The one parameter of an earlier version."""
TEAM = r"T[A-Z0-9]{2,31}"
SIGNING_SECRET = r"[0-9a-f]{32}"
WEBHOOK_URL = r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{10,200}"


def slack_secrets() -> None:
    parameters.refuse_unknown()
    aws = here()
    before = read(aws) or read_of_before(aws) or {}
    kept = " (Enter keeps the present one)" if before else ""
    say(f"For {SIGNING} and {WEBHOOK} in {aws.region}. Where each value stands: docs/slack.md.")
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
        f"(|-|{WEBHOOK_URL})",
        before.get("webhook", ""),
        hidden=True,
    )
    is_new = secret != before.get("signing_secret")
    previous = before.get("signing_secret" if is_new else "previous_signing_secret", "")
    signing = {"signing_secret": secret, "previous_signing_secret": previous}
    # The signing secrets last: where they are, all is there.
    _put(aws, WEBHOOK, {"team": team, "webhook": "" if webhook == "-" else webhook})
    _put(aws, SIGNING, {"team": team, **signing})
    say(
        "They are stored, encrypted. Daypass uses a new signing secret within seconds, and all else"
        " within five minutes."
    )
    if is_new and previous:
        say("The signing secret of before is taken beside the new one, until there is another.")
    if read_of_before(aws) is not None:
        say(f"Once this version is deployed, delete what the earlier one read: {DELETING}")


DELETING = f"aws ssm delete-parameter --name {OF_BEFORE}"


def read(aws: Aws) -> dict[str, str] | None:
    """Return the stored values together, or None. Raise Refused if the caller may not read them."""
    signing = _stored(aws, SIGNING)
    return None if signing is None else (_stored(aws, WEBHOOK) or {}) | signing


def read_of_before(aws: Aws) -> dict[str, str] | None:
    """Return the values that an earlier version stored, or None."""
    return _stored(aws, OF_BEFORE)


def _stored(aws: Aws, name: str) -> dict[str, str] | None:
    try:
        found = aws("ssm", "get-parameter", name=name, with_decryption=True)
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


def _put(aws: Aws, name: str, secrets: dict[str, str]) -> None:
    # In a file that nobody else reads: a process's words are everybody's to see.
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
