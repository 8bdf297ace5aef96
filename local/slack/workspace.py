"""The sample people's Slack workspace, and the secrets of its Slack app in Parameter Store."""

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
    name: Person(f"U0{name.upper()}", name, TEAM)
    for name in ("lena", "omar", "alice", "bob", "ada")
} | {"mallory": Person("U0MALLORY", "mallory", "T0ELSEWHERE")}
"""People by their names in Slack: the sample people, and mallory from another workspace, who shares
their channel."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as the two parameters, SIGNING and WEBHOOK, store it."""

    team: str
    signing_secret: str
    webhook: str


def set_up(aws: Endpoint, hooks: str) -> Workspace:
    """Store the secrets of a new Slack app, as `make slack-secrets` does, and return them.

    `hooks` is the URL to use instead of https://hooks.slack.com.
    """
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
    """Return the stored workspace. Raise botocore's errors if AWS does not answer or a parameter is
    missing."""
    ssm = aws.as_root(FIRM, "ssm")
    values: dict[str, str] = {}
    for name in (SIGNING, WEBHOOK):
        response = ssm.get_parameter(Name=name, WithDecryption=True)
        values |= json.loads(response["Parameter"]["Value"])
    return Workspace(values["team"], values["signing_secret"], values["webhook"])


def stand_in(aws: Endpoint, daypass_url: str, *, port: int = 0) -> SlackStandIn:
    """Return a stand-in for the Slack workspace that this Daypass uses.

    It listens on the port of the webhook's URL, or on `port` if the URL has none. Raise OSError if
    the port is in use; botocore's errors as `kept` does.
    """
    slack_workspace = kept(aws)
    webhook = urlsplit(slack_workspace.webhook)
    return SlackStandIn(
        slack_workspace.signing_secret,
        daypass_url,
        port=webhook.port or port,
        webhook_path=webhook.path,
    )
