"""Request, decide and use access in the console, with the keyboard and without scripts."""

from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.keys import Keys


def test_credentials_are_got_with_the_keyboard_and_not_again_by_a_reload(
    console,
):
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
    assert "You have already sent this form" in browser.text_of("main")
    assert "AWS_SECRET_ACCESS_KEY=" not in browser.text_of("main")
    browser.complaints()  # the 409 of the second sending


def _send_again(console):
    """Confirm that the browser may send the form again, if it asks."""
    try:
        console.browser.driver.switch_to.alert.accept()
    except NoAlertPresentException:
        return
