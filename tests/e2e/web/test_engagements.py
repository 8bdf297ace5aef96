"""Engagements in the console, as a lead works with them in a real browser."""

from __future__ import annotations

import re

from selenium.webdriver.common.keys import Keys

from tests.e2e.pages.browser import PHONE
from tests.e2e.web.console import Console


def test_an_engagement_is_opened_with_the_keyboard_and_its_link_is_copied_once(
    console: Console,
) -> None:
    browser = console.browser
    console.open("lena", "engagements")
    browser.tab_to("a[href*='actions/open-engagement']")
    with browser.another_page():
        browser.press(Keys.ENTER)
    for name, text in (("id", "newco"), ("client", "NewCo & Söhne"), ("account_id", "1" * 12)):
        browser.tab_to(f"[name={name}]").send_keys(text)
    with browser.another_page():
        browser.press(Keys.ENTER)
    browser.tab_to(".text button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.querySelector('.text button').textContent.match(/Copied/)")
    url = browser.copied()
    assert re.fullmatch(r"http://.*/setup/[a-z2-7]{52}", url)
    console.open("lena", "engagements/newco")
    assert "NewCo & Söhne" in browser.text_of("h1")
    assert "No role was checked yet." in browser.text_of("#main")
    console.open("lena", "engagements/newco/client")
    assert "Works" in browser.text_of("main")
    assert url.rpartition("/")[2] not in browser.driver.page_source


def test_a_role_is_checked_without_scripts_on_a_phone(console: Console) -> None:
    browser = console.browser
    browser.scripts(run=False)
    console.open("lena", "engagements/umbrella", width=PHONE)
    assert "No role has passed its last check." in browser.text_of("main")
    with browser.another_page():
        browser.element("a[href*='verify-role']").click()
    assert "Daypass tries to assume the role" in browser.text_of("main")
    with browser.another_page():
        browser.element("main form button.main").click()
    assert "The role did not pass the check." in browser.text_of("main")
    assert "aws iam update-assume-role-policy" in browser.text_of("main")
