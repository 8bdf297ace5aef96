"""A client's approver gets an e-mail, and decides in a browser: at a desk, on a phone, by keys."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from local.outbox import Outbox
from local.sample_accounts import FIRM
from local.sample_data import Api
from tests.e2e.aging import age_approver
from tests.e2e.pages.browser import PHONE, Browser
from tests.e2e.pages.conftest import Office, OpenedEngagement
from tests.e2e.pages.test_pause import examine

LINK = re.compile(r"http://\S+/approve/[a-z2-7]{52}")
WAIT_SECONDS = 30
REASON = "The import failed: see <b>loader</b> & “retry”"


class Approval:
    """An engagement in which alice has access only when jo at the client has approved it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.opened: OpenedEngagement = office.open_engagement()
        self.alice: Api = office.running.api("alice")
        self.outbox = Outbox(office.running.aws, FIRM)
        self.url = f"/v1/engagements/{self.opened.id}"
        office.create_role(self.opened)
        office.lena("POST", f"{self.url}/roles/readonly/verify")
        roles = ["readonly"]
        grant = {"member": "alice", "roles": roles, "on_request": roles}
        office.lena("POST", f"{self.url}/grants", **grant)
        jo = {"id": "jo", "name": "Jo Doe", "email": f"jo@{self.opened.id}.example"}
        office.lena("POST", f"{self.url}/approvers", **jo)
        office.lena("PATCH", f"{self.url}/approval-policy", client=True)

    def request(self, **changes: object) -> str:
        """Have alice request access, and return the request's ID."""
        span: dict[str, object] = {} if "ends_at" in changes else {"duration": 7200}
        body = {"role": "readonly", "reason": REASON, **span, **changes}
        return str(self.alice("POST", f"{self.url}/requests", **body)["id"])

    def link(self, subject: str = "Please decide") -> str:
        """Wait for an e-mail to jo, and return its link."""
        ends_at = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends_at:
            for mail in reversed(self.outbox.read()):
                if mail.to == f"jo@{self.opened.id}.example" and mail.subject.startswith(subject):
                    (url,) = LINK.findall(mail.text)
                    return str(url)
            time.sleep(0.3)
        raise AssertionError("Jo got no such e-mail.")

    def reason_for_refusal(self) -> str:
        """Return the reason for which alice gets no session; empty if she gets one."""
        try:
            self.alice("POST", f"{self.url}/sessions", role="readonly")
        except HTTPError as error:
            return str(json.loads(error.read())["reason"])
        return ""


@pytest.fixture
def approval(office: Office) -> Approval:
    """Return an engagement whose approver, jo, was named more than a day ago."""
    approval = Approval(office)
    age_approver(office.running.aws.as_root(FIRM, "dynamodb"), approval.opened.id, "jo")
    # Links from before the stored time was changed open nothing.
    office.lena("POST", f"{approval.url}/approvers/jo/link")
    return approval


def press(browser: Browser, selector: str) -> None:
    with browser.another_page():
        browser.element(selector).click()


def in_hours(hours: int) -> str:
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:00:00Z")


def test_an_approver_shortens_and_approves_and_the_member_gets_in(
    browser: Browser, approval: Approval
) -> None:
    assert approval.reason_for_refusal() == "approval-required"
    request = approval.request()
    browser.open(approval.link(), width=PHONE)
    assert browser.text_of("h1") == "A request waits for you"
    assert browser.text_of(".request blockquote") == REASON
    assert "Alice Archer" in browser.text_of(".request h3")
    Select(browser.element(".approve select")).select_by_visible_text("Only 1 hour")
    press(browser, ".approve button")
    assert browser.text_of("h1") == "No request waits for you"
    assert browser.text_of(".request.past .mark") == "Approved"
    assert "Approved by Jo Doe" in browser.text_of(".request.past")
    assert approval.reason_for_refusal() == "access-not-started"
    view = approval.alice("POST", f"/v1/me/requests/{request}/start")
    assert (view["status"], view["duration"]) == ("approved", 3600)
    assert approval.reason_for_refusal() == ""
    browser.driver.refresh()
    assert "1 session" in browser.text_of(".request.past")


def test_a_denial_needs_words_and_reaches_the_member(browser: Browser, approval: Approval) -> None:
    request = approval.request()
    browser.open(approval.link())
    browser.element(".deny button").click()
    assert browser.text_of("h1") == "A request waits for you"  # the browser asks for the words
    browser.element(".deny input[name=words]").send_keys("Wait for the “audit” <b>")
    press(browser, ".deny button")
    assert "Denied by Jo Doe" in browser.text_of(".request.past")
    view = approval.alice("GET", f"/v1/requests/{request}")
    assert (view["status"], view["decision"]) == ("denied", "Wait for the “audit” <b>")


def test_it_works_without_scripts_and_by_keys_alone(browser: Browser, approval: Approval) -> None:
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
    browser: Browser, approval: Approval, office: Office
) -> None:
    browser.open(approval.link("Your page for access"))
    press(browser, ".rule form button")
    assert "None of us gets access without your company’s approval" in browser.text_of(".next-step")
    assert office.lena("GET", approval.url)["requires_client_approval"] is True
    for name in ("max", "eve"):
        person = {"id": name, "name": name.title(), "email": f"{name}@{approval.opened.id}.example"}
        office.lena("POST", f"{approval.url}/approvers", **person)
    browser.driver.refresh()
    assert "Does not count until someone" in browser.text_of(".people")
    press(browser, "button[aria-label='Confirm Max']")
    assert "confirmed by jo" in browser.text_of(".people")
    press(browser, "button[aria-label='Refuse Eve']")
    assert "Eve" not in browser.text_of(".people")
    browser.element(".rule summary").click()
    press(browser, ".rule details button")
    assert not browser.elements(".next-step")


def test_every_state_of_the_page_is_accessible_and_fits(
    browser: Browser, approval: Approval
) -> None:
    url = approval.link("Your page for access")
    browser.open(url)
    examine(browser)
    approval.request()
    approval.request(starts_at=in_hours(20), ends_at=in_hours(26))
    browser.open(url)
    assert browser.text_of("h1") == "2 requests wait for you"
    examine(browser)
    press(browser, ".approve button")
    browser.element(".deny input[name=words]").send_keys("no")
    press(browser, ".deny button")
    press(browser, ".rule form button")
    examine(browser)
