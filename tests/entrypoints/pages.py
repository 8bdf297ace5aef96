"""Pages outside the console, one after another, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from tests.entrypoints.driver import Response
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.golden import WholeText, as_text

SECRETS = {
    r"\b[a-z2-7]{52}\b": "…",
    re.escape(CANARY_SECRET_KEY): "SECRET-KEY",
    re.escape(CANARY_SESSION_TOKEN): "SESSION-TOKEN",
    r"\bASIA[A-Z0-9]{16}\b": "KEY-ID",
    r"\b(alice\.|ID )[0-9a-v]{16}\b": r"\1…",
    r"request ID .*": "request ID …",
}


@dataclass(slots=True)
class Pages(WholeText):
    """A page is shown as the lines that differ from the last page of the same head and status."""

    MASKS: ClassVar[dict[str, str]] = SECRETS

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
