"""Calls of the API one after another, and its answers, as one text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain.reasons import Reason
from tests.entrypoints.driver import NO_BODY, Api, Response
from tests.entrypoints.pages import SECRETS as SECRETS_OF_PAGES
from tests.golden import as_text, changed_lines, hold_against_file

SECRETS = SECRETS_OF_PAGES | {
    r"daypass_(enrol_)?([a-z-]+)_[0-9A-Za-z]{40,}": r"daypass_\1\2_…",
    r'"request_id": ".*"': '"request_id": …',
    r"(console|signin)\.aws\.amazon\.com/\S+": r"\1.aws.amazon.com/…",
}


@dataclass(slots=True)
class Calls:
    """An answer is shown as the lines that differ from the last one of the same route."""

    api: Api
    _parts: list[str] = field(default_factory=list)
    _shown: dict[str, list[str]] = field(default_factory=dict)
    _entries: int = 0

    def __post_init__(self) -> None:
        self._entries = len(self.api.world.entries)

    def send(self, member: str, route: str, body: Any = NO_BODY, **more: Any) -> Response:
        method, _, path = route.partition(" ")
        answer = self.api.send(method, path, member, body, **more)
        about = "" if body is NO_BODY else f" {json.dumps(body)}"
        self.show(f"{member or 'someone'}: {route}{about}", answer, route)
        return answer

    def serve(self, api: Api) -> None:
        """Go on over another scene."""
        self.api, self._entries = api, 0

    def note(self, text: str, *items: Any) -> None:
        """Write what else happens, and store these items."""
        self.api.world.add(*items)
        self._entries = len(self.api.world.entries)
        self._parts.append(f"=== {text}")

    def show(self, head: str, answer: Response, key: str) -> None:
        lines = [f">>> {head}: {answer.status}"]
        for entry in self.api.world.entries[self._entries :]:
            words = [entry.actor, entry.action, entry.outcome, entry.reason]
            lines.append(f"trail: {' '.join(word for word in words if word)}")
        self._entries = len(self.api.world.entries)
        now = _masked(_text_of(answer)).splitlines()
        before, self._shown[key] = self._shown.get(key), now
        self._parts.append("\n".join([*lines, *(changed_lines(before, now) if before else now)]))

    def hold(self, name: str) -> None:
        hold_against_file(f"api/{name}.txt", _masked("\n\n".join(self._parts)))


def _masked(text: str) -> str:
    for pattern, instead in SECRETS.items():
        text = re.sub(pattern, instead, text)
    return text


def _text_of(answer: Response) -> str:
    kind = answer.headers.get("Content-Type", "")
    if "json" in kind:
        value = answer.json
        if "reason" in value and value["reason"] in {*Reason}:
            shown = {name: value[name] for name in ("reason", "detail", "field") if name in value}
            return "\n".join(f"{name}: {text}" for name, text in shown.items())
        return json.dumps(value, indent=1, ensure_ascii=False)
    return as_text(answer.text) if kind.startswith("text/html") else answer.text
