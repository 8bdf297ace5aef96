"""Commands and presses in Slack one after another, and the answers, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.domain.slack.messages import Message
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.entrypoints.driver import Api
from tests.fakes import NOON
from tests.fakes.slack import buttons_of, text_of
from tests.golden import hold_against_file

SECRETS = {
    r"/(setup|access|approve)/[a-z2-7]{52}": r"/\1/…",
    r"Your code is `[^`]+`": "Your code is `…`",
    r"\b[0-9a-f]{64}\b": "…",
    r"request [0-9a-f]{32}": "request …",
    r"\b(alice|bob)\.[0-9a-v]{16}\b": r"\1.…",
}
"""The texts that differ in each run, and the text in its place."""


@dataclass(slots=True)
class Transcript:
    api: Api
    _parts: list[str] = field(default_factory=list)
    _buttons: dict[str, dict[str, Any]] = field(default_factory=dict)
    _items: dict[Any, Any] = field(default_factory=dict)
    _recorded: int = 0
    _begun_at: datetime = NOON
    _entries: int = 0
    _posts: int = 0
    _worked: int = 0

    def __post_init__(self) -> None:
        world = self.api.world
        self._items, self._begun_at = dict(world.items), world.clock
        self._recorded = len(world.entries)
        self._skip()

    def type(self, sender: Person, *texts: str) -> None:
        for text in texts:
            answer = self.api.types(text, sender)
            assert answer.json["response_type"] == "ephemeral"
            self._write(f"{sender.name} types /daypass {text}", answer.json)

    def show(self, *buttons: dict[str, Any]) -> None:
        """Let people press these, which an earlier message has shown."""
        self._buttons |= {button["action_id"]: button for button in buttons}

    def button(self, name: str) -> dict[str, Any]:
        """Return the button that was shown last under this action ID."""
        return self._buttons[name]

    def press(self, sender: Person, name: str, words: str | None = None) -> None:
        self.api.presses(self.button(name), sender, words=words)
        typed = "" if words is None else f" with the words {words!r}"
        self._write(f"{sender.name} presses {name}{typed}")

    def work(self) -> None:
        """Carry out what was enqueued since the last time."""
        for task, url in self.api.workspace.queue.enqueued[self._worked :]:
            slack_work({"task": task, "response_url": url}, None)
        self._worked = len(self.api.workspace.queue.enqueued)
        self._write("SlackWork runs")

    def do(self, sender: Person, text: str) -> None:
        """Type a command, confirm it, and carry it out."""
        self.type(sender, text)
        self.press(sender, "do")
        self.work()

    def note(self, text: str, *items: Any) -> None:
        """Write what else happens, and store these items."""
        self.api.world.add(*items)
        self._parts.append(f"=== {text}")
        self._skip()

    def start_again(self, text: str, *items: Any) -> None:
        """Go back to the beginning: its time, and what was stored and recorded then."""
        self.api.world.items.clear()
        self.api.world.items.update(self._items)
        del self.api.world.entries[self._recorded :]
        self.api.world.clock = self._begun_at
        self.note(text, *items)

    def hold(self, name: str) -> None:
        """Hold all that was shown against the file of Slack of this name."""
        text = "\n\n".join(self._parts)
        for pattern, instead in SECRETS.items():
            text = re.sub(pattern, instead, text)
        hold_against_file(f"slack/{name}.txt", text)

    def _skip(self) -> None:
        self._entries = len(self.api.world.entries)
        self._posts = len(self.api.workspace.responder.posted)

    def _write(self, head: str, answer: Message | None = None) -> None:
        lines = [f">>> {head[:300]}"]
        for entry in self.api.world.entries[self._entries :]:
            words = [entry.actor, entry.action, entry.outcome, entry.reason, entry.address]
            said = {name: text for name, text in entry.details.items() if name == "said"}
            words += [f"{name}: {text}" for name, text in said.items()]
            lines.append(f"trail: {' '.join(word for word in words if word)}")
        posts = [message for _, message in self.api.workspace.responder.posted[self._posts :]]
        self._skip()
        for message in [answer] * (answer is not None) + posts:
            assert message is not None
            lines.append(self._render(message))
        self._parts.append("\n".join(lines))

    def _render(self, message: Message) -> str:
        text_of(message)
        kind = message.get("response_type", "") or "as the message is shown"
        replaces = ", in place of the message" if message.get("replace_original") else ""
        lines = [f"({kind}{replaces}) {message['text']}"]
        for block in message["blocks"]:
            lines += [block["text"]["text"]] if "text" in block else []
            lines += [f"<{block['label']['text']}>"] if block["type"] == "input" else []
            lines += [
                element["text"]
                for element in block.get("elements", [])
                if element["type"] == "mrkdwn"
            ]
        for name, button in buttons_of(message).items():
            self._buttons[name] = button
            lines.append(_button(name, button))
        if len(lines) > 1 and lines[0].endswith(f") {lines[1]}"):
            del lines[1]
        return "\n".join(lines)


def _button(name: str, button: dict[str, Any]) -> str:
    parts = [f"[{button['text']['text']}]", name, button.get("style", ""), button.get("url", "")]
    parts += [f"value: {button['value']}"] if button.get("value") else []
    if confirm := button.get("confirm"):
        parts.append(f"(asks: {confirm['title']['text']} {confirm['text']['text']})")
    return " ".join(part for part in parts if part)
