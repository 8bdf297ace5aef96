"""An access link's page in a real Chromium, against the whole local stack."""

import json
import secrets
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.vending.access_links import LINK_LIFE
from chalicelib.entrypoints.vending.formats import AWS_VARIABLES
from local import sample_accounts
from tests.builders import a_binding, an_access_link
from tests.e2e.access import session_client
from tests.e2e.pages.browser import FAILED_TO_LOAD

Send = Callable[..., str]


@pytest.fixture
def sent(office):
    """Return a function that stores a link, as the command in Slack does, and returns its URL."""

    def send(**changes):
        now = datetime.now(UTC)
        binding = a_binding(
            hash=secrets.token_hex(32),
            created_at=now,
            expires_at=now + timedelta(days=90),
        )
        text, _ = IN_URL.new_secret(secrets.token_bytes)
        facts = {"token": binding.hash, "created_at": now, "expires_at": now + LINK_LIFE}
        link = an_access_link(text, **(facts | changes))
        dynamodb = office.running.aws.as_root(sample_accounts.FIRM, "dynamodb")
        for item in (binding, link):
            stored = build_row(item).get_save_kwargs_from_instance()["Item"]
            dynamodb.put_item(TableName="daypass-state", Item=stored)
        return f"{office.running.url}/access/{text}"

    return send


def text_in(browser, format):
    return str(browser.text_of(f"#{format} code"))


def test_the_credentials_work_and_the_copied_text_works_in_a_shell(office, browser, sent):
    browser.open(sent())
    title = browser.driver.title
    assert title == "acme-prod, readonly – Daypass"
    browser.click()
    assert browser.driver.title == title
    assert browser.text_of("h1") == "Your credentials for acme-prod"
    whole = json.loads(text_in(browser, "json"))
    sts = session_client(office.running.aws, whole, "sts")
    arn = sts.get_caller_identity()["Arn"]
    assert arn == whole["assumed_role_arn"]
    assert f"/{whole['session_name']}" in arn
    browser.element("#env button").click()
    browser.wait_for("return document.querySelector('[role=status]').textContent === 'Copied'")
    script = browser.copied()
    assert script == text_in(browser, "env")
    done = subprocess.run(
        ["bash", "-s"],
        input=f"{script}\nenv | grep ^AWS_ | cut -d= -f1 | sort",
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "another", "AWS_SECURITY_TOKEN": "another"},
    )
    assert done.stdout.split() == sorted(AWS_VARIABLES[:4])
    browser.driver.get("about:blank")
    with browser.another_page():
        browser.driver.back()
    assert "ASIA" not in browser.text  # it is in no history and no cache
    browser.complaints()


def test_a_second_click_in_another_tab_is_refused(browser, sent):
    link = sent()
    browser.open(link)
    browser.driver.switch_to.new_window("tab")
    try:
        browser.open(link)
        browser.click()
        assert browser.text_of("h1") == "Your credentials for acme-prod"
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(browser.driver.window_handles[0])
    browser.click()
    assert browser.text_of("h1") == "This link has been used"
    assert "tell your lead" in browser.text_of("main")
    browser.open(link)
    assert browser.text_of("h1") == "This link has been used"
    assert all(FAILED_TO_LOAD in complaint for complaint in browser.complaints())


def test_one_format_is_shown_at_a_time(browser, sent):
    browser.open(sent())
    browser.click()

    def visible():
        shown = [box for box in browser.elements(".format") if box.is_displayed()]
        return [str(box.get_attribute("id")) for box in shown]

    assert visible() == ["env"]
    browser.element("label[for=as-fish]").click()
    assert visible() == ["fish"]
    browser.press(Keys.ARROW_RIGHT)
    assert visible() == ["powershell"]
    browser.tab_to(".format pre")
    assert browser.run("return document.activeElement.closest('.format').id") == "powershell"
    browser.run("document.querySelector('style').remove()")
    assert all(box.is_displayed() for box in browser.elements(".format"))


def test_the_page_works_without_scripts(browser, sent):
    browser.scripts(run=False)
    browser.open(sent())
    assert browser.text_of(".time-left") == ""
    browser.element("form button").click()
    browser.wait_for("return !!document.querySelector('.format')")
    for label in browser.elements(".formats label"):
        label.click()
        (seen,) = [box for box in browser.elements(".format") if box.is_displayed()]
        assert "ASIA" in seen.text
    assert not browser.elements(".bar button")


def test_the_time_left_counts_down(browser, sent):
    browser.open(sent(expires_at=datetime.now(UTC) + timedelta(seconds=3)))
    assert browser.text_of(".time-left") in ("(0:03 left)", "(0:02 left)")
    browser.wait_for("return !!document.querySelector('.time-left.expired')")
    assert browser.text_of(".time-left") == "(expired: request another link in Slack)"


def test_every_state_is_accessible_and_fits(browser, sent):
    buttons = "a:not(.skip), button, label"
    browser.open(sent(reason="INC-7: the nightly import failed"))
    browser.examine(buttons)
    browser.click()
    for label in browser.elements(".formats label"):
        label.click()
        browser.examine(buttons)
    browser.open(browser.url)
    assert browser.text_of("h1") == "This link has been used"
    browser.examine(buttons)
    browser.complaints()
