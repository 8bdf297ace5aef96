"""Go to the identity provider's sign-in page, and come back to Daypass."""

import html
import re
from urllib.parse import parse_qs, urlsplit

from chalicelib.domain.people.identities import challenge_of
from tests.entrypoints.driver import Response
from tests.entrypoints.web.browser import Browser
from tests.fakes.providers import PROVIDER

RETURN = "/web/provider/return"
VERIFIER = "v" * 43
WAITING = {"challenge": challenge_of(VERIFIER), "port": "54321"}
"""The command that waits for a sign-in, as the sign-in page's query names it."""


def next_url(answer: Response) -> str:
    """Return the URL that the page opens by itself."""
    (url,) = re.findall(r'content="0; url=([^"]+)"', answer.text)
    return html.unescape(url)


def state_of(answer: Response) -> str:
    return parse_qs(urlsplit(next_url(answer)).query)["state"][0]


def begin(browser: Browser, **more: str) -> Response:
    """Press the sign-in page's button, with these further fields."""
    return browser.post("/web/provider", {"issuer": PROVIDER.issuer, **more})


def come_back(browser: Browser, state: str, code: str = "the-code") -> Response:
    return browser.get(RETURN, state=state, code=code)
