"""Act on one's own access in the web console."""

from __future__ import annotations

import re

from chalicelib.domain.trail import Action, Outcome
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.browser import Browser

ROLE = {"engagement": "acme-prod", "role": "readonly"}


def entries_of(api: Api, action: Action) -> list[tuple[str, Outcome, str]]:
    entries = (entry for entry in api.world.entries if entry.action is action)
    return [(entry.actor, entry.outcome, entry.reason) for entry in entries]


def has_secrets(page: Response) -> bool:
    return "AWS_SECRET_ACCESS_KEY" in page.text or "SessionToken" in page.text


def vend(browser: Browser, action: str = "get-credentials", **fields: str) -> Response:
    """Open the page of the action, and send its form as it is."""
    page = browser.get(f"/web/actions/{action}", **ROLE)
    assert page.status == 200, page.text
    sent = {**ROLE, "form": read_form_id(page), **fields}
    return browser.post(f"/web/client-actions/{action}", sent)


def read_form_id(page: Response) -> str:
    """Return the ID of the page's form, which works once."""
    form = re.search(r'name="form" value="([0-9a-f]{32})"', page.text)
    assert form, page.text
    return form[1]
