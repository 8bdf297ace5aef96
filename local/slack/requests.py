"""The signed forms that Slack sends for typed commands and pressed buttons.

"Slash commands", "block_actions payload" and "Verifying requests from Slack" (docs.slack.dev).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

APP = "A0DAYPASS"


@dataclass(frozen=True, slots=True)
class Person:
    """A Slack user, and the channel in which they type commands and press buttons."""

    user: str
    name: str
    team: str
    channel: str = "C0GENERAL"

    @property
    def mention(self) -> str:
        """Slack's notation for a typed `@name`."""
        return f"<@{self.user}|{self.name}>"


@dataclass(frozen=True, slots=True)
class Request:
    """A request with Slack's signature. Sending it again sends exactly the same bytes."""

    path: str
    headers: dict[str, str]
    body: bytes
    response_url: str


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of the header X-Slack-Signature for a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed(path: str, form: dict[str, str], *, secret: str, age: float = 0) -> Request:
    """Return the form as a request, signed `age` seconds ago."""
    body = urlencode(form).encode()
    timestamp = str(int(time.time() - age))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
    response_url = form.get("response_url") or json.loads(form["payload"])["response_url"]
    return Request(path, headers, body, response_url)


def command(text: str, person: Person, response_url: str) -> dict[str, str]:
    """Return the form of a command. `text` is what `escaped` returns."""
    return {
        "token": "of-no-use-any-more",
        "team_id": person.team,
        "team_domain": "example",
        "channel_id": person.channel,
        "channel_name": "general",
        "user_id": person.user,
        "user_name": person.name,
        "command": "/daypass",
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": _trigger(),
    }


def press(
    button: dict[str, Any], person: Person, response_url: str, typed: Mapping[str, str] = {}
) -> dict[str, str]:
    """Return the form of a press on this button of a Daypass message. `typed` are the texts in the
    message's fields, by the name of each. A field without a text has the value None."""
    action = {
        "type": "button",
        "action_id": button.get("action_id", ""),
        "block_id": "b1",
        "text": button["text"],
        "action_ts": f"{time.time():.6f}",
    }
    # Slack sends a button's value, if it has one. It also reports presses of buttons with a link.
    action |= {"value": button["value"]} if "value" in button else {}
    payload: dict[str, Any] = {
        "type": "block_actions",
        "api_app_id": APP,
        "token": "of-no-use-any-more",
        "team": {"id": person.team, "domain": "example"},
        "user": {
            "id": person.user,
            "username": person.name,
            "name": person.name,
            "team_id": person.team,
        },
        "channel": {"id": person.channel, "name": "general"},
        "container": {
            "type": "message",
            "message_ts": f"{time.time():.6f}",
            "channel_id": person.channel,
            "is_ephemeral": True,
        },
        "trigger_id": _trigger(),
        "enterprise": None,
        "is_enterprise_install": False,
        "state": {
            "values": {
                name: {name: {"type": "plain_text_input", "value": text or None}}
                for name, text in typed.items()
            }
        },
        "response_url": response_url,
        "actions": [action],
    }
    return {"payload": json.dumps(payload)}


def escaped(typed: str, people: dict[str, Person]) -> str:
    """Return a typed text as Slack sends it: with escapes and mentions (`should_escape`)."""
    text = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    mentions = {f"@{name}": person.mention for name, person in people.items()}
    return " ".join(mentions.get(part, part) for part in text.split(" "))


def _trigger() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
