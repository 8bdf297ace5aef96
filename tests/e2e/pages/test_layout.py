"""The layout of the client's page: in any window, printed, and with long names."""

from selenium.webdriver.common.by import By

from tests.e2e.pages.browser import DESKTOP, NARROWEST, PHONE

CLIENT_NAME = '<b>"Bobby" & Söhne</b>'
LONGEST_NAME = "Daypass+Reader=" + "m" * 49  # of 64 characters, as IAM allows


def test_the_focus_is_always_visible(office, browser):
    browser.open(office.open_engagement().url)
    for selector in (".skip", "nav a", "summary", ".bar a", ".bar button", "pre", "form button"):
        browser.tab_to(selector)
        outline = "const s = getComputedStyle(document.activeElement);"
        assert browser.run(outline + "return s.outlineStyle") == "solid", selector
        assert browser.run(outline + "return parseFloat(s.outlineWidth)") >= 2


def test_a_long_text_shows_its_first_lines_until_the_reader_opens_it(office, browser):
    browser.open(office.open_engagement().url, width=PHONE)
    browser.scripts(run=False)  # it needs no script
    browser.unfold()
    for box in browser.elements(".text"):
        text = box.find_element(By.TAG_NAME, "pre")
        hidden = "return arguments[0].scrollHeight - arguments[0].clientHeight"
        clipped = browser.run(hidden, text) > 0
        assert len(box.find_elements(By.CSS_SELECTOR, ".all")) == clipped
        if clipped:
            box.find_element(By.CSS_SELECTOR, ".all").click()
            assert browser.run(hidden, text) == 0


def test_nothing_is_wider_than_the_window_and_download_and_copy_are_side_by_side(office, browser):
    """With long names that look like code."""
    long_path = "partners/" + "p" * 80
    long_arn = f"arn:aws:iam::{{account}}:role/{long_path}/{LONGEST_NAME}"
    odd = office.open_engagement(
        {"name": "r" * 32, "arn": long_arn, "permissions": "view-only-access"},
        {"name": "audit", "permissions": "security-audit"},
        client=CLIENT_NAME,
    )
    browser.open(odd.url)
    examine_widths(browser)
    browser.click()
    examine_widths(browser)


def examine_widths(browser):
    for width in (DESKTOP, PHONE, NARROWEST):
        browser.shown_at(width=width, dark=False)
        browser.unfold()
        assert not browser.is_wider_than_its_window()
        wider = browser.run(
            "return [...document.querySelectorAll('main *')].filter(e => !e.closest('pre')"
            " && !e.closest('.unseen')"
            " && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)"
        )
        assert wider == []
        middles = browser.run(
            "return [...document.querySelectorAll('.actions')].filter(e => e.children.length > 1)"
            ".map(e => [...e.children].map(c => { const b = c.getBoundingClientRect();"
            " return (b.top + b.bottom) / 2; }))"
        )
        assert len(middles) >= 4  # the files
        assert all(abs(download - copy) < 2 for download, copy in middles)


def test_it_prints_folded_parts_and_no_buttons(office, browser):
    browser.open(office.open_engagement().url, printed=True)
    assert [element.is_displayed() for element in browser.elements("form, nav, .bar button")].count(
        True
    ) == 0
    heights = browser.run("return [...document.querySelectorAll('pre')].map(e => e.offsetHeight)")
    assert min(heights) > 0
    assert not browser.is_wider_than_its_window()
