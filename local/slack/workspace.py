"""The sample people's workspace, and the secrets that its app shares with Daypass."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.endpoint import Endpoint
from local.sample_accounts import FIRM
from local.slack.requests import Person
from local.slack.stand_in import SlackStandIn

SIGNING, WEBHOOK = "/daypass/slack/signing", "/daypass/slack/webhook"
TEAM = "T0EXAMPLE"
PEOPLE = {
    name: Person(f"U0{name.upper()}", name, TEAM) for name in ("lena", "alice", "bob", "ada")
} | {"mallory": Person("U0MALLORY", "mallory", "T0ELSEWHERE")}
"""People by their names in Slack: the sample world's, and mallory of another workspace, who is in
the same channel."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The contents of the two parameters."""

    team: str
    signing_secret: str
    webhook: str


def set_up(aws: Endpoint, hooks: str) -> Workspace:
    """Store a new app's secrets, as `make slack-secrets` does. `hooks` is Slack's address."""
    made = Workspace(
        team=TEAM,
        signing_secret=secrets.token_hex(16),
        webhook=f"{hooks}/services/{TEAM}/B0EXAMPLE/{secrets.token_hex(12)}",
    )
    keep(aws, made)
    return made


def keep(aws: Endpoint, slack_workspace: Workspace) -> None:
    """Store the workspace in the two parameters."""
    team = {"team": slack_workspace.team}
    signing = team | {"signing_secret": slack_workspace.signing_secret}
    webhook = team | {"webhook": slack_workspace.webhook}
    ssm = aws.as_root(FIRM, "ssm")
    for name, value in ((SIGNING, signing), (WEBHOOK, webhook)):
        ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps(value), Overwrite=True)


def kept(aws: Endpoint) -> Workspace:
    """Return the stored workspace. Raise botocore's errors if it is not stored or AWS is not
    running."""
    ssm = aws.as_root(FIRM, "ssm")
    values: dict[str, str] = {}
    for name in (SIGNING, WEBHOOK):
        response = ssm.get_parameter(Name=name, WithDecryption=True)
        values |= json.loads(response["Parameter"]["Value"])
    return Workspace(values["team"], values["signing_secret"], values["webhook"])


def stand_in(aws: Endpoint, daypass_url: str, *, port: int = 0) -> SlackStandIn:
    """Return a stand-in for Slack that listens on the stored webhook's port, or else on `port`.

    Raise OSError if the port is in use, and botocore's errors if no workspace is stored or the
    local AWS does not answer.
    """
    slack_workspace = kept(aws)
    webhook = urlsplit(slack_workspace.webhook)
    return SlackStandIn(
        slack_workspace.signing_secret,
        daypass_url,
        port=webhook.port or port,
        webhook_path=webhook.path,
    )
