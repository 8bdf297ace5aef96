"""Fakes of Slack's ports, and what Slack sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from slack_sdk.models.blocks import Block

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.signatures import SlackSecrets
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.ports import SlackPorts
from local.slack import requests
from local.slack.requests import Person
from tests.fakes import NOON, World

TEAM, CHANNEL = "T0EXAMPLE", "C0GENERAL"
SIGNING, PREVIOUS = "8f742231b10e8888abcd99yyyzzz85a5", "0000aaaa1111bbbb2222cccc3333dddd"
HOOKS = "https://hooks.slack.com"
SECRETS = SlackSecrets(team=TEAM, signing_secret=SIGNING, previous_signing_secret=PREVIOUS)
MINUTES = timedelta(minutes=5)
RESPONSE_URL = f"{HOOKS}/commands/T0EXAMPLE/1/abc"


def person(member: str, **changes: Any) -> Person:
    """The Slack user of a member of the scene: `ULENA` of `lena`."""
    known = {"user": f"U{member.upper()}", "name": member, "team": TEAM, "channel": CHANNEL}
    return Person(**(known | changes))


@dataclass(slots=True)
class FakeSecretStore:
    """The Safe port: `known` is what a container remembers, `stored` what there is."""

    world: World
    stored: SlackSecrets = SECRETS
    known: SlackSecrets | None = None
    read_at: datetime = NOON

    def read(self, *, refresh: bool = False) -> SlackSecrets:
        if refresh or self.known is None or self.world.clock > self.read_at + MINUTES:
            self.world.step("secrets")
            self.known, self.read_at = self.stored, self.world.clock
        return self.known


@dataclass(slots=True)
class FakeResponder:
    """The Slack port: what it was handed, and whether it takes it."""

    posted: list[tuple[str, Message]] = field(default_factory=list)
    takes: Callable[[], bool] = lambda: True

    def respond(self, response_url: str, message: Message) -> bool:
        if not response_url.startswith(f"{HOOKS}/"):
            return False
        self.posted.append((response_url, message))
        return self.takes()


@dataclass(slots=True)
class FakeWorkQueue:
    """The Work port: what was begun, and is not done by itself."""

    world: World
    enqueued: list[tuple[str, str]] = field(default_factory=list)

    def enqueue(self, task: str, response_url: str) -> None:
        self.world.step("enqueue")
        self.enqueued.append((task, response_url))


@dataclass(slots=True)
class Workspace:
    """The fakes together, and the ports that are made of them."""

    world: World
    ports: Ports
    secret_store: FakeSecretStore
    responder: FakeResponder
    queue: FakeWorkQueue

    @property
    def slack_ports(self) -> SlackPorts:
        return SlackPorts(
            ports=self.ports,
            secret_store=self.secret_store,
            responder=self.responder,
            queue=self.queue,
        )


def a_workspace(world: World, ports: Ports) -> Workspace:
    return Workspace(world, ports, FakeSecretStore(world), FakeResponder(), FakeWorkQueue(world))


def command(text: str, who: Person, response_url: str = RESPONSE_URL) -> dict[str, str]:
    """The form of a command that somebody has typed."""
    return requests.command(text, who, response_url)


def press(button: dict[str, Any], who: Person, response_url: str = RESPONSE_URL) -> dict[str, str]:
    """The form of a button that somebody has pressed."""
    return requests.press(button, who, response_url)


def signed(form: dict[str, str] | str, world: World, **changes: Any) -> dict[str, Any]:
    """Headers and body of a form, signed at this moment; the changes are to the headers."""
    body = form if isinstance(form, str) else urlencode(form)
    secret = changes.pop("secret", SIGNING)
    timestamp = str(int(world.clock.timestamp()) + changes.pop("seconds", 0))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": requests.signature(secret, timestamp, body.encode()),
    }
    return {"headers": headers | changes, "body": body}


def judged(message: Message) -> Message:
    """The message, if Slack's own SDK finds nothing wrong with it: kinds of blocks, and lengths."""
    assert 0 < len(message["text"]) <= 3000
    assert 0 < len(message["blocks"]) <= 50
    for block, read in zip(message["blocks"], Block.parse_all(message["blocks"]), strict=True):
        assert read is not None
        assert type(read) is not Block  # it is one that the SDK knows
        assert read.to_dict() == block
    return message


def text_of(message: Message) -> str:
    """All that a message says, for a test to look into. Nobody in Slack is told a route of the API,
    except in a line to paste."""
    said = [judged(message)["text"]]
    for block in message["blocks"]:
        said += [block["text"]["text"]] if "text" in block else []
        said += [one["text"] for one in block.get("elements", []) if one["type"] == "mrkdwn"]
    text = "\n".join(said)
    is_answer = message.get("response_type") == "ephemeral"
    assert not (is_answer and re.search(r"(?:GET|POST|PATCH|PUT|DELETE) /", text)), text
    return text


def buttons_of(message: Message) -> dict[str, dict[str, Any]]:
    """A message's buttons, by what they are called to Daypass."""
    actions = [block for block in judged(message)["blocks"] if block["type"] == "actions"]
    return {one["action_id"]: one for block in actions for one in block["elements"]}
