"""The client's page in a real Chromium, against the whole local stack."""

import urllib.request

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from local.sample_accounts import Trust

CLIENT_NAME = '<b>"Bobby" & Söhne</b>'


def the_script(browser):
    """Return the AWS CLI script from the page."""
    return str(
        browser.run(
            "const summaries = [...document.querySelectorAll('summary')];"
            "const cli = summaries.find(e => e.textContent.trim() === 'AWS CLI');"
            "return cli.parentElement.querySelector('code').textContent;"
        )
    )


def test_a_check_fails_before_the_role_exists_and_passes_after_the_script(office, browser):
    engagement = office.open_engagement()
    browser.open(engagement.url)
    assert "Not checked yet" in browser.text_of("#result")
    browser.click()
    assert browser.text_of("#result-title") == "Last result: Failed"
    assert "Daypass cannot assume the role with the correct external ID." in browser.text_of(
        "#result"
    )

    office.run_as_administrator(engagement, the_script(browser))
    browser.open(office.another_link(engagement))
    browser.click()

    assert browser.url.endswith("#result")
    assert browser.text_of("#result-title") == "Last result: Passed"
    assert "Grade A." in browser.text_of("#result")
    assert "No further action is needed" in browser.text_of(".next-step")
    assert [mark.text for mark in browser.elements(".findings .mark")] == ["Passed"] * 10


def test_the_commands_of_a_finding_fix_it(office, browser):
    engagement = office.open_engagement()
    office.create_role(engagement, Trust.WITHOUT_EXTERNAL_ID)
    browser.open(engagement.url)
    browser.click()
    assert "WITHOUT an external ID" in browser.text_of(".findings")

    office.run_as_administrator(engagement, browser.text_of(".findings code"))
    browser.open(office.another_link(engagement))
    browser.click()

    assert browser.text_of("#result-title") == "Last result: Passed"


def test_the_keyboard_alone_is_enough(office, browser):
    engagement = office.open_engagement()
    browser.open(engagement.url)

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

    office.create_role(engagement)
    browser.tab_to("form button")
    with browser.another_page():
        browser.press(Keys.ENTER)
    # A screen reader continues at the focus, and reads the title of the result.
    assert browser.run("return document.activeElement.id") == "result"
    titled = browser.run("return document.activeElement.getAttribute('aria-labelledby')")
    assert browser.text_of(f"#{titled}") == "Last result: Passed"


def test_every_button_copies_its_exact_text(office, browser):
    basics = {"name": "readonly", "permissions": "read-basics"}
    browser.open(office.open_engagement(basics, client=CLIENT_NAME).url)
    browser.unfold()
    boxes = browser.elements(".text")
    # Permissions, three templates, two documents, review commands, three removal options, the head.
    assert len(boxes) == 12
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


def test_the_page_works_without_scripts(office, browser):
    engagement = office.open_engagement()
    browser.scripts(run=False)
    browser.open(engagement.url)
    assert not browser.elements(".bar button")
    browser.elements("summary")[2].click()
    assert browser.elements("details[open]")

    browser.element("form button").click()
    browser.wait_for("return location.hash === '#result' && document.readyState === 'complete'")

    assert browser.text_of("#result-title") == "Last result: Failed"
    assert browser.run("return document.activeElement.id") == "result"


def test_the_page_loads_nothing_else_and_three_clicks_start_one_check(office, browser):
    browser.open(office.open_engagement().url)
    assert browser.run("return performance.getEntriesByType('resource').map(e => e.name)") == []
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
    with browser.another_page():
        browser.run(
            "const button = document.querySelector('form button');"
            "button.click(); button.click(); button.click();"
        )
    assert browser.text_of("#result-title") == "Last result: Failed"
