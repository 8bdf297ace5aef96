"""The client pauses the firm's access in a browser, and lifts the pause with the code."""

from __future__ import annotations

import json
import re
from urllib.error import HTTPError

import pytest
from selenium.webdriver.common.keys import Keys

from local.sample_data import Api
from tests.e2e.pages.browser import AXE, DESKTOP, FAILED_TO_LOAD, NARROWEST, PHONE, Browser
from tests.e2e.pages.conftest import Office, OpenedEngagement

CODE = re.compile("[a-z2-7]{4}(?:-[a-z2-7]{4}){3}")


@pytest.fixture
def opened(office: Office) -> OpenedEngagement:
    """Open an engagement with a role that passed its check, and a grant for a member."""
    opened = office.open_engagement()
    office.create_role(opened)
    office.lena("POST", f"/v1/engagements/{opened.id}/roles/readonly/verify")
    office.lena("POST", f"/v1/engagements/{opened.id}/grants", member="alice", roles=["readonly"])
    return opened


def refusal(alice: Api, opened: OpenedEngagement) -> str:
    """Return the reason for which alice gets no session; empty if she gets one."""
    try:
        alice("POST", f"/v1/engagements/{opened.id}/sessions", role="readonly")
    except HTTPError as error:
        return str(json.loads(error.read())["reason"])
    return ""


def go_to_confirmation(browser: Browser) -> str:
    """Follow the link of the button on the page, and return the code that the next page shows."""
    with browser.another_page():
        browser.element("#pause ~ p .button").click()
    (code,) = CODE.findall(browser.text_of("main"))
    return str(code)


def test_a_click_pauses_and_the_code_lifts_the_pause(
    office: Office, browser: Browser, opened: OpenedEngagement
) -> None:
    alice = office.running.api("alice")
    assert refusal(alice, opened) == ""
    browser.open(opened.url)
    code = go_to_confirmation(browser)
    examine(browser)
    assert refusal(alice, opened) == ""
    with browser.another_page():
        browser.element("form button").click()
    examine(browser)
    assert refusal(alice, opened) == "paused-by-client"
    assert browser.text_of(".secret-code") == code
    assert "2 sessions may still be active, the last until" in browser.text_of("main")

    with browser.another_page():
        browser.element("main .button").click()
    assert "Our access is paused since" in browser.text_of(".next-step")
    examine(browser)
    assert code not in browser.text
    browser.element("#lift-code").send_keys("aaaa-aaaa-aaaa-aaaa")
    with browser.another_page():
        browser.element(".code button").click()
    assert browser.text_of("h1") == "This code does not lift the pause"
    assert any(FAILED_TO_LOAD in complaint for complaint in browser.complaints())
    with browser.another_page():
        browser.element("main .button").click()
    browser.element("#lift-code").send_keys(code.upper().replace("-", " "))
    with browser.another_page():
        browser.element(".code button").click()
    assert browser.text_of("h1") == "The pause is lifted"
    examine(browser)
    assert refusal(alice, opened) == ""


def test_it_works_without_scripts(
    office: Office, browser: Browser, opened: OpenedEngagement
) -> None:
    browser.scripts(run=False)
    browser.open(opened.url)
    browser.element("#pause ~ p .button").click()
    browser.wait_for("return location.pathname.endsWith('/pause')")
    (code,) = CODE.findall(browser.text_of("main"))
    browser.element("form button").click()
    browser.wait_for("return document.querySelector('h1').textContent.endsWith('is paused')")
    browser.open(office.another_link(opened))
    browser.element("#lift-code").send_keys(code)
    browser.element(".code button").click()
    browser.wait_for("return document.querySelector('h1').textContent === 'The pause is lifted'")


def test_the_keyboard_alone_is_enough(browser: Browser, opened: OpenedEngagement) -> None:
    browser.open(opened.url)
    browser.tab_to("#pause ~ p .button")
    with browser.another_page():
        browser.press(Keys.ENTER)
    (code,) = CODE.findall(browser.text_of("main"))
    browser.tab_to("form button")
    with browser.another_page():
        browser.press(Keys.ENTER)
    browser.open(opened.url)
    browser.tab_to("#lift-code")
    browser.press(*code)
    with browser.another_page():
        browser.press(Keys.ENTER)
    assert browser.text_of("h1") == "The pause is lifted"


def examine(browser: Browser, buttons: str = "button, .button, .code input") -> None:
    """Check the present page at every width: its width, the size of what can be clicked, and what
    axe-core finds."""
    for width, dark in ((DESKTOP, False), (PHONE, True), (NARROWEST, False)):
        browser.shown_at(width=width, dark=dark)
        browser.unfold()
        assert not browser.is_wider_than_its_window()
        small = browser.run(
            "return [...document.querySelectorAll(arguments[0])]"
            ".map(e => [e.outerHTML, e.getBoundingClientRect()])"
            ".filter(([_, box]) => box.height < 24 || box.width < 24).map(([html]) => html)",
            buttons,
        )
        assert small == []
        if AXE.exists():
            assert browser.accessibility_findings() == []
    browser.shown_at(width=DESKTOP, dark=False)
