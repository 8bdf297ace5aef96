"""The sample people's workspace, and what its app and Daypass have in common."""

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
"""By the names that they have in Slack: those of the sample world, and somebody of another
workspace, who is in the same channel."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the parameters say."""

    team: str
    signing_secret: str
    webhook: str


def set_up(aws: Endpoint, hooks: str) -> Workspace:
    """Make the app known to Daypass, as `make slack-secrets` does; Slack is at `hooks`."""
    made = Workspace(
        team=TEAM,
        signing_secret=secrets.token_hex(16),
        webhook=f"{hooks}/services/{TEAM}/B0EXAMPLE/{secrets.token_hex(12)}",
    )
    keep(aws, made)
    return made


def keep(aws: Endpoint, known: Workspace) -> None:
    """Put it into the two parameters."""
    signing = {"team": known.team, "signing_secret": known.signing_secret}
    webhook = {"team": known.team, "webhook": known.webhook}
    ssm = aws.as_root(FIRM, "ssm")
    for name, value in ((SIGNING, signing), (WEBHOOK, webhook)):
        ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps(value), Overwrite=True)


def kept(aws: Endpoint) -> Workspace:
    """What is in them. botocore's errors if they are not there, or nobody answers."""
    ssm = aws.as_root(FIRM, "ssm")
    told: dict[str, str] = {}
    for name in (SIGNING, WEBHOOK):
        found = ssm.get_parameter(Name=name, WithDecryption=True)
        told |= json.loads(found["Parameter"]["Value"])
    return Workspace(told["team"], told["signing_secret"], told["webhook"])


def stand_in(aws: Endpoint, daypass_url: str, *, port: int = 0) -> SlackStandIn:
    """The Slack that this Daypass knows, where it looks for it: at its webhook's port, or at this
    one where its webhook has none. OSError if the port is taken; botocore's errors if Daypass knows
    of no Slack, or nobody answers."""
    known = kept(aws)
    webhook = urlsplit(known.webhook)
    return SlackStandIn(
        known.signing_secret, daypass_url, port=webhook.port or port, webhook_path=webhook.path
    )
