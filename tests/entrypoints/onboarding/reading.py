"""Read the client's page as a browser does, in the scene of these tests."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.onboarding.links import SetupLink
from tests.builders import LINK_TEXT, a_link
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import SETUP_PAGES, ask
from tests.fakes import NOON, World

PAGE, CONFIRM, REPORT, PAUSE, RESUME, CHECK, BACK, REPLACED, LAUNCH, FILE = SETUP_PAGES


class PageText(HTMLParser):
    """A page's visible text and its elements' attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("style", "script"):
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


def without_long_code(page: str) -> str:
    """Return the page with only the first line of each block of code."""

    def shorten(match: re.Match[str]) -> str:
        code, number = match[2].strip("\n"), match[2].strip("\n").count("\n") + 1
        first, _, rest = code.partition("\n")
        first = re.sub("<[^>]*$|&[^;]*$", "", first[:80]) if rest or len(first) > 300 else first
        return f"{match[1]}{first}{f' … ({number} lines)' if rest else ''}</code></pre>"

    return re.sub(
        r"(<pre[^>]*>(?:<code[^>]*>)?)(.*?)(?:</code>)?</pre>", shorten, page, flags=re.DOTALL
    )


def page_text(api: Api) -> str:
    return PageText(shown(api).text).text


def shown(api: Api) -> Response:
    answer = ask(api, PAGE, "nobody")
    check(PAGE, answer)
    assert answer.status == 200
    return answer


def change(world: World, kind: type, **changes: Any) -> None:
    for item in world.find(kind, where=lambda item: getattr(item, "engagement", "") != "globex"):
        if getattr(item, "id", "") != "globex":
            world.add(replace(item, **changes))


OTHER = LINK_TEXT[:-1] + "x"


# Links that open no page: the text in the path, and a change of the fake world.
INVALID_LINKS: dict[str, tuple[str, Callable[[World], Any]]] = {
    "guessed": (OTHER, lambda _: None),
    "a letter too few": (LINK_TEXT[:-1], lambda _: None),
    "a letter too many": (LINK_TEXT + "a", lambda _: None),
    "in upper case": (LINK_TEXT.upper(), lambda _: None),
    "of other letters": ("ä" * 52, lambda _: None),
    "a line break at its end": (LINK_TEXT + "\n", lambda _: None),
    "a word": ("x", lambda _: None),
    "markup": ("<script>alert(1)<", lambda _: None),
    "its hash": (a_link().hash, lambda _: None),
    "its id": (a_link().id, lambda _: None),
    "expired": (LINK_TEXT, lambda world: change(world, SetupLink, expires_at=NOON)),
    "revoked": (LINK_TEXT, lambda world: change(world, SetupLink, revoked_at=NOON)),
}
