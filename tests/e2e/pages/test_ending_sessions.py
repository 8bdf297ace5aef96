"""In a real Chromium: how live sessions can be ended, and the notice while one has to end."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from selenium.webdriver.common.keys import Keys

from chalicelib.domain.identifiers import CUT_OFF_PATH
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
)
from chalicelib.domain.policies.documents import document
from local import sample_accounts
from tests.e2e.pages.browser import Browser
from tests.e2e.pages.conftest import ROLE, Office, OpenedEngagement
from tests.e2e.pages.test_pause import examine
from tests.local.scene import ALLOW_ALL

LONGEST_WAIT = 90
"""Seconds. The job that writes cut-offs runs once a minute."""
MARKS = "[aria-labelledby=cut-off] td .mark"
FIRM = f"arn:aws:iam::{sample_accounts.FIRM}:root"


def names_of(opened: OpenedEngagement) -> CutOffNames:
    return CutOffNames(f"arn:aws:iam::{opened.account_id}:role/{ROLE}")


def with_brake(office: Office) -> OpenedEngagement:
    """Open an engagement, and create the role, its brake and its cut-off role in the account."""
    opened = office.open_engagement(cut_off="brake")
    office.create_role(opened)
    engagement = office.lena("GET", f"/v1/engagements/{opened.id}")
    names, iam = names_of(opened), office.running.aws.as_root(opened.account_id, "iam")
    iam.create_policy(
        PolicyName=names.brake_name,
        Path=CUT_OFF_PATH,
        PolicyDocument=json.dumps(build_brake_policy(names)),
    )
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=names.brake_arn)
    trust = build_cut_off_trust_policy(
        FIRM, sample_accounts.BROKER_ROLE, engagement["cut_off_external_id"]
    )
    iam.create_role(
        RoleName=names.cut_off_role_name,
        Path=CUT_OFF_PATH,
        AssumeRolePolicyDocument=json.dumps(trust),
    )
    iam.put_role_policy(
        RoleName=names.cut_off_role_name,
        PolicyName="brake",
        PolicyDocument=json.dumps(build_brake_permissions(names)),
    )
    return opened


def with_revoked_grant(office: Office, **fields: Any) -> tuple[OpenedEngagement, Any]:
    """Return an engagement with a live session of alice, whose grant is revoked."""
    opened = office.open_engagement(**fields)
    office.create_role(opened)
    iam = office.running.aws.as_root(opened.account_id, "iam")
    permissions = json.dumps(document(ALLOW_ALL))
    iam.put_role_policy(RoleName=ROLE, PolicyName="work", PolicyDocument=permissions)
    base = f"/v1/engagements/{opened.id}"
    office.lena("POST", f"{base}/roles/readonly/verify")
    office.lena("POST", f"{base}/grants", member="alice", roles=["readonly"])
    alice = office.running.api("alice")
    session = alice("POST", f"{base}/sessions", role="readonly")
    office.lena("POST", f"{base}/grants/alice/revoke", reason="lost laptop")
    return opened, session


def identity_of(office: Office, session: Any) -> Any:
    """Call AWS STS with the session's credentials."""
    keys = session["credentials"]
    client = boto3.client(
        "sts",
        region_name="eu-central-1",
        endpoint_url=office.running.aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    return client.get_access_key_info(AccessKeyId=keys["AccessKeyId"])


def reload_until(browser: Browser, url: str, text: str, *, is_shown: bool = True) -> None:
    """Reload the page until it has this text, or has it no more."""
    ends_at = time.monotonic() + LONGEST_WAIT
    browser.open(url)
    while (text in browser.text) is not is_shown:
        assert time.monotonic() < ends_at, browser.text
        time.sleep(1)
        browser.open(url)


def test_a_check_shows_who_can_assume_the_cut_off_role(office: Office, browser: Browser) -> None:
    opened = with_brake(office)
    browser.open(opened.url)
    browser.check_now()
    section = browser.text_of("[aria-labelledby=cut-off]")
    assert "We can end sessions of daypass-readonly early through its brake" in section
    assert "Not seen yet" in section
    assert [mark.text for mark in browser.elements(MARKS)] == ["Passed"] * 5 + ["No result"]

    with_revoked_grant(office)  # it starts the job that writes cut-offs, which makes the drill, too
    reload_until(browser, opened.url, "AWS denied a session of ours because of the brake")
    browser.unfold()
    assert [mark.text for mark in browser.elements(MARKS)] == ["Passed"] * 6
    assert not browser.elements(".requested")

    iam = office.running.aws.as_root(opened.account_id, "iam")
    name = names_of(opened).cut_off_role_name
    iam.delete_role_policy(RoleName=name, PolicyName="brake")
    iam.delete_role(RoleName=name)
    browser.open(office.another_link(opened))
    browser.check_now()
    assert browser.text_of("#result-title") == "Last result: Passed"
    assert "Please repair the way to end sessions" in browser.text_of("main")
    browser.tab_to("a[href^='#cut-off-of-']")
    browser.press(Keys.ENTER)
    assert browser.url.endswith("#cut-off-of-readonly")


def test_the_commands_in_the_notice_end_a_live_session(office: Office, browser: Browser) -> None:
    opened, session = with_revoked_grant(office)
    identity_of(office, session)
    browser.open(opened.url)
    assert "Please end sessions of daypass-readonly" in browser.text_of(".requested h2")
    assert "alice" in browser.text_of(".requested")
    assert browser.run("return document.querySelector('h1 + *').matches('.requested')")

    browser.tab_to(".requested .bar button")
    browser.press(Keys.ENTER)
    browser.wait_for("return document.activeElement.textContent.startsWith('Copied')")
    commands = browser.copied()
    assert commands == browser.text_of(".requested pre")
    office.run_as_administrator(opened, commands)
    with pytest.raises(ClientError, match="explicit deny"):
        identity_of(office, session)
    reload_until(browser, opened.url, "Please end sessions", is_shown=False)
    assert not browser.elements(".requested")


@pytest.mark.parametrize("fields", [{}, {"cut_off": "brake"}, {"cut_off": "deny-all"}])
def test_the_notice_fits_and_axe_finds_nothing_in_any_way_of_ending_sessions(
    office: Office, browser: Browser, fields: dict[str, str]
) -> None:
    opened, _ = with_revoked_grant(office, **fields)
    browser.open(opened.url)
    browser.check_now()
    assert browser.elements(".requested")
    examine(browser, ".requested a, .requested button, .requested summary")
