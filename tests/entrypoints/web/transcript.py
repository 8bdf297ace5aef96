"""Steps in the console one after another, and the pages that they lead to, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chalicelib.domain.people.sign_in import LONGEST
from tests.entrypoints.calls import ApiTranscript
from tests.entrypoints.driver import Response
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.forms import Fields, find_form
from tests.golden import as_text

SECRETS = {
    r"/(setup|access|approve)/[a-z2-7]{52}": r"/\1/…",
    r"daypass_(enrol|token)_[0-9A-Za-z_-]+": r"daypass_\1_…",
    r"<hidden form=[0-9a-f]{32}>": "<hidden form=…>",
    r"[?&]return=[^)\s]*": "",  # the page itself
    r"quote this request ID.*": "quote this request ID …",
}


@dataclass(slots=True)
class Transcript(ApiTranscript):
    """A page that was shown before is shown again as its lines that have changed."""

    FOLDER: ClassVar[str] = "console/"
    MASKS: ClassVar[dict[str, str]] = SECRETS
    _browsers: dict[str, Browser] = field(default_factory=dict)

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
        self._browsers.clear()
        ApiTranscript.note(self, text, *items)

    def _write(self, head: str, answer: Response, fields: Fields) -> None:
        values = ", ".join(f"{name}={value}" for name, value in fields.items())
        lines = [f">>> {head}{f' ({values})' if values else ''}: {answer.status}"]
        lines += self.new_entries()
        page, path = answer, head.rpartition(" ")[2]
        if answer.status == 303:
            target = answer.headers["Location"].removeprefix("/api")
            lines.append(f"goes to {target}")
            path = target.partition("?")[0]
            page = self.browser(head.partition(" ")[0]).get(target.partition("#")[0])
        if title := re.search("<title>(.*)</title>", page.text):
            lines.append(f"title: {title[1]}")
        is_page = page.headers["Content-Type"].startswith("text/html")
        self.write(lines, as_text(page.text) if is_page else page.text, path)
