"""axe-core finds nothing on the client's page, in any state, light or dark, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.pages.browser import AXE, DESKTOP, FAILED_TO_LOAD, PHONE, Browser
from tests.e2e.pages.conftest import ROLE, Office, Place

pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not on this machine (.ci/run has it in build/axe)."
)


def a_new_one(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url)


def one_that_fails(office: Office, browser: Browser) -> None:
    browser.open(office.opens({"name": "readonly"}, {"name": "deploy"}).url)
    browser.check_now()


def one_that_passes(office: Office, browser: Browser) -> None:
    _created(office, browser)


def one_that_was_there_before(office: Office, browser: Browser) -> None:
    arn = f"arn:aws:iam::{{account}}:role/{ROLE}"
    place = office.opens({"name": "readonly", "arn": arn, "permissions": "as-they-are"})
    office.creates(place)
    browser.open(place.url)
    browser.check_now()
    assert browser.all(".next-step.done")


def one_of_several_roles(office: Office, browser: Browser) -> None:
    """One is safe, one fails, and one was there before and is not there."""
    arn = "arn:aws:iam::{account}:role/OpsAdmin"
    there = {"name": "ops", "arn": arn, "permissions": "as-they-are"}
    place = office.opens({"name": "audit"}, there, {"name": "readonly"})
    office.creates(place)
    browser.open(place.url)
    browser.check_now()
    assert browser.words("#result-title") == "Last result: 1 of 3 roles passed"


def one_that_is_rotated(office: Office, browser: Browser) -> None:
    place = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{place.id}/rotate", reason="once a year")
    browser.open(place.url)


def one_that_is_over(office: Office, browser: Browser) -> None:
    place = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{place.id}/close", reason="done")
    browser.open(office.another_link(place))
    browser.check_now()
    assert "still accepts us" in browser.words("#result-title")


def one_that_we_are_out_of(office: Office, browser: Browser) -> None:
    place = _created(office, browser)
    office.lena("POST", f"/v1/engagements/{place.id}/close", reason="done")
    browser.open(office.another_link(place))
    office.running.aws.as_root(place.account_id, "iam").delete_role(RoleName=ROLE)
    browser.check_now()
    assert browser.words("#result-title") == "Access removed The role refuses us"


def none(office: Office, browser: Browser) -> None:
    browser.open(f"{office.running.url}/setup/x")


def _created(office: Office, browser: Browser) -> Place:
    place = office.opens()
    office.creates(place)
    browser.open(place.url)
    browser.check_now()
    return place


STATES: list[Callable[[Office, Browser], None]] = [
    a_new_one,
    one_that_fails,
    one_that_passes,
    one_that_was_there_before,
    one_of_several_roles,
    one_that_is_rotated,
    one_that_is_over,
    one_that_we_are_out_of,
    none,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: str(state.__name__))
def test_nothing_stands_in_anybodys_way(
    office: Office, browser: Browser, state: Callable[[Office, Browser], None]
) -> None:
    state(office, browser)
    for width, dark in ((DESKTOP, False), (PHONE, True)):
        browser.shown_at(width=width, dark=dark)
        browser.unfold()
        assert browser.accessibility_findings() == []
    assert all(FAILED_TO_LOAD in complaint for complaint in browser.complaints())


def test_what_can_be_pressed_is_large_enough(office: Office, browser: Browser) -> None:
    """24 pixels in both directions (WCAG 2.2, 2.5.8)."""
    a_new_one(office, browser)
    browser.shown_at(width=PHONE, dark=False)
    browser.unfold()
    small = browser.run(
        "return [...document.querySelectorAll('a:not(.skip), button, summary, .all')]"
        ".map(one => [one.outerHTML, one.getBoundingClientRect()])"
        ".filter(([_, box]) => box.height < 24 || box.width < 24).map(([html]) => html)"
    )
    assert small == []
