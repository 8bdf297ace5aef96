"""The console's small script: it refreshes Now, and adds the reader's own time."""

from tests.e2e.pages.browser import FAILED_TO_LOAD
from tests.e2e.web.console import COOKIE, SECURE_ORIGIN

# The script refreshes when someone looks at the page again, and not only every 15 seconds.
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
NOTE = "return document.querySelector('.refreshed').textContent"


def test_now_shows_a_new_session_without_a_reload(console):
    console.open("lena", "now")
    console.browser.run("window.isOld = true")
    reason = "a look at the new alarm"
    assert reason not in console.browser.text_of("#now")
    alice = console.running.api("alice")
    alice("POST", "/v1/engagements/hooli/sessions", role="audit", reason=reason)
    console.browser.run(LOOK_AGAIN)
    console.browser.wait_for(
        "return document.querySelector('#now').textContent.includes(arguments[0])", reason
    )
    assert console.browser.run("return window.isOld")
    assert console.browser.run(NOTE).startswith("Refreshed at ")


def test_the_focus_stays_where_it_is(console):
    console.open("lena", "now")
    link = "return document.querySelector('#now .title a')"
    console.browser.run(f"({link.removeprefix('return ')}).focus()")
    address = console.browser.run("return document.activeElement.getAttribute('href')")
    console.browser.run(LOOK_AGAIN)
    console.browser.wait_for(f"{NOTE}.startsWith('Refreshed')")
    assert console.browser.run("return document.activeElement.getAttribute('href')") == address


def test_a_state_that_cannot_be_refreshed_is_not_shown_as_new(console):
    console.open("lena", "now")
    console.browser.driver.execute_cdp_cmd(
        "Network.setCookie",
        {"name": COOKIE, "value": "a" * 52, "url": SECURE_ORIGIN, "path": "/", "secure": True},
    )
    console.browser.run(LOOK_AGAIN)
    console.browser.wait_for(f"{NOTE}.startsWith('Could not refresh. This is the state of ')")
    assert console.browser.elements("#now.stale")
    assert all(FAILED_TO_LOAD in each for each in console.browser.complaints())


def test_times_are_in_utc_and_in_the_readers_zone(console):
    zone = "Emulation.setTimezoneOverride"
    console.browser.driver.execute_cdp_cmd(zone, {"timezoneId": "Asia/Kolkata"})
    try:
        console.open("lena", "engagements/acme-prod")
        shown = console.browser.text_of("td .local-time")
    finally:
        console.browser.driver.execute_cdp_cmd(zone, {"timezoneId": ""})
    assert shown.endswith("GMT+5:30")
    console.open("lena", "engagements/acme-prod")
    assert not console.browser.elements(".local-time")
