"""The forms about engagements: what they refuse, and what they send of what a lead typed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import Action
from tests.builders import (
    AFTER,
    a_client_approver,
    an_approval_policy,
    an_engagement,
)
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.matrix.valid import form_of
from tests.entrypoints.web.transcript import Transcript
from tests.fakes import NOON
from tests.rows import every

OPEN, CHANGE = form_of("open-engagement", "lena"), form_of("change-engagement", "lena")
POLICY = form_of("change-approval-policy", "lena")
ROLE = {"engagement": "acme-prod", "role": "readonly"}
JO = {"engagement": "acme-prod", "approver": "jo", "version": "1"}


@pytest.mark.golden
def test_a_refused_form_keeps_the_typed_values_and_says_what_is_wrong(
    console: Transcript,
) -> None:
    for fields in (
        {"id": "acme-prod"},
        {"account_id": "12"},
        {"ends_at": "2026-01-01T00:00"},
        {"arn": "arn:aws:iam::999999999999:role/X"},
    ):
        console.act("lena", "open-engagement", {**OPEN, **fields}, query={})
    console.act("lena", "change-approval-policy", {**POLICY, "members": "nobody"}, query=ROLE)
    console.act("lena", "require-client-approval", {"engagement": "acme-prod", "reason": "safe"})
    console.note("the account has no role any more", a_client_approver())
    console.api.world.roles.clear()
    console.act("lena", "verify-role", ROLE)
    console.open("lena", "/web/actions/mail-approver-link", engagement="acme-prod", approver="jo")
    console.note("another lead revokes jo", a_client_approver(version=2, revoked_at=NOON))
    console.post("lena", "/web/actions/mail-approver-link", JO)
    console.hold("engagements/refused-forms")


@every(
    "action, other",
    [
        ("change-engagement", {"agents": "allow"}),
        ("renew-engagement", {"ends_at": "2027-02-01T12:00"}),
        ("change-role", {"max_session": "900"}),
        ("change-approval-policy", {"longest": "3600"}),
    ],
    api=fresh_api,
)
def test_two_tabs_that_decide_differently_are_told_apart(
    api: Api, action: str, other: dict[str, str]
) -> None:
    browser, fields = enter(api, "lena"), form_of(action, "lena")
    browser.post(f"/web/actions/{action}", fields)
    before = len(api.world.entries)
    late = browser.post(f"/web/actions/{action}", {**fields, **other})
    assert late.status == 409
    assert "Someone else changed this at the same time." in late.text
    assert len(api.world.entries) == before


@every("action", ["open-engagement", "create-link"], api=fresh_api)
def test_a_link_that_is_shown_opens_the_page_of_the_client(api: Api, action: str) -> None:
    page = enter(api, "lena").act(action, form_of(action, "lena"))
    (url,) = re.findall(r"https://[^<]*/setup/[a-z2-7]{52}", page.text)
    assert api.get(url.partition("/api")[2]).status == 200


def test_another_link_can_be_created_a_minute_later(api: Api) -> None:
    browser = enter(api, "lena")
    for _ in range(2):
        answer = browser.act("create-link", {"engagement": "acme-prod"})
        assert len(re.findall(r"https://[^<]*/setup/", answer.text)) == 1
        api.world.later(minutes=1)


def test_a_change_records_only_the_fields_that_differ(api: Api) -> None:
    lena, engagement = enter(api, "lena"), an_engagement()
    unchanged = {
        **CHANGE,
        "client": engagement.client,
        "starts_at": rfc3339(engagement.starts_at)[:16],
        "ends_at": rfc3339(AFTER)[:16],
    }
    assert lena.act("change-engagement", unchanged).status == 303
    assert not api.world.entries
    later = rfc3339(AFTER + timedelta(days=1))[:16]
    lena.act("change-engagement", unchanged | {"ends_at": later, "agents": "refuse"})
    (entry,) = api.world.entries
    assert entry.action is Action.ENGAGEMENT_CHANGE
    assert {"agents", "ends_at"} <= set(entry.details)
    assert not {"client", "starts_at"} & set(entry.details)


def test_the_fields_of_a_policy_can_be_cleared(api: Api) -> None:
    full = an_approval_policy(
        members=frozenset({"alice", "bob"}),
        first_approver="bob",
        ticket_pattern="OPS-#",
        client=True,
        sensitive=True,
    )
    api.world.add(a_client_approver(), full)
    fields = {"engagement": "acme-prod", "members": "", "first_approver": "", "ticket_pattern": ""}
    boxes = {"client": [], "sensitive": []}
    answer = enter(api, "lena").act("change-approval-policy", {**fields, **boxes})
    assert answer.status == 303, answer.text
    stored = api.world.items[ApprovalPolicy, ("acme-prod", "")]
    assert (stored.members, stored.first_approver, stored.ticket_pattern) == (set(), None, None)
    assert (stored.client, stored.sensitive) == (False, False)
    count = len(api.world.entries)
    assert enter(api, "lena").act("change-approval-policy", fields).status == 303
    assert len(api.world.entries) == count  # nothing was changed
