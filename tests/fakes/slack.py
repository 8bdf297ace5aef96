"""Fakes of Slack's ports, and requests as Slack sends them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from slack_sdk.models.blocks import Block

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.requests import WORDS
from chalicelib.domain.slack.signatures import SlackSecrets
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.authentication import SlackPorts
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
    """Return the Slack user of a member of the scene: `ULENA` for `lena`."""
    fields = {"user": f"U{member.upper()}", "name": member, "team": TEAM, "channel": CHANNEL}
    return Person(**(fields | changes))


@dataclass(slots=True)
class FakeSecretStore:
    """The SlackSecretStore port: `cached` is in the container's memory, `stored` is current."""

    world: World
    stored: SlackSecrets = SECRETS
    cached: SlackSecrets | None = None
    read_at: datetime = NOON

    def read(self, *, refresh: bool = False) -> SlackSecrets:
        if refresh or self.cached is None or self.world.clock > self.read_at + MINUTES:
            self.world.step("secrets")
            self.cached, self.read_at = self.stored, self.world.clock
        return self.cached


@dataclass(slots=True)
class FakeResponder:
    """The SlackResponder port: the posted messages, and whether Slack accepts them."""

    posted: list[tuple[str, Message]] = field(default_factory=list)
    accepts: Callable[[], bool] = lambda: True

    def respond(self, response_url: str, message: Message) -> bool:
        if not response_url.startswith(f"{HOOKS}/"):
            return False
        self.posted.append((response_url, message))
        return self.accepts()


@dataclass(slots=True)
class FakeWorkQueue:
    """The WorkQueue port. It runs no task by itself."""

    world: World
    enqueued: list[tuple[str, str]] = field(default_factory=list)

    def enqueue(self, task: str, response_url: str) -> None:
        self.world.step("enqueue")
        self.enqueued.append((task, response_url))


@dataclass(slots=True)
class Workspace:
    """All fakes of Slack, and the ports over them."""

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


def command(text: str, user: Person, response_url: str = RESPONSE_URL) -> dict[str, str]:
    """Return the form that Slack sends after the user has typed the command."""
    return requests.command(text, user, response_url)


def press(
    button: dict[str, Any],
    user: Person,
    response_url: str = RESPONSE_URL,
    words: str | None = None,
) -> dict[str, str]:
    """Return the form that Slack sends after the user has pressed the button. `words` are typed in
    the message's field; None if it has none."""
    typed = {} if words is None else {WORDS: words}
    return requests.press(button, user, response_url, typed)


def signed(form: dict[str, str] | str, world: World, **changes: Any) -> dict[str, Any]:
    """Return headers and body of a form, signed now, with changes to the headers."""
    body = form if isinstance(form, str) else urlencode(form)
    secret = changes.pop("secret", SIGNING)
    timestamp = str(int(world.clock.timestamp()) + changes.pop("seconds", 0))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": requests.signature(secret, timestamp, body.encode()),
    }
    return {"headers": headers | changes, "body": body}


def validated(message: Message) -> Message:
    """Return the message. AssertionError if Slack's SDK does not know a block, or finds a text too
    long."""
    assert 0 < len(message["text"]) <= 3000
    assert 0 < len(message["blocks"]) <= 50
    for block, parsed in zip(message["blocks"], Block.parse_all(message["blocks"]), strict=True):
        assert parsed is not None
        assert type(parsed) is not Block  # a kind of block that the SDK knows
        assert parsed.to_dict() == block
    return message


def text_of(message: Message) -> str:
    """Return all text of a message. AssertionError if an ephemeral answer shows a route of the API,
    outside a line to paste."""
    texts = [validated(message)["text"]]
    for block in message["blocks"]:
        texts += [block["text"]["text"]] if "text" in block else []
        texts += [
            element["text"] for element in block.get("elements", []) if element["type"] == "mrkdwn"
        ]
    text = "\n".join(texts)
    is_answer = message.get("response_type") == "ephemeral"
    assert not (is_answer and re.search(r"(?:GET|POST|PATCH|PUT|DELETE) /", text)), text
    return text


def buttons_of(message: Message) -> dict[str, dict[str, Any]]:
    """Return a message's buttons by their action ID."""
    actions = [block for block in validated(message)["blocks"] if block["type"] == "actions"]
    return {element["action_id"]: element for block in actions for element in block["elements"]}
