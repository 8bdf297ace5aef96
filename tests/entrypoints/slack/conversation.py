"""Commands and presses in Slack, with Daypass's answers and the trail, as one text."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.entrypoints.driver import Api, served
from tests.entrypoints.slack.leads import a_slack_scene
from tests.fakes.slack import buttons_of, text_of
from tests.golden import as_text, hold_against_file

CODE = re.compile("[a-z2-7]{4}(-[a-z2-7]{4}){3}")
SHOWN = ("said", "slack_user", "asked_for", "asked_in")
"""The details of an entry that the text has."""


class Conversation:
    """People in Slack and Daypass. SlackWork runs at once when something is enqueued."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.lines: list[str] = []
        self.buttons: dict[str, Any] = {}

    def types(self, sender: Person, text: str) -> None:
        self.lines.append(f"\n{sender.name}: /daypass {text[:200]}")
        answer = self.api.types(text, sender)
        assert (answer.status, answer.json["response_type"]) == (200, "ephemeral")
        self._show(answer.json)
        self._work()

    def presses(self, sender: Person, button: str | dict[str, Any], words: str | None) -> None:
        """Press a button, or that of the last message with this ID."""
        pressed = self.buttons[button] if isinstance(button, str) else button
        typed = "" if words is None else f", with the words {words[:30]!r}"
        self.lines.append(f"\n{sender.name} presses [{pressed['text']['text']}]{typed}")
        count = len(self._posted)
        assert self.api.presses(pressed, sender, words=words).text == ""
        self._show_posted(count)
        self._work()

    def posts(self, path: str, caller: str, body: dict[str, Any]) -> None:
        answer = self.api.post(path, caller, body)
        result = answer.reason if answer.status >= 400 else ""
        self.lines.append(f"\n{caller}: POST {path} {answer.status} {result}".rstrip())

    def opens_link(self, method: str) -> None:
        """Open the page of the last access link, or press its button."""
        page = self.buttons["open"]["url"].rpartition("/")[2]
        answer = self.api.send(method, f"/access/{page}", raw="" if method == "POST" else None)
        self.lines.append(f"\n{method} /access/… {answer.status}")
        if method == "GET":
            shown = as_text(answer.text).replace(page, "…")
            self.lines += [f"  {line}" for line in shown.splitlines()]

    def text(self) -> str:
        """Return the conversation, and the trail after it."""
        trail = map(_describe, self.api.world.entries)
        return CODE.sub("…", "\n".join([*self.lines, "\nTrail:", *trail]).strip())

    @property
    def _posted(self) -> list[tuple[str, Message]]:
        return self.api.workspace.responder.posted

    def _work(self) -> None:
        count = len(self._posted)
        queue = self.api.workspace.queue
        for task, url in queue.enqueued:
            slack_work({"task": task, "response_url": url}, None)
        queue.enqueued.clear()
        self._show_posted(count)

    def _show_posted(self, since: int) -> None:
        for _, message in self._posted[since:]:
            is_private = message.get("response_type") == "ephemeral"
            position = "instead of the message" if message["replace_original"] else "below"
            self.lines.append(f"({'only to them' if is_private else 'to all'}, {position})")
            self._show(message)

    def _show(self, message: Message) -> None:
        self.lines += [f"  {line}" for line in text_of(message).splitlines()]
        self.buttons = buttons_of(message) or self.buttons
        for button in buttons_of(message).values():
            effect = button.get("confirm", {}).get("text", {}).get("text", "")
            page = "".join(re.findall("/web/.*", button.get("url", "")))
            self.lines.append(f"  [{button['text']['text']}] {effect}{page}".rstrip())


def _describe(entry: Entry) -> str:
    """Return the entry's actor, action, outcome, target and origin."""
    parts = [entry.actor, f"{entry.action} {entry.outcome}", entry.reason or "", entry.engagement]
    parts += [entry.role, entry.subject, entry.address]
    parts += [f"{name}={entry.details[name]}" for name in SHOWN if name in entry.details]
    return "- " + ", ".join(filter(None, parts))


Step = Callable[[Conversation], Any]


def typed(sender: Person, *texts: str) -> Step:
    return lambda talk: [talk.types(sender, text) for text in texts]


def pressed(sender: Person, button: str | dict[str, Any] = "do", words: str | None = None) -> Step:
    return lambda talk: talk.presses(sender, button, words)


def later(**by: float) -> Step:
    return lambda talk: talk.api.world.later(**by)


def with_items(*items: Item) -> Step:
    return lambda talk: talk.api.world.add(*items)


def link_opened(talk: Conversation) -> None:
    talk.opens_link("GET")


def link_used(talk: Conversation) -> None:
    talk.opens_link("POST")


def posted(path: str, caller: str, **body: Any) -> Step:
    return lambda talk: talk.posts(path, caller, body)


def hold_conversation(name: str, steps: Sequence[Step]) -> None:
    """Compare the conversation with the file of this name."""
    with served(a_slack_scene()) as api:
        talk = Conversation(api)
        for step in steps:
            step(talk)
    hold_against_file(f"slack/{name}.txt", talk.text())
