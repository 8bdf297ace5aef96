"""Let people in with the console, as a lead does: with the keyboard, and without scripts."""

from __future__ import annotations

import re

from selenium.webdriver.common.keys import Keys

from tests.e2e.pages.browser import PHONE
from tests.e2e.web.console import Console

MESSAGE = ".text"


def test_someone_is_invited_with_the_keyboard_and_the_message_is_copied(console: Console) -> None:
    browser = console.browser
    console.open("lena", "people")
    browser.tab_to("a[href*='actions/invite-member']")
    with browser.another_page():
        browser.press(Keys.ENTER)
    browser.tab_to("[name=id]").send_keys("zoe")
    browser.tab_to("[name=name]").send_keys("Zoe Zahn")
    with browser.another_page():
        browser.press(Keys.ENTER)
    (code,) = set(re.findall(r"daypass_enrol_zoe_[0-9A-Za-z]+", browser.text_of("main")))
    browser.tab_to(f"{MESSAGE} button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.querySelector('.text button').textContent.match(/Copied/)")
    message = browser.copied()
    assert f"daypass login {console.running.url}\n" in message
    assert message.endswith(f"Paste this code when it asks: {code}")
    browser.driver.back()
    assert code not in browser.text_of("main")
    console.open("lena", "people/zoe")
    assert "open" in browser.text_of("#code dd")
    assert code not in browser.text_of("main")


def test_access_is_granted_without_scripts_on_a_phone(console: Console) -> None:
    browser = console.browser
    browser.scripts(run=False)
    console.open("lena", "actions/grant-access?member=nils", width=PHONE)
    browser.element("[name=engagement]").send_keys("hooli")
    with browser.another_page():
        browser.element("main form button.main").click()
    assert "Nils Norberg" in browser.text_of("h1")
    browser.element("[name=on_request][value=audit]").click()
    with browser.another_page():
        browser.element("main form button.main").click()
    assert browser.url.endswith("/people/nils?done=grant-access")
    assert "Access is granted." in browser.text_of("main")
    access = " ".join(browser.text_of("#access").split())
    assert re.search(r"hooli/audit .* on request", access), access
    console.open("lena", "actions/grant-access?member=nils&engagement=hooli")
    assert "They have a grant here already." in browser.text_of("main")
