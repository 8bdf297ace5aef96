"""The sample people's workspace, and what its app and Daypass have in common."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.endpoint import Endpoint
from local.slack.requests import Person
from local.slack.stand_in import SlackStandIn
from local.world import FIRM

PARAMETER = "/daypass/slack"
TEAM = "T0EXAMPLE"
PEOPLE = {
    name: Person(f"U0{name.upper()}", name, TEAM) for name in ("lena", "alice", "bob", "ada")
} | {"mallory": Person("U0MALLORY", "mallory", "T0ELSEWHERE")}
"""By the names that they have in Slack: those of the sample world, and somebody of another
workspace, who is in the same channel."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the parameter says."""

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
    told = {
        "team": made.team,
        "signing_secret": made.signing_secret,
        "previous_signing_secret": "",
        "webhook": made.webhook,
    }
    aws.as_root(FIRM, "ssm").put_parameter(
        Name=PARAMETER, Type="SecureString", Value=json.dumps(told), Overwrite=True
    )
    return made


def stand_in(aws: Endpoint, daypass_url: str, *, port: int = 0) -> SlackStandIn:
    """The Slack that this Daypass knows, where it looks for it: at its webhook's port, or at this
    one where its webhook has none. OSError if the port is taken; botocore's errors if Daypass knows
    of no Slack, or nobody answers."""
    found = aws.as_root(FIRM, "ssm").get_parameter(Name=PARAMETER, WithDecryption=True)
    told = json.loads(found["Parameter"]["Value"])
    webhook = urlsplit(told["webhook"])
    return SlackStandIn(
        told["signing_secret"], daypass_url, port=webhook.port or port, webhook_path=webhook.path
    )
