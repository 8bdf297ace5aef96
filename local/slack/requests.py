"""What Slack sends when somebody types a command or presses a button: forms, signed.

"Slash commands", "block_actions payload" and "Verifying requests from Slack" (docs.slack.dev).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

APP = "A0DAYPASS"


@dataclass(frozen=True, slots=True)
class Person:
    """Who types or presses, and where."""

    user: str
    name: str
    team: str
    channel: str = "C0GENERAL"

    @property
    def mention(self) -> str:
        """What Slack makes of `@name` where somebody types it."""
        return f"<@{self.user}|{self.name}>"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as Slack has signed it. Sent again, it is the same to the letter."""

    path: str
    headers: dict[str, str]
    body: bytes
    response_url: str


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What is in X-Slack-Signature: over the body as it is sent."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed(path: str, form: dict[str, str], *, secret: str, age: float = 0) -> Request:
    """The form as a request that was signed so many seconds ago."""
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
    """The form of what somebody has typed after `/daypass`, which `escaped` has written."""
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


def press(button: dict[str, Any], person: Person, response_url: str) -> dict[str, str]:
    """The form of a press on this button, as it stands in a message that Daypass has made."""
    action = {
        "type": "button",
        "action_id": button.get("action_id", ""),
        "block_id": "b1",
        "text": button["text"],
        "action_ts": f"{time.time():.6f}",
    }
    # Slack sends the value of a button that has one, and tells of a link's press as well.
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
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    return {"payload": json.dumps(payload)}


def escaped(typed: str, people: dict[str, Person]) -> str:
    """What Slack sends of a text, with `should_escape`: its three escapes, and who is mentioned."""
    text = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    words = text.split(" ")
    mentioned = (people.get(word.removeprefix("@")) if word[:1] == "@" else None for word in words)
    return " ".join(
        person.mention if person else word for word, person in zip(words, mentioned, strict=True)
    )


def _trigger() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
