"""A client's approver gets an e-mail, and decides in a browser: at a desk, on a phone, by keys."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from local.outbox import Outbox
from local.sample_accounts import FIRM
from tests.e2e.access import age_right
from tests.e2e.pages.browser import PHONE

LINK = re.compile(r"http://\S+/approve/[a-z2-7]{52}")
WAIT_SECONDS = 30
REASON = "The import failed: see <b>loader</b> & “retry”"


class Approval:
    """An engagement in which alice has access only when jo at the client has approved it."""

    def __init__(self, office):
        self.office = office
        self.opened = office.open_engagement()
        self.alice = office.running.api("alice")
        self.outbox = Outbox(office.running.aws, FIRM)
        self.url = f"/v1/engagements/{self.opened.id}"
        office.create_role(self.opened)
        office.admit_alice(self.opened, on_request=["readonly"])
        jo = {"id": "jo", "name": "Jo Doe", "email": f"jo@{self.opened.id}.example"}
        office.lena("POST", f"{self.url}/approvers", **jo)
        office.lena("PATCH", f"{self.url}/approval-policy", client=True)

    def request(self, **changes):
        """Have alice request access, and return the request's ID."""
        span = {} if "ends_at" in changes else {"duration": 7200}
        body = {"role": "readonly", "reason": REASON, **span, **changes}
        return str(self.alice("POST", f"{self.url}/requests", **body)["id"])

    def link(self, subject="Please decide"):
        """Wait for an e-mail to jo, and return its link."""
        ends_at = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends_at:
            for mail in reversed(self.outbox.read()):
                if mail.to == f"jo@{self.opened.id}.example" and mail.subject.startswith(subject):
                    (url,) = LINK.findall(mail.text)
                    return str(url)
            time.sleep(0.3)
        raise AssertionError("Jo got no such e-mail.")


@pytest.fixture
def approval(office):
    """Return an engagement whose approver, jo, was named more than a day ago."""
    approval = Approval(office)
    key = ("CLIENTAPPROVER", approval.opened.id, "jo")
    age_right(office.running.aws, *key, "body.named_at")
    # Links from before the stored time was changed open nothing.
    office.lena("POST", f"{approval.url}/approvers/jo/link")
    return approval


def in_hours(hours):
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:00:00Z")


def test_an_approver_shortens_and_approves_and_the_member_gets_in(office, browser, approval):
    assert office.refusal(approval.opened) == "approval-required"
    request = approval.request()
    browser.open(approval.link(), width=PHONE)
    assert browser.text_of("h1") == "A request is waiting for you"
    assert browser.text_of(".request blockquote") == REASON
    assert "Alice Archer" in browser.text_of(".request h3")
    Select(browser.element(".approve select")).select_by_visible_text("Only 1 hour")
    browser.click(".approve button")
    assert browser.text_of("h1") == "No requests are waiting for you"
    assert browser.text_of(".request.past .mark") == "Approved"
    assert "Approved by Jo Doe" in browser.text_of(".request.past")
    assert office.refusal(approval.opened) == "access-not-started"
    view = approval.alice("POST", f"/v1/me/requests/{request}/start")
    assert (view["status"], view["duration"]) == ("approved", 3600)
    assert office.refusal(approval.opened) == ""
    browser.driver.refresh()
    assert "1 session" in browser.text_of(".request.past")


def test_a_denial_needs_words_and_reaches_the_member(browser, approval):
    request = approval.request()
    browser.open(approval.link())
    browser.element(".deny button").click()
    assert browser.text_of("h1") == "A request is waiting for you"  # the browser asks for the words
    browser.element(".deny input[name=words]").send_keys("Wait for the “audit” <b>")
    browser.click(".deny button")
    assert "Denied by Jo Doe" in browser.text_of(".request.past")
    view = approval.alice("GET", f"/v1/requests/{request}")
    assert (view["status"], view["decision"]) == ("denied", "Wait for the “audit” <b>")


def test_it_works_without_scripts_and_by_keys_alone(browser, approval):
    starts_at = in_hours(20)
    approval.request(starts_at=starts_at, ends_at=in_hours(26))
    url = approval.link()
    browser.scripts(run=False)
    browser.open(url)
    browser.tab_to(".approve select")
    browser.press(Keys.ARROW_DOWN)
    browser.tab_to(".approve button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.querySelector('h1').textContent.startsWith('No request')")
    (ends_at,) = re.findall(r"until .*?, (\d\d):00 UTC", browser.text_of(".request.past .aside"))
    assert int(ends_at) == (int(starts_at[11:13]) + 4) % 24


def test_under_the_clients_rule_an_approver_confirms_and_refuses_others_until_it_is_lifted(
    browser, approval, office
):
    browser.open(approval.link("Your page for access"))
    browser.click(".rule form button")
    assert "All of our access needs your company’s approval" in browser.text_of(".next-step")
    assert office.lena("GET", approval.url)["requires_client_approval"] is True
    for name in ("max", "eve"):
        person = {"id": name, "name": name.title(), "email": f"{name}@{approval.opened.id}.example"}
        office.lena("POST", f"{approval.url}/approvers", **person)
    browser.driver.refresh()
    assert "Cannot approve requests until another approver" in browser.text_of(".people")
    browser.click("button[aria-label='Confirm Max']")
    assert "confirmed by jo" in browser.text_of(".people")
    browser.click("button[aria-label='Refuse Eve']")
    assert "Eve" not in browser.text_of(".people")
    browser.element(".rule summary").click()
    browser.click(".rule details button")
    assert not browser.elements(".next-step")


def test_every_state_of_the_page_is_accessible_and_fits(browser, approval):
    url = approval.link("Your page for access")
    browser.open(url)
    browser.examine()
    approval.request()
    approval.request(starts_at=in_hours(20), ends_at=in_hours(26))
    browser.open(url)
    assert browser.text_of("h1") == "2 requests are waiting for you"
    browser.examine()
    browser.click(".approve button")
    browser.element(".deny input[name=words]").send_keys("no")
    browser.click(".deny button")
    browser.click(".rule form button")
    browser.examine()
