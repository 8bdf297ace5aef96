"""What a client's admin does on their page, in a real Chromium against the whole local stack."""

from __future__ import annotations

import urllib.request

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from local.sample_accounts import Trust
from tests.e2e.pages.browser import Browser
from tests.e2e.pages.conftest import Office

CLIENT_NAME = '<b>"Bobby" & Söhne</b>'


def the_script(browser: Browser) -> str:
    """The text of the AWS CLI's form, from the page itself."""
    return str(
        browser.run(
            "const forms = [...document.querySelectorAll('summary')];"
            "const found = forms.find(one => one.textContent.trim() === 'AWS CLI');"
            "return found.parentElement.querySelector('code').textContent;"
        )
    )


def test_a_role_is_refused_before_it_is_there_and_safe_after_what_the_page_says(
    office: Office, browser: Browser
) -> None:
    place = office.opens()
    browser.open(place.url)
    assert "Not checked yet" in browser.words("#result")
    browser.check_now()
    assert browser.words("#result-title") == "Last result: Failed"
    assert "The role refuses Daypass with the right external ID." in browser.words("#result")

    office.as_admin(place, the_script(browser))
    browser.open(office.another_link(place))
    browser.check_now()

    assert browser.url.endswith("#result")
    assert browser.words("#result-title") == "Last result: Passed"
    assert "Grade A." in browser.words("#result")
    assert "No further action is needed" in browser.words(".next-step")
    assert [mark.text for mark in browser.all(".findings .mark")] == ["Passed"] * 9


def test_the_commands_of_a_finding_mend_it(office: Office, browser: Browser) -> None:
    place = office.opens()
    office.creates(place, Trust.WITHOUT_EXTERNAL_ID)
    browser.open(place.url)
    browser.check_now()
    assert "WITHOUT an external ID" in browser.words(".findings")

    office.as_admin(place, browser.words(".findings code"))
    browser.open(office.another_link(place))
    browser.check_now()

    assert browser.words("#result-title") == "Last result: Passed"


def test_the_keyboard_alone_is_enough(office: Office, browser: Browser) -> None:
    place = office.opens()
    browser.open(place.url)

    browser.press(Keys.TAB)
    assert browser.run("return document.activeElement.textContent") == "Skip to main content"
    assert browser.run("return document.activeElement.getBoundingClientRect().left >= 0")
    browser.press(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "main"

    for key, name in ((Keys.ENTER, "Terraform"), (Keys.SPACE, "AWS CLI")):
        while browser.tab_to("summary").text != name:
            pass
        browser.press(key)
        assert browser.run("return document.activeElement.parentElement.open")
    text = the_script(browser)

    browser.tab_to(".bar button")
    browser.press(Keys.SPACE)
    browser.wait_for("return document.querySelector('[role=status]').textContent === 'Copied'")
    assert browser.copied() == text

    browser.tab_to("pre")
    before = browser.run("return document.activeElement.scrollTop")
    browser.press(Keys.END)
    browser.wait_for("return document.activeElement.scrollTop > arguments[0]", before)

    office.creates(place)
    browser.tab_to("form button")
    with browser.another_page():
        browser.press(Keys.ENTER)
    # Where the focus is, a screen reader reads on: it says the title of the result.
    assert browser.run("return document.activeElement.id") == "result"
    titled = browser.run("return document.activeElement.getAttribute('aria-labelledby')")
    assert browser.words(f"#{titled}") == "Last result: Passed"


def test_every_button_copies_its_text_to_the_letter(office: Office, browser: Browser) -> None:
    basics = {"name": "readonly", "permissions": "read-basics"}
    browser.open(office.opens(basics, client=CLIENT_NAME).url)
    browser.unfold()
    boxes = browser.all(".text")
    # Permissions, three templates, two documents, review commands, three removal options.
    assert len(boxes) == 10
    for box in boxes:
        box.find_element(By.TAG_NAME, "button").click()
        browser.wait_for(
            "return arguments[0].querySelector('button').firstChild.data === 'Copied'", box
        )
        shown = box.find_element(By.TAG_NAME, "code").get_property("textContent")
        assert browser.copied() == shown
        for link in box.find_elements(By.TAG_NAME, "a"):
            with urllib.request.urlopen(str(link.get_property("href")), timeout=10) as file:
                assert file.read().decode() == shown


def test_without_scripts_nothing_is_missing(office: Office, browser: Browser) -> None:
    place = office.opens()
    browser.scripts(run=False)
    browser.open(place.url)
    assert not browser.all(".bar button")
    browser.all("summary")[2].click()
    assert browser.all("details[open]")

    browser.one("form button").click()
    browser.wait_for("return location.hash === '#result' && document.readyState === 'complete'")

    assert browser.words("#result-title") == "Last result: Failed"
    assert browser.run("return document.activeElement.id") == "result"


def test_a_check_is_pressed_once(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url)
    with browser.another_page():
        browser.run(
            "const button = document.querySelector('form button');"
            "button.click(); button.click(); button.click();"
        )
    assert browser.words("#result-title") == "Last result: Failed"


def test_what_the_page_did_not_bring_does_not_run(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url)
    browser.run(
        "const added = document.createElement('script');"
        "added.textContent = 'window.ran = true';"
        "document.body.append(added);"
        "const link = document.createElement('img');"
        "link.src = 'https://example.com/x.png';"
        "document.body.append(link);"
    )
    assert browser.run("return window.ran") is None
    complaints = browser.complaints()
    assert len(complaints) == 2
    assert all("Content Security Policy" in complaint for complaint in complaints)


def test_nothing_is_asked_of_anybody_else(office: Office, browser: Browser) -> None:
    browser.open(office.opens().url)
    assert browser.run("return performance.getEntriesByType('resource').map(e => e.name)") == []
