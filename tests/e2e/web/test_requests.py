"""Request, decide and use access in the console, with the keyboard and without scripts."""

from __future__ import annotations

from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.keys import Keys

from tests.e2e.pages.browser import PHONE
from tests.e2e.web.console import Console


def test_credentials_are_got_with_the_keyboard_and_not_again_by_a_reload(
    console: Console,
) -> None:
    browser = console.browser
    console.open("alice", "access")
    browser.tab_to("a[href*='actions/get-credentials']")
    with browser.another_page():
        browser.press(Keys.ENTER)
    browser.tab_to("[name=reason]").send_keys("OPS-7")
    with browser.another_page():
        browser.press(Keys.ENTER)
    assert "AWS_SECRET_ACCESS_KEY=" in browser.text_of("main")
    assert "AWS_SECRET_ACCESS_KEY" not in browser.url
    browser.tab_to(".text button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.querySelector('.text button').textContent.match(/Copied/)")
    assert "export AWS_SESSION_TOKEN=" in browser.copied()
    browser.driver.refresh()
    _send_again(console)
    browser.wait_for("return document.querySelector('main [role=alert]')")
    assert "This form was sent already" in browser.text_of("main")
    assert "AWS_SECRET_ACCESS_KEY=" not in browser.text_of("main")
    browser.complaints()  # the 409 of the second sending


def test_a_request_is_sent_and_denied_without_scripts_on_a_phone(console: Console) -> None:
    browser = console.browser
    browser.scripts(run=False)
    path = "actions/request-access?engagement=initech&role=developer"
    console.open("nils", path, width=PHONE)
    browser.element("[name=reason]").send_keys("Look at the failed deployment")
    with browser.another_page():
        browser.element("main form button.main").click()
    assert "Your request is sent." in browser.text_of("main")
    request = browser.url.partition("?")[0].rpartition("/")[2]
    console.open("lena", "requests", width=PHONE)
    with browser.another_page():
        browser.element(f"a[href*='deny-request?request={request}']").click()
    browser.element("[name=reason]").send_keys("Use the read-only role")
    with browser.another_page():
        browser.element("main form button[type=submit]").click()
    assert "Use the read-only role" in browser.text_of("main")
    console.open("nils", f"requests/{request}", width=PHONE)
    assert "lena denied this request" in browser.text_of("main")


def _send_again(console: Console) -> None:
    """Confirm that the browser may send the form again, if it asks."""
    try:
        console.browser.driver.switch_to.alert.accept()
    except NoAlertPresentException:
        return
