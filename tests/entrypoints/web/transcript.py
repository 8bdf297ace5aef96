"""Steps in the console one after another, and the pages that they lead to, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain.web.sessions import LONGEST
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.forms import Fields, find_form
from tests.golden import as_text, changed_lines, hold_against_file

SECRETS = {
    r"/(setup|access|approve)/[a-z2-7]{52}": r"/\1/…",
    r"daypass_(enrol|token)_[0-9A-Za-z_-]+": r"daypass_\1_…",
    r"<hidden form=[0-9a-f]{32}>": "<hidden form=…>",
    r"quote this request ID.*": "quote this request ID …",
}
"""The texts that differ in each run, and the text in its place."""


@dataclass(slots=True)
class Transcript:
    """A page that was shown before is shown again as its lines that have changed."""

    api: Api
    _parts: list[str] = field(default_factory=list)
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _shown: dict[str, list[str]] = field(default_factory=dict)
    _entries: int = 0

    def __post_init__(self) -> None:
        self._entries = len(self.api.world.entries)

    def browser(self, member: str) -> Browser:
        """Return the member's browser, in which they signed in just now."""
        if member not in self._browsers:
            now = self.api.world.clock
            times = {"created_at": now, "last_used_at": now, "expires_at": now + LONGEST}
            self._browsers[member] = enter(self.api, member, **times)
        return self._browsers[member]

    def open(self, member: str, /, *paths: str, **query: str) -> None:
        for path in paths:
            self._write(f"{member} opens {path}", self.browser(member).get(path, **query), query)

    def act(
        self,
        member: str,
        action: str,
        fields: Fields | None = None,
        *,
        query: Fields | None = None,
        times: int = 1,
    ) -> None:
        """Open the action's page, send its form as the page renders it, and show the result.

        The page's address has the fields, unless the query says otherwise.
        """
        browser, fields = self.browser(member), fields or {}
        query = fields if query is None else query
        single = {name: text for name, text in query.items() if isinstance(text, str)}
        page = browser.get(f"/web/actions/{action}", **single)
        assert page.status == 200, as_text(page.text)
        form = find_form(page.text, action)
        sent = form.fill_in({k: v for k, v in fields.items() if k not in form.hidden})
        for _ in range(times):
            self._write(f"{member} does {action}", browser.post(form.path, sent), fields)

    def post(self, member: str, path: str, fields: Fields | None = None) -> None:
        """Send a form by hand, without opening its page."""
        answer = self.browser(member).post(path, fields)
        self._write(f"{member} sends {path}", answer, fields or {})

    def note(self, text: str, *items: Any) -> None:
        """Write what else happens, and store these items. Everyone has to sign in again."""
        self.api.world.add(*items)
        self._browsers.clear()
        self._parts.append(f"=== {text}")
        self._entries = len(self.api.world.entries)

    def hold(self, name: str) -> None:
        """Hold all that was shown against the file of the console of this name."""
        hold_against_file(f"console/{name}.txt", "\n\n".join(self._parts))

    def _write(self, head: str, answer: Response, fields: Fields) -> None:
        values = ", ".join(f"{name}={value}" for name, value in fields.items())
        lines = [f">>> {head}{f' ({values})' if values else ''}: {answer.status}"]
        new = self.api.world.entries[self._entries :]
        lines += [f"trail: {e.actor} {e.action} {e.outcome} {e.reason}".strip() for e in new]
        self._entries = len(self.api.world.entries)
        page, path = answer, head.rpartition(" ")[2]
        if answer.status == 303:
            target = answer.headers["Location"].removeprefix("/api")
            lines.append(f"goes to {target}")
            path = target.partition("?")[0]
            page = self.browser(head.partition(" ")[0]).get(target.partition("#")[0])
        if title := re.search("<title>(.*)</title>", page.text):
            lines.append(f"title: {title[1]}")
        text = (
            as_text(page.text)
            if page.headers["Content-Type"].startswith("text/html")
            else page.text
        )
        for pattern, instead in SECRETS.items():
            text = re.sub(pattern, instead, text)
        self._parts.append("\n".join([*lines, *self._changed_lines(path, text.splitlines())]))

    def _changed_lines(self, path: str, now: list[str]) -> list[str]:
        before, self._shown[path] = self._shown.get(path), now
        if before is None:
            return now
        return changed_lines(before, now)
