"""Calls of the API, or pages outside the console, one after another, as one text."""

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.entrypoints.driver import NO_BODY, Api, Response
from tests.entrypoints.http.contract import PROBLEM
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.golden import WholeText, as_text

SECRETS_OF_PAGES = {
    r"\b[a-z2-7]{52}\b": "…",
    re.escape(CANARY_SECRET_KEY): "SECRET-KEY",
    re.escape(CANARY_SESSION_TOKEN): "SESSION-TOKEN",
    r"\bASIA[A-Z0-9]{16}\b": "KEY-ID",
    r"\b(alice\.|ID )[0-9a-v]{16}\b": r"\1…",
    r"request ID .*": "request ID …",
}
SECRETS = SECRETS_OF_PAGES | {
    r"daypass_(enrol_)?([a-z-]+)_[0-9A-Za-z]{40,}": r"daypass_\1\2_…",
    r'"request_id": ".*"': '"request_id": …',
    r"(console|signin)\.aws\.amazon\.com/\S+": r"\1.aws.amazon.com/…",
}


@dataclass(slots=True)
class ApiTranscript(WholeText):
    """Has the entries that each step records."""

    api: Api
    _entries: int = 0

    def __post_init__(self) -> None:
        self._entries = len(self.api.world.entries)

    def note(self, text: str, *items: Any) -> None:
        """Write what else happens, and store these items."""
        self.api.world.add(*items)
        self._entries = len(self.api.world.entries)
        self.write([f"=== {text}"])

    def new_entries(self) -> list[str]:
        """Return a line for each entry that was recorded since the last step."""
        new = self.api.world.entries[self._entries :]
        self._entries = len(self.api.world.entries)
        return [f"trail: {e.actor} {e.action} {e.outcome} {e.reason}".strip() for e in new]


@dataclass(slots=True)
class Calls(ApiTranscript):
    """An answer is shown as the lines that differ from the last one of the same route."""

    FOLDER: ClassVar[str] = "api/"
    MASKS: ClassVar[dict[str, str]] = SECRETS

    def send(self, member: str, route: str, body: Any = NO_BODY, **more: Any) -> Response:
        method, _, path = route.partition(" ")
        answer = self.api.send(method, path, member, body, **more)
        about = "" if body is NO_BODY else f" {json.dumps(body)}"
        self.show(f"{member or 'someone'}: {route}{about}", answer, route)
        return answer

    def serve(self, api: Api) -> None:
        """Go on over another scene."""
        self.api, self._entries = api, 0

    def show(self, head: str, answer: Response, key: str) -> None:
        lines = [f">>> {head}: {answer.status}", *self.new_entries()]
        self.write(lines, _text_of(answer), key)


def _text_of(answer: Response) -> str:
    kind = answer.headers.get("Content-Type", "")
    if kind == PROBLEM:
        shown = {name: answer.json.get(name) for name in ("reason", "detail", "field")}
        return "\n".join(f"{name}: {text}" for name, text in shown.items() if text is not None)
    if "json" in kind:
        return json.dumps(answer.json, indent=1, ensure_ascii=False)
    return as_text(answer.text) if kind.startswith("text/html") else answer.text


@dataclass(slots=True)
class Pages(WholeText):
    """A page is shown as the lines that differ from the last page of the same head and status."""

    MASKS: ClassVar[dict[str, str]] = SECRETS_OF_PAGES

    def show(self, head: str, answer: Response, about: str = "") -> None:
        lines, text = [f">>> {head}{about and f' ({about})'}: {answer.status}"], ""
        if answer.status == 303:
            lines.append(f"goes to {answer.headers['Location']}")
        else:
            text = as_text(answer.text)
            if title := re.search("<title>(.*)</title>", answer.text):
                text = f"title: {title[1]}\n{text}"
        self.write(lines, text, (head, answer.status) if text else None)

    def note(self, text: str) -> None:
        self.write([f"=== {text}"])
