"""In a real Chromium: the page of a client whose role Daypass shut, and the command there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from selenium.webdriver.common.keys import Keys

from chalicelib.domain.policies.documents import document
from local.sample_cut_offs import create_cut_off
from tests.e2e.pages.browser import Browser
from tests.e2e.pages.conftest import ROLE, Office, OpenedEngagement
from tests.e2e.pages.test_ending_sessions import identity_of, names_of, reload_until
from tests.e2e.pages.test_pause import examine
from tests.local.scene import ALLOW_ALL

WE_SHUT = "We shut daypass-readonly"
SHUT = ".requested[aria-labelledby=shut-readonly]"


@pytest.fixture
def shut(office: Office) -> tuple[OpenedEngagement, Any]:
    """Return an engagement whose role Daypass shut, with a session of alice's that it ended. A
    lead revoked the engagement and has reopened it."""
    opened = office.open_engagement(cut_off="deny-all")
    office.create_role(opened)
    base, aws = f"/v1/engagements/{opened.id}", office.running.aws
    permissions = json.dumps(document(ALLOW_ALL))
    aws.as_root(opened.account_id, "iam").put_role_policy(
        RoleName=ROLE, PolicyName="work", PolicyDocument=permissions
    )
    external_id = office.lena("GET", base)["cut_off_external_id"]
    create_cut_off(aws, names_of(opened).role_arn, "deny-all", external_id=external_id)
    office.lena("POST", f"{base}/roles/readonly/verify")
    office.lena("POST", f"{base}/grants", member="alice", roles=["readonly"])
    session = office.running.api("alice")("POST", f"{base}/sessions", role="readonly")
    identity_of(office, session)
    office.lena("POST", f"{base}/revoke", reason="lost laptop")
    office.lena("POST", f"{base}/reopen", reason="found again")
    return opened, session


def test_the_page_says_what_daypass_did_and_its_command_undoes_it(
    office: Office, browser: Browser, shut: tuple[OpenedEngagement, Any]
) -> None:
    opened, session = shut
    reload_until(browser, opened.url, WE_SHUT)
    reload_until(browser, opened.url, "We are ending sessions", is_shown=False)
    assert "because one of our leads requested it" in browser.text_of(SHUT)
    with pytest.raises(ClientError, match="explicit deny"):
        identity_of(office, session)

    examine(browser)
    browser.tab_to(f"{SHUT} .bar button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.activeElement.textContent.startsWith('Copied')")
    office.run_as_administrator(opened, browser.copied())
    iam = office.running.aws.as_root(opened.account_id, "iam")
    assert iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"] == []
    # The page warns of this: the session has not expired.
    assert "sessions that it ended can work again" in browser.text_of(SHUT)
    identity_of(office, session)

    # A check does not look before the sessions expire, so the page claims nothing of one.
    browser.check_now()
    assert "only after" in browser.text_of(SHUT)
    assert "AWS still denied" not in browser.text_of(SHUT)
