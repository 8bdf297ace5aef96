"""Let people in with the console, as a lead does: with the keyboard, and without scripts."""

import re

from tests.e2e.pages.browser import PHONE

MESSAGE = ".text"


def test_access_is_granted_without_scripts_on_a_phone(console):
    browser = console.browser
    browser.scripts(run=False)
    console.open("lena", "actions/grant-access?member=nils", width=PHONE)
    browser.element("[name=engagement]").send_keys("hooli")
    with browser.another_page():
        browser.element("main form button.main").click()
    assert "nils in hooli" in browser.text_of("h1")
    browser.element("[name=access] [value='audit:on-request']").click()
    with browser.another_page():
        browser.element("main form button.main").click()
    assert browser.url.endswith("/people/nils?done=grant-access")
    assert "Access is granted." in browser.text_of("main")
    access = " ".join(browser.text_of("#access").split())
    assert re.search(r"hooli/audit .* on request", access), access
