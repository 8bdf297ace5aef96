"""The web console in a real Chromium, for people who are signed in."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.e2e.pages.browser import AXE, DESKTOP, Browser
from tests.running import Started

PHONE = 390
WIDTHS = (360, 768, 1024)
"""Further widths at which no page scrolls sideways."""
SIGN_IN_AFTER = 300.0
"""Seconds. A page's check can take minutes on a busy machine."""
COOKIE = "__Host-daypass"
SECURE_ORIGIN = "https://127.0.0.1/"
"""Chromium counts a secure cookie of 127.0.0.1 as of this origin, and sends it over HTTP too."""
PICTURES = os.environ.get("DAYPASS_PICTURES", "")
"""A folder for a picture of each page, width and color scheme. Empty: none are taken."""
TIME_INPUTS = ("date", "datetime-local", "time")
MOST_PARTS = 8
"""The most stops of Tab within a field for a date and time."""
MOST_STOPS = 400
"""The most presses of Tab on one page."""

INTERACTIVE = (
    "a[href]:not(.skip), button, summary, input:not([type=hidden]), select, textarea,"
    " [tabindex='0']"
)
_LIST_STOPS = """\
const [selector, times, most, parts] = arguments;
window.expected = [...document.querySelectorAll(selector)].filter(e => !e.disabled
    && e.checkVisibility({visibilityProperty: true})).slice(0, most);
window.reached = new Set();
window.unseen = [];
document.addEventListener('focusin', ({target}) => {
    window.reached.add(target);
    const style = getComputedStyle(target);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
        window.unseen.push(target.outerHTML.slice(0, 150));
    }
});
return window.expected.length + 5
    + parts * window.expected.filter(e => times.includes(e.type)).length;
"""
"""Watches the focus from now on. Returns the presses of Tab after which it was everywhere."""
_READ_FOCUSED = """\
const missing = window.expected.filter(e => e.type !== 'radio' && !window.reached.has(e));
return [missing.map(e => e.outerHTML.slice(0, 150)), window.unseen];
"""
"""Returns what Tab did not reach, without radio buttons, which arrows reach; and the elements whose
focus cannot be seen."""


@dataclass(slots=True)
class Console:
    """The console of a running stack in one browser. Each person's cookie is kept for some minutes,
    so that each sign-in is recent enough for an action that lets someone in."""

    running: Started
    browser: Browser
    names: dict[str, str]
    """The IDs of a live session, a request and so on, by the name of the field."""
    cookies: dict[str, str] = field(default_factory=dict)
    signed_in_at: dict[str, float] = field(default_factory=dict)
    """When each person signed in, on the machine's monotonic clock."""

    @property
    def root(self) -> str:
        return f"{self.running.url}/web"

    def sign_in(self, person: str) -> None:
        """Sign in as a person does: get a link with the token, open it, and press its button."""
        link = self.running.api(person)("POST", "/v1/me/web-links")
        self._send("Network.clearBrowserCookies")
        self.browser.open(link["url"])
        with self.browser.another_page():
            self.browser.element("main form button").click()
        self.cookies[person] = self._cookie()
        self.signed_in_at[person] = time.monotonic()
        self.browser.complaints()

    def as_person(self, person: str) -> None:
        """Continue as this person, who signs in if they have not lately."""
        if time.monotonic() > self.signed_in_at.get(person, -SIGN_IN_AFTER) + SIGN_IN_AFTER:
            self.sign_in(person)
            return
        self._send(
            "Network.setCookie",
            name=COOKIE,
            value=self.cookies[person],
            url=SECURE_ORIGIN,
            path="/",
            secure=True,
            httpOnly=True,
            sameSite="Strict",
        )

    def open(self, person: str, path: str, *, width: int = DESKTOP) -> None:
        """Open a page below the console's root as this person, such as `engagements/acme-prod`."""
        self.as_person(person)
        self.browser.open(f"{self.root}/{path}".rstrip("/"), width=width)

    def check_page(self, person: str, path: str, *, is_form: bool = False) -> None:
        """Check the page as this person sees it: accessibility, widths, color schemes, print, the
        keyboard, without scripts, and that it loads nothing of others. A form has the colors of
        the pages, so axe-core, which takes most of the time, sees it in one of them.

        With DAYPASS_PICTURES, store a picture of each width and color scheme in that folder.
        """
        self.open(person, path)
        browser = self.browser
        assert browser.elements("main h1"), f"{path} is no page: {browser.text_of('main')[:200]}"
        self._check_requests()
        browser.run("window.fetch = () => new Promise(() => {})")  # a refresh would replace parts
        if PICTURES:
            self._take_pictures(person, path)
        for width in WIDTHS:
            browser.shown_at(width=width, dark=False)
            browser.unfold()
            assert not browser.is_wider_than_its_window(), f"{path} scrolls sideways at {width}"
            assert find_wider(browser) == [], f"{path} is wider than {width} pixels"
        for width, dark in ((DESKTOP, False), (PHONE, True)):
            browser.shown_at(width=width, dark=dark)
            browser.unfold()
            assert find_wider(browser) == [], f"{path} is wider than {width} pixels"
            if AXE.exists() and (dark or not is_form):
                findings = browser.accessibility_findings()
                assert findings == [], f"{path}, {width}, {dark}, {findings}"
        self._check_keyboard(path)
        self._check_print(path)
        self._check_without_scripts(person, path)

    def _check_requests(self) -> None:
        """Fail if the page loaded anything of another origin."""
        loaded = "return performance.getEntriesByType('resource').map(e => e.name)"
        origin = self.running.url.rpartition("/")[0] or self.running.url
        others = [url for url in self.browser.run(loaded) if not url.startswith(origin)]
        assert others == []

    def _check_keyboard(self, path: str) -> None:
        """Press Tab through the page: it reaches everything, and the focus is always visible."""
        self.browser.shown_at(width=DESKTOP, dark=False)
        self.browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
        self.browser.run("window.getSelection().collapse(document.body, 0)")
        stops = self.browser.run(_LIST_STOPS, INTERACTIVE, TIME_INPUTS, MOST_STOPS, MOST_PARTS)
        self.browser.press(Keys.TAB * stops)
        unreached, unseen = self.browser.run(_READ_FOCUSED)
        assert (unreached, unseen) == ([], []), path

    def _check_print(self, path: str) -> None:
        """The print has no buttons and no navigation, and fits its page."""
        self.browser.shown_at(width=DESKTOP, dark=False, printed=True)
        shown = [each.is_displayed() for each in self.browser.elements("nav, main form button")]
        assert not any(shown), path
        assert not self.browser.is_wider_than_its_window(), path
        self.browser.shown_at(width=DESKTOP, dark=False)

    def _check_without_scripts(self, person: str, path: str) -> None:
        """Without scripts, the page has the same heading, links and forms."""
        with_script = self._count_parts()
        self.browser.scripts(run=False)
        try:
            self.open(person, path, width=PHONE)
            assert not self.browser.is_wider_than_its_window(), path
            assert self._count_parts() == with_script, path
        finally:
            self.browser.scripts(run=True)

    def _count_parts(self) -> list[Any]:
        counts = "['main h1', 'nav a', 'main form', 'main section']"
        return list(
            self.browser.run(f"return {counts}.map(s => document.querySelectorAll(s).length)")
        )

    def _take_pictures(self, person: str, path: str) -> None:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        name = path.replace("/", "_").replace("?", "_").replace("&", "_") or "first"
        for width in (DESKTOP, PHONE):
            for scheme in ("light", "dark"):
                dark = scheme == "dark"
                self.browser.shown_at(width=width, dark=dark)
                height = int(self.browser.run("return document.documentElement.scrollHeight"))
                picture = self.browser.picture(width, min(height, 3000), dark=dark)
                (folder / f"{name[:80]}-{person}-{width}-{scheme}.png").write_bytes(picture)

    def _cookie(self) -> str:
        cookies = self._send("Network.getCookies", urls=[SECURE_ORIGIN])["cookies"]
        return next(str(each["value"]) for each in cookies if each["name"] == COOKIE)

    def _send(self, command: str, **parameters: Any) -> Any:
        return self.browser.driver.execute_cdp_cmd(command, parameters)


def find_wider(browser: Browser) -> list[str]:
    """Return the elements that reach beyond the window, apart from those in a box that scrolls."""
    if not browser.is_wider_than_its_window():
        return []
    elements = browser.run(
        "return [...document.querySelectorAll('body *')]"
        ".filter(e => !e.closest('pre, .table, nav, .unseen')"
        " && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 200))"
    )
    return [str(each) for each in elements] or ["the page itself"]
