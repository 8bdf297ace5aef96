"""How the client's page looks: in any window, printed, and with names of any length."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.e2e.pages.browser import DESKTOP, NARROWEST, PHONE, Browser
from tests.e2e.pages.conftest import Office, Place

CLIENT_NAME = '<b>"Bobby" & Söhne</b>'
LONGEST_NAME = "Daypass+Reader=" + "m" * 49  # of 64 characters, as IAM allows


def test_the_focus_is_always_seen(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url)
    for selector in (".skip", "nav a", "summary", ".bar a", ".bar button", "pre", "form button"):
        browser.tab_to(selector)
        outline = "const s = getComputedStyle(document.activeElement);"
        assert browser.run(outline + "return s.outlineStyle") == "solid", selector
        assert browser.run(outline + "return parseFloat(s.outlineWidth)") >= 2


def test_of_a_long_text_the_beginning_is_shown_until_somebody_wants_it_all(
    office: Office, browser: Browser
) -> None:
    browser.open(office.opens().url, width=PHONE)
    browser.scripts(run=False)  # it needs none
    browser.unfold()
    for box in browser.all(".text"):
        text = box.find_element(By.TAG_NAME, "pre")
        hidden = "return arguments[0].scrollHeight - arguments[0].clientHeight"
        clipped = browser.run(hidden, text) > 0
        assert len(box.find_elements(By.CSS_SELECTOR, ".all")) == clipped
        if clipped:
            box.find_element(By.CSS_SELECTOR, ".all").click()
            assert browser.run(hidden, text) == 0


@pytest.mark.parametrize("width", [DESKTOP, PHONE, NARROWEST])
def test_download_and_copy_stand_side_by_side(office: Office, browser: Browser, width: int) -> None:
    browser.open(office.opens().url, width=width)
    browser.unfold()
    tops = browser.run(
        "return [...document.querySelectorAll('.actions')].filter(one => one.children.length > 1)"
        ".map(one => [...one.children].map(c => { const b = c.getBoundingClientRect();"
        " return (b.top + b.bottom) / 2; }))"
    )
    assert len(tops) == 4  # the files
    assert all(abs(download - copy) < 2 for download, copy in tops)


@pytest.fixture(scope="module")
def odd(office: Office) -> Place:
    """Everything that is long, in an engagement with names that look like code."""
    long_path = "partners/" + "p" * 80
    return office.opens(
        {
            "name": "r" * 32,
            "arn": f"arn:aws:iam::{{account}}:role/{long_path}/{LONGEST_NAME}",
            "permissions": "view-only-access",
        },
        {"name": "audit", "permissions": "security-audit"},
        client=CLIENT_NAME,
    )


@pytest.mark.parametrize("width", [DESKTOP, PHONE, NARROWEST])
def test_nothing_is_wider_than_the_window(
    office: Office, browser: Browser, odd: Place, width: int
) -> None:
    browser.open(office.another_link(odd), width=width)
    browser.unfold()
    assert not browser.is_wider_than_its_window()
    browser.check_now()
    browser.unfold()
    assert not browser.is_wider_than_its_window()
    wider = browser.run(
        "return [...document.querySelectorAll('main *')].filter(one => !one.closest('pre')"
        " && !one.closest('.unseen')"
        " && one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML)"
    )
    assert wider == []


def test_names_are_text_and_never_markup(office: Office, browser: Browser, odd: Place) -> None:
    browser.open(odd.url)
    assert CLIENT_NAME in browser.words(".lead")
    assert LONGEST_NAME in browser.words("main")
    bold = [one.get_property("textContent") for one in browser.all("b")]
    assert not [text for text in bold if "Bobby" in str(text)]


def test_it_prints_with_all_that_is_folded_and_no_buttons(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url, printed=True)
    assert [one.is_displayed() for one in browser.all("form, nav, .bar button")].count(True) == 0
    heights = browser.run(
        "return [...document.querySelectorAll('pre')].map(one => one.offsetHeight)"
    )
    assert min(heights) > 0
    assert not browser.is_wider_than_its_window()
