"""In a real Chromium: how live sessions can be ended, the notice while one has to end, and the page
of a client whose role Daypass shut."""

import time

import pytest
from botocore.exceptions import ClientError
from selenium.webdriver.common.keys import Keys

from chalicelib.domain.policies.brake import CutOffNames
from local.sample_cut_offs import create_cut_off
from tests.e2e.access import session_client
from tests.e2e.pages.conftest import ROLE

LONGEST_WAIT = 90
"""Seconds. The job that writes cut-offs runs once a minute."""
MARKS = "[aria-labelledby=cut-off] td .mark"


def names_of(opened):
    return CutOffNames(f"arn:aws:iam::{opened.account_id}:role/{ROLE}")


def open_with_cut_off(office, method):
    """Open an engagement whose client created the role, and what this method needs to end its
    sessions."""
    opened = office.open_engagement(cut_off=method)
    office.create_role(opened)
    external_id = office.lena("GET", f"/v1/engagements/{opened.id}")["cut_off_external_id"]
    arn = names_of(opened).role_arn
    create_cut_off(office.running.aws, arn, method, external_id=external_id)
    return opened


def vend(office, opened):
    """Return a session of alice's, which works."""
    office.admit_alice(opened)
    alice = office.running.api("alice")
    session = alice("POST", f"/v1/engagements/{opened.id}/sessions", role="readonly")
    identity_of(office, session)
    return session


def with_revoked_grant(office, **fields):
    """Return an engagement with a live session of alice, whose grant is revoked."""
    opened = office.open_engagement(**fields)
    office.create_role(opened)
    session = vend(office, opened)
    office.lena("POST", f"/v1/engagements/{opened.id}/grants/alice/revoke", reason="lost laptop")
    return opened, session


def identity_of(office, session):
    """Call AWS STS with the session's credentials."""
    sts = session_client(office.running.aws, session, "sts")
    return sts.get_access_key_info(AccessKeyId=session["credentials"]["AccessKeyId"])


def reload_until(browser, url, text, *, is_shown=True):
    """Reload the page until it has this text, or has it no more."""
    ends_at = time.monotonic() + LONGEST_WAIT
    browser.open(url)
    while (text in browser.text) is not is_shown:
        assert time.monotonic() < ends_at, browser.text
        time.sleep(1)
        browser.open(url)


def test_a_check_shows_who_can_assume_the_cut_off_role(office, browser):
    opened = open_with_cut_off(office, "brake")
    browser.open(opened.url)
    browser.click()
    section = browser.text_of("[aria-labelledby=cut-off]")
    assert "We can end sessions of daypass-readonly early with its brake" in section
    assert "Not seen yet" in section
    assert [mark.text for mark in browser.elements(MARKS)] == ["Passed"] * 5 + ["No result"]

    with_revoked_grant(office)  # it starts the job that writes cut-offs, which makes the drill, too
    reload_until(browser, opened.url, "AWS denied our test session because of the brake")
    browser.unfold()
    assert [mark.text for mark in browser.elements(MARKS)] == ["Passed"] * 6
    assert not browser.elements(".requested")

    iam = office.running.aws.as_root(opened.account_id, "iam")
    name = names_of(opened).cut_off_role_name
    iam.delete_role_policy(RoleName=name, PolicyName="daypass-cut-off")
    iam.delete_role(RoleName=name)
    browser.open(office.another_link(opened))
    browser.click()
    assert browser.text_of("#result-title") == "Last result: Passed"
    assert "Please fix the setup that ends sessions" in browser.text_of("main")
    browser.tab_to("a[href^='#cut-off-of-']")
    browser.press(Keys.ENTER)
    assert browser.url.endswith("#cut-off-of-readonly")


def test_the_commands_in_the_notice_end_a_live_session(office, browser):
    opened, session = with_revoked_grant(office)
    browser.open(opened.url)
    assert "Please end sessions of daypass-readonly" in browser.text_of(".requested h2")
    assert "alice" in browser.text_of(".requested")
    assert browser.run("return document.querySelector('h1 + *').matches('.requested')")

    commands = copy_by_key(browser, ".requested")
    assert commands == browser.text_of(".requested pre")
    office.run_as_administrator(opened, commands)
    with pytest.raises(ClientError, match="explicit deny"):
        identity_of(office, session)
    reload_until(browser, opened.url, "Please end sessions", is_shown=False)
    assert not browser.elements(".requested")


@pytest.mark.parametrize("fields", [{}, {"cut_off": "brake"}, {"cut_off": "deny-all"}])
def test_the_notice_fits_and_axe_finds_nothing_in_any_way_of_ending_sessions(
    office, browser, fields
):
    opened, _ = with_revoked_grant(office, **fields)
    browser.open(opened.url)
    browser.click()
    assert browser.elements(".requested")
    browser.examine(".requested a, .requested button, .requested summary")


def copy_by_key(browser, notice):
    """Copy the notice's commands without a mouse, and return them."""
    browser.tab_to(f"{notice} .bar button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.activeElement.textContent.startsWith('Copied')")
    return browser.copied()


WE_SHUT = "We shut daypass-readonly"
SHUT = ".requested[aria-labelledby=shut-readonly]"


def test_the_page_says_what_daypass_did_and_its_command_undoes_it(office, browser):
    """A lead revoked the engagement, and has reopened it."""
    opened = open_with_cut_off(office, "deny-all")
    session, path = vend(office, opened), f"/v1/engagements/{opened.id}"
    office.lena("POST", f"{path}/revoke", reason="lost laptop")
    office.lena("POST", f"{path}/reopen", reason="found again")
    reload_until(browser, opened.url, WE_SHUT)
    reload_until(browser, opened.url, "We are ending sessions", is_shown=False)
    assert "because one of our leads requested it" in browser.text_of(SHUT)
    with pytest.raises(ClientError, match="explicit deny"):
        identity_of(office, session)

    browser.examine()
    office.run_as_administrator(opened, copy_by_key(browser, SHUT))
    iam = office.running.aws.as_root(opened.account_id, "iam")
    assert iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"] == []
    # The page warns of this: the session has not expired.
    assert "sessions that it ended can become active again" in browser.text_of(SHUT)
    identity_of(office, session)

    # A check does not look before the sessions expire, so the page claims nothing of one.
    browser.click()
    assert "only when we run a check after" in browser.text_of(SHUT)
    assert "AWS still denied" not in browser.text_of(SHUT)
