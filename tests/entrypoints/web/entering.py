"""Browsers that are signed in already, and the pages of the console that they can open."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.sign_in import WebSession, derive_form_token
from chalicelib.entrypoints.http.routes import ROUTES
from tests.builders import a_web_session
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import PATH, prepare
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.matrix.valid import PAGE_QUERIES
from tests.fakes import World

SESSION = "__Host-daypass"
SIGN_IN_PAGES = ("/web/sign-in", "/web/sign-in/{link}", "/web/provider/return")
TYPICAL_PAGES = (
    "/web/now",
    "/web/people/{member}",
    "/web/engagements/{engagement}/roles/{role}",
    "/web/trail",
)
"""A page of lists, one with a name in its path, one with two, and one with fields in its query. One
function authenticates the requests of all pages."""
PAGE_PATH = PATH
"""A value for each name in the path of a page."""
SHOWN_BY_API = {
    "/web/requests": "GET /v1/requests",
    "/web/requests/{request}": "GET /v1/requests/{request}",
}
"""The API's route for the same as a page, where the scene has to be prepared for it."""
OTHER_PATH = {"/web/people/{member}/changes": {"member": "lena"}}
"""The path of a page that does not exist for the usual member: only leads have such changes."""


def cookie_of(member: str, name: str = "") -> str:
    """Return the text of the cookie of the member's browser of this name."""
    digest = hashlib.sha256(f"{member} {name}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:52]


def enter(api: Api, member: str, name: str = "", **changes: Any) -> Browser:
    """Return a browser of the member, in which they signed in at noon. It makes no request."""
    text = cookie_of(member, name)
    api.world.add(a_web_session(member, text, **changes))
    return Browser(api, {SESSION: text}, derive_form_token(text))


def member_of(browser: Browser) -> str:
    """Return the member whose browser it is; empty if it is not signed in."""
    cookie = browser.cookies.get(SESSION, "")
    sessions = browser.api.world.find(WebSession, where=lambda each: each.hash == hash_of(cookie))
    return str(sessions[0].member) if sessions else ""


def enter_with(api: Api, *headers: str) -> Browser:
    """Return a browser that sends this text as its `Cookie` header."""
    return Browser(api, header="; ".join(headers))


def page_routes() -> list[str]:
    """Return the paths of all pages that need a sign-in, other than the actions' pages."""
    return sorted(
        {
            route.path
            for route in ROUTES
            if route.method == "GET"
            and route.path.startswith("/web")
            and route.path not in (*SIGN_IN_PAGES, "/web/actions/{action}", "/web/{page+}")
        }
    )


def fill_in(route: str, **path: str) -> str:
    """Return the path of the page for the scene's own engagement, role, member, and so on."""
    return route.format(**(PAGE_PATH | OTHER_PATH.get(route, {}) | path))


def prepare_page(world: World, route: str) -> None:
    """Bring the scene into the state that the page is for."""
    if route in SHOWN_BY_API:
        prepare(world, SHOWN_BY_API[route])


def open_page(browser: Browser, route: str, **query: str) -> Response:
    """Open the page for the scene's own engagement, role, member, and so on."""
    prepare_page(browser.api.world, route)
    return browser.get(fill_in(route), **(PAGE_QUERIES.get(route, {}) | query))
