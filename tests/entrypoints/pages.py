"""Pages outside the console, one after another, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.entrypoints.driver import Response
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.golden import as_text, changed_lines, hold_against_file

SECRETS = {
    r"\b[a-z2-7]{52}\b": "…",
    re.escape(CANARY_SECRET_KEY): "SECRET-KEY",
    re.escape(CANARY_SESSION_TOKEN): "SESSION-TOKEN",
    r"\bASIA[A-Z0-9]{16}\b": "KEY-ID",
    r"\b(alice\.|ID )[0-9a-v]{16}\b": r"\1…",
    r"request ID .*": "request ID …",
}
"""The texts that differ in each run or are secret, and the text in its place."""


@dataclass(slots=True)
class Pages:
    """A page is shown as the lines that differ from the last page of the same head and status."""

    _parts: list[str] = field(default_factory=list)
    _shown: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def show(self, head: str, answer: Response, about: str = "") -> None:
        lines = [f">>> {head}{about and f' ({about})'}: {answer.status}"]
        text = as_text(answer.text)
        if answer.status == 303:
            lines.append(f"goes to {answer.headers['Location']}")
        elif title := re.search("<title>(.*)</title>", answer.text):
            text = f"title: {title[1]}\n{text}"
        for pattern, instead in SECRETS.items():
            text = re.sub(pattern, instead, text)
            lines = [re.sub(pattern, instead, line) for line in lines]
        now = [] if answer.status == 303 else text.splitlines()
        before = self._shown.get((head, answer.status), [])
        self._shown[head, answer.status] = now
        self._parts.append("\n".join([*lines, *(changed_lines(before, now) if before else now)]))

    def note(self, text: str) -> None:
        self._parts.append(f"=== {text}")

    def hold(self, name: str) -> None:
        hold_against_file(name, "\n\n".join(self._parts))
