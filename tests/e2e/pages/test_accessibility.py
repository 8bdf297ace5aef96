"""axe-core finds nothing on the client's page, in any state, light or dark, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.pages.browser import AXE, DESKTOP, FAILED_TO_LOAD, PHONE, Browser
from tests.e2e.pages.conftest import ROLE, Office, OpenedEngagement

pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not on this machine (.ci/run has it in build/axe)."
)


def new(office: Office, browser: Browser) -> None:
    browser.open(office.open_engagement().url)


def failed_check(office: Office, browser: Browser) -> None:
    browser.open(office.open_engagement({"name": "readonly"}, {"name": "deploy"}).url)
    browser.check_now()


def existing_role(office: Office, browser: Browser) -> None:
    arn = f"arn:aws:iam::{{account}}:role/{ROLE}"
    engagement = office.open_engagement(
        {"name": "readonly", "arn": arn, "permissions": "as-they-are"}
    )
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.check_now()
    assert browser.elements(".next-step.done")


def several_roles(office: Office, browser: Browser) -> None:
    """One role is safe, one fails, and one should exist but does not."""
    arn = "arn:aws:iam::{account}:role/OpsAdmin"
    there = {"name": "ops", "arn": arn, "permissions": "as-they-are"}
    engagement = office.open_engagement({"name": "audit"}, there, {"name": "readonly"})
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.check_now()
    assert browser.text_of("#result-title") == "Last result: 1 of 3 roles passed"


def rotation(office: Office, browser: Browser) -> None:
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/rotate", reason="once a year")
    browser.open(engagement.url)


def ended(office: Office, browser: Browser) -> None:
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/close", reason="done")
    browser.open(office.another_link(engagement))
    browser.check_now()
    assert "still accepts us" in browser.text_of("#result-title")


def access_removed(office: Office, browser: Browser) -> None:
    engagement = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{engagement.id}/close", reason="done")
    browser.open(office.another_link(engagement))
    office.running.aws.as_root(engagement.account_id, "iam").delete_role(RoleName=ROLE)
    browser.check_now()
    assert browser.text_of("#result-title") == "Access removed The role refuses us"


def invalid_link(office: Office, browser: Browser) -> None:
    browser.open(f"{office.running.url}/setup/x")


def _created(office: Office, browser: Browser) -> OpenedEngagement:
    engagement = office.open_engagement()
    office.create_role(engagement)
    browser.open(engagement.url)
    browser.check_now()
    return engagement


STATES: list[Callable[[Office, Browser], None]] = [
    new,
    failed_check,
    existing_role,
    several_roles,
    rotation,
    ended,
    access_removed,
    invalid_link,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: str(state.__name__))
def test_axe_finds_nothing(
    office: Office, browser: Browser, state: Callable[[Office, Browser], None]
) -> None:
    state(office, browser)
    for width, dark in ((DESKTOP, False), (PHONE, True)):
        browser.shown_at(width=width, dark=dark)
        browser.unfold()
        assert browser.accessibility_findings() == []
    assert all(FAILED_TO_LOAD in complaint for complaint in browser.complaints())


def test_links_and_buttons_are_large_enough(office: Office, browser: Browser) -> None:
    """24 pixels in both directions (WCAG 2.2, 2.5.8)."""
    new(office, browser)
    browser.shown_at(width=PHONE, dark=False)
    browser.unfold()
    small = browser.run(
        "return [...document.querySelectorAll('a:not(.skip), button, summary, .all')]"
        ".map(e => [e.outerHTML, e.getBoundingClientRect()])"
        ".filter(([_, box]) => box.height < 24 || box.width < 24).map(([html]) => html)"
    )
    assert small == []
