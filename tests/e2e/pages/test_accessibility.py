"""The client's page is accessible in any state, light or dark, wide or narrow."""

import pytest

from tests.e2e.pages.browser import FAILED_TO_LOAD
from tests.e2e.pages.conftest import ROLE


def new(office, browser):
    browser.open(office.open_engagement().url)


def failed_check(office, browser):
    browser.open(office.open_engagement({"name": "readonly"}, {"name": "deploy"}).url)
    browser.click()


def existing_role(office, browser):
    arn = f"arn:aws:iam::{{account}}:role/{ROLE}"
    engagement = office.open_engagement(
        {"name": "readonly", "arn": arn, "permissions": "as-they-are"}
    )
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.click()
    assert browser.elements(".next-step.done")


def several_roles(office, browser):
    """One role is safe, one fails, and one should exist but does not."""
    arn = "arn:aws:iam::{account}:role/OpsAdmin"
    there = {"name": "ops", "arn": arn, "permissions": "as-they-are"}
    engagement = office.open_engagement({"name": "audit"}, there, {"name": "readonly"})
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.click()
    assert browser.text_of("#result-title") == "Last result: 1 of 3 roles passed"


def rotation(office, browser):
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/rotate", reason="once a year")
    browser.open(engagement.url)


def ended(office, browser):
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/close", reason="done")
    browser.open(office.another_link(engagement))
    browser.click()
    assert "We can still assume the role" in browser.text_of("#result-title")


def access_removed(office, browser):
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/close", reason="done")
    browser.open(office.another_link(engagement))
    office.running.aws.as_root(engagement.account_id, "iam").delete_role(RoleName=ROLE)
    browser.click()
    assert browser.text_of("#result-title") == "Access removed We can no longer assume the role"


def report(office, browser):
    """Two sessions, one with a long reason, from the link on the page. They print on A4."""
    engagement = _created(office, browser)
    office.admit_alice(engagement)
    for reason in ("ticket 7", "restore the orders table, " * 4 + "ticket 8"):
        office.running.api("alice")(
            "POST", f"/v1/engagements/{engagement.id}/sessions", role="readonly", reason=reason
        )
    browser.open(engagement.url)
    browser.click("#sessions + p a")
    assert "ticket 7" in browser.text_of(".sessions")
    assert browser.printed_sizes() == {(842, 595)}


def invalid_link(office, browser):
    browser.open(f"{office.running.url}/setup/x")


def _created(office, browser):
    engagement = office.open_engagement()
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.click()
    return engagement


STATES = [
    new,
    failed_check,
    existing_role,
    several_roles,
    rotation,
    ended,
    access_removed,
    report,
    invalid_link,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: str(state.__name__))
def test_every_state_is_accessible_and_fits(office, browser, state):
    state(office, browser)
    browser.examine("a:not(.skip), button, summary, .all")
    assert all(FAILED_TO_LOAD in complaint for complaint in browser.complaints())
