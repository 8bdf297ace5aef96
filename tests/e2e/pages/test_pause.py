"""The client pauses the firm's access in a browser, and lifts the pause with the code."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e.pages.browser import FAILED_TO_LOAD

CODE = re.compile("[a-z2-7]{4}(?:-[a-z2-7]{4}){3}")


@pytest.fixture
def opened(office):
    """Open an engagement with a role that passed its check, and a grant for a member."""
    opened = office.open_engagement()
    office.create_role(opened)
    office.admit_alice(opened)
    return opened


def go_to_confirmation(browser):
    """Follow the link of the button on the page, and return the code that the next page shows."""
    browser.click("#pause ~ p .button")
    (code,) = CODE.findall(browser.text_of("main"))
    return str(code)


def test_a_click_pauses_and_the_code_lifts_the_pause(office, browser, opened):
    assert office.refusal(opened) == ""
    browser.open(opened.url)
    code = go_to_confirmation(browser)
    browser.examine()
    assert office.refusal(opened) == ""
    browser.click()
    browser.examine()
    assert office.refusal(opened) == "paused-by-client"
    assert browser.text_of(".secret-code") == code
    assert "2 sessions may still be active until" in browser.text_of("main")

    browser.click("main .button")
    assert "Our access has been paused since" in browser.text_of(".next-step")
    browser.examine()
    assert code not in browser.text
    browser.element("#lift-code").send_keys("aaaa-aaaa-aaaa-aaaa")
    browser.click(".code button")
    assert browser.text_of("h1") == "This code does not lift the pause"
    assert any(FAILED_TO_LOAD in complaint for complaint in browser.complaints())
    browser.click("main .button")
    browser.element("#lift-code").send_keys(code.upper().replace("-", " "))
    browser.click(".code button")
    assert browser.text_of("h1") == "The pause is lifted"
    browser.examine()
    assert office.refusal(opened) == ""


def test_it_works_without_scripts(office, browser, opened):
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


def test_the_keyboard_alone_is_enough(browser, opened):
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
