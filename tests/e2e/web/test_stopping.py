"""A stop in a real browser: its effect first, then a result that goes on by itself."""

import pytest

RESULT = "stops/revoke-member?member=alice"
"""The page of everything that alice has, also if she is not suspended."""
SEEN = "return document.querySelector('#stop').textContent.includes('seen at')"


@pytest.fixture
def session(console):
    """Return the query that names a new session of alice at acme-prod, whose client has a brake."""
    vended = console.running.api("alice")(
        "POST", "/v1/engagements/acme-prod/sessions", role="readonly"
    )
    member, _, session = str(vended["session_name"]).partition(".")
    return f"member={member}&session={session}"


def revoke(console, session):
    """Open the effect, write the reason, and press the button."""
    console.open("lena", f"actions/revoke-session?{session}")
    console.browser.element("#field-reason").send_keys("lost laptop")
    with console.browser.another_page():
        console.browser.element("main form button").click()


def test_a_session_is_cut_off_while_the_lead_looks_on(console, session):
    browser = console.browser
    console.open("lena", f"actions/revoke-session?{session}")
    effect = browser.text_of("main")
    assert "1 session may still be active" in effect
    assert "acme-prod (brake): Daypass denies these sessions all actions in the client" in effect
    revoke(console, session)
    assert "1 session may still be active" in browser.text_of("main")
    console.open("lena", RESULT)
    browser.run("window.isTheSamePage = true")
    browser.wait_for(SEEN)
    assert browser.run("return window.isTheSamePage")


def test_without_scripts_a_link_shows_the_present_state(console, session):
    browser = console.browser
    revoke(console, session)
    console.open("lena", RESULT)
    browser.wait_for(SEEN)
    browser.scripts(run=False)
    try:
        console.open("lena", RESULT)
        browser.element("main .head .button").click()
        assert "seen at" in browser.text_of("#stop")
    finally:
        browser.scripts(run=True)
    console.check_page("lena", RESULT)
