"""The console's actions about engagements do what the API does, once, with the same entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import Action, Outcome
from tests.builders import (
    AFTER,
    ROLE_ARN,
    a_client_approver,
    a_link,
    a_role,
    an_approval_policy,
    an_engagement,
)
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON

Fields = dict[str, str]
IN_A_MONTH = rfc3339(NOON + timedelta(days=31))[:16]
DEPLOY_ARN = ROLE_ARN.replace("Contractor", "Deploy")
OPEN = {
    "id": "initech",
    "client": "Initech",
    "account_id": "111122223333",
    "ends_at": IN_A_MONTH,
    "role": "readonly",
    "cut_off": "brake",
}
CHANGE = {
    "engagement": "acme-prod",
    "version": "1",
    "client": "Acme",
    "starts_at": rfc3339(an_engagement().starts_at)[:16],
    "ends_at": IN_A_MONTH,
    "agents": "refuse",
    "cut_off": "none",
}
RENEW = {"engagement": "acme-prod", "version": "1", "ends_at": IN_A_MONTH, "reason": "more work"}
WHY = {"engagement": "acme-prod", "reason": "to be safe"}
ROLE = {"engagement": "acme-prod", "arn": DEPLOY_ARN, "max_session": "900"}
POLICY = {
    "engagement": "acme-prod",
    "version": "0",
    "leads": "true",
    "people": "1",
    "others_after": "600",
    "answer_within": "3600",
    "longest": "28800",
}
JO = {"engagement": "acme-prod", "id": "jo", "name": "Jo Doe", "email": "jo@acme.example"}

ACTIONS: dict[str, tuple[str, Fields, Action]] = {
    "open": ("open-engagement", OPEN, Action.ENGAGEMENT_CREATE),
    "change": ("change-engagement", CHANGE, Action.ENGAGEMENT_CHANGE),
    "renew": ("renew-engagement", RENEW, Action.ENGAGEMENT_RENEW),
    "reopen": ("reopen-engagement", WHY | {"engagement": "closed"}, Action.ENGAGEMENT_REOPEN),
    "rotate": ("rotate-external-id", WHY, Action.EXTERNAL_ID_ROTATE),
    "verify": (
        "verify-role",
        {"engagement": "acme-prod", "role": "readonly"},
        Action.ROLE_VERIFY,
    ),
    "add a role": ("add-role", ROLE | {"name": "deploy"}, Action.ROLE_CREATE),
    "change a role": (
        "change-role",
        ROLE | {"role": "readonly", "version": "1"},
        Action.ROLE_CHANGE,
    ),
    "permissions": (
        "change-permissions",
        {
            "engagement": "acme-prod",
            "role": "readonly",
            "permissions": "security-audit",
            "max_session_duration": "7200",
        },
        Action.ROLE_SETUP,
    ),
    "override": (
        "override-role",
        WHY | {"role": "readonly", "until": rfc3339(NOON + timedelta(days=1))[:16]},
        Action.ROLE_OVERRIDE,
    ),
    "link": (
        "create-link",
        {"engagement": "acme-prod", "shown_at": rfc3339(NOON)},
        Action.LINK_CREATE,
    ),
    "revoke a link": ("revoke-link", WHY | {"link": a_link().id}, Action.LINK_REVOKE),
    "policy": ("change-approval-policy", POLICY, Action.APPROVAL_POLICY_CHANGE),
    "name": ("name-approver", JO | {"id": "kim"}, Action.APPROVER_CREATE),
    "mail": (
        "mail-approver-link",
        {"engagement": "acme-prod", "approver": "jo", "version": "1"},
        Action.APPROVER_LINK_CREATE,
    ),
    "revoke an approver": (
        "revoke-approver",
        WHY | {"approver": "jo"},
        Action.APPROVER_REVOKE,
    ),
    "require": ("require-client-approval", WHY, Action.CLIENT_APPROVAL_REQUIRE),
}
LET_NO_ONE_IN = {"verify", "revoke a link", "revoke an approver", "require"}
cases = pytest.mark.parametrize("name", ACTIONS)


@pytest.fixture(autouse=True)
def _further_items(api: Api) -> None:
    api.world.add(a_client_approver(), an_engagement("closed", closed_at=NOON))


def act(browser: Browser, name: str) -> Response:
    action, fields, _ = ACTIONS[name]
    return browser.act(action, fields)


def alert_in(answer: Response) -> list[str]:
    """Return the errors that the page shows."""
    return re.findall(r'(?:role="alert"|class="error"[^>]*)>([^<]*)', answer.text)


def entries_of(api: Api, action: Action, *, refused: bool = False) -> list[Any]:
    """Return the entries of the action that were written, without intents."""
    outcomes = {Outcome.REFUSED} if refused else {Outcome.DONE}
    return [e for e in api.world.entries if e.action is action and e.outcome in outcomes]


@cases
def test_an_action_is_done_and_recorded_as_the_leads(
    api: Api, signed_in: SignIn, name: str
) -> None:
    answer = act(signed_in("lena"), name)
    assert answer.status in (200, 303), alert_in(answer)
    entry = entries_of(api, ACTIONS[name][2])[-1]
    assert (entry.actor, bool(entry.token), bool(entry.address)) == ("lena", True, True)


@pytest.mark.parametrize("name", sorted(ACTIONS.keys() - {"verify"}))  # each check is another one
def test_a_form_that_is_sent_twice_does_the_thing_once(
    api: Api, signed_in: SignIn, name: str
) -> None:
    browser, (action, fields, _) = signed_in("lena"), ACTIONS[name]
    act(browser, name)
    count = len(api.world.entries)
    again = browser.post(f"/web/actions/{action}", fields)
    assert again.status in (200, 303), alert_in(again)
    assert len(api.world.entries) == count


@cases
def test_the_page_of_an_action_says_its_effect_first(signed_in: SignIn, name: str) -> None:
    action, fields, _ = ACTIONS[name]
    page = signed_in("lena").get(f"/web/actions/{action}", **fields).text
    assert page.index('<h2 id="effect">') < page.index('<form class="form"')


@cases
@pytest.mark.parametrize("member", ["ada", "alice"])
def test_only_leads_may_act(api: Api, signed_in: SignIn, name: str, member: str) -> None:
    browser, (action, fields, recorded) = signed_in(member), ACTIONS[name]
    folder = "client-actions" if name == "verify" else "actions"
    assert browser.get(f"/web/actions/{action}", **fields).status == 403
    assert browser.post(f"/web/{folder}/{action}", fields).status == 403
    assert not entries_of(api, recorded)
    assert {e.actor for e in entries_of(api, recorded, refused=True)} == {member}


@cases
def test_letting_someone_in_needs_a_recent_sign_in_and_a_stop_does_not(
    api: Api, signed_in: SignIn, name: str
) -> None:
    browser = signed_in("lena")
    api.world.later(minutes=11)
    done_before = len(entries_of(api, ACTIONS[name][2]))
    act(browser, name)
    is_done = len(entries_of(api, ACTIONS[name][2])) > done_before
    assert is_done is (name in LET_NO_ONE_IN)


@pytest.mark.parametrize("name", sorted(ACTIONS.keys() - {"open"}))
def test_an_engagement_that_vanished_meanwhile_is_not_found(
    api: Api, signed_in: SignIn, name: str
) -> None:
    browser, (action, fields, recorded) = signed_in("lena"), ACTIONS[name]
    page = browser.get(f"/web/actions/{action}", **fields)
    assert page.status == 200
    del api.world.items[Engagement, (fields["engagement"],)]
    folder = "client-actions" if name == "verify" else "actions"
    assert browser.post(f"/web/{folder}/{action}", fields).status == 404
    assert not entries_of(api, recorded)


@pytest.mark.parametrize("name", ["change", "renew", "change a role", "policy"])
def test_two_tabs_that_decide_differently_are_told_apart(
    api: Api, signed_in: SignIn, name: str
) -> None:
    browser, (action, fields, recorded) = signed_in("lena"), ACTIONS[name]
    act(browser, name)
    other = {
        "change": {"agents": "allow"},
        "renew": {"ends_at": rfc3339(NOON + timedelta(days=60))[:16]},
        "change a role": {"max_session": "1800"},
        "policy": {"longest": "3600"},
    }[name]
    late = browser.post(f"/web/actions/{action}", fields | other)
    assert late.status == 409
    assert "Someone else changed this at the same time." in late.text
    assert len(entries_of(api, recorded)) == 1


def shown_url(answer: Response) -> str:
    (url,) = re.findall(r"https://[^<]*/setup/[a-z2-7]{52}", answer.text)
    return str(url)


def test_opening_shows_the_link_once_and_creates_what_the_form_says(
    api: Api, signed_in: SignIn
) -> None:
    browser = signed_in("lena")
    answer = act(browser, "open")
    assert api.get(shown_url(answer).partition("/api")[2]).status == 200
    engagement = api.world.items[Engagement, ("initech",)]
    assert (engagement.client, engagement.cut_off) == ("Initech", CutOffMethod.BRAKE)
    role = api.world.items[Role, ("initech", "readonly")]
    assert role.arn == "arn:aws:iam::111122223333:role/daypass-readonly"
    again = browser.post("/web/actions/open-engagement", OPEN)
    assert "/setup/" not in again.text
    assert "create another one" in again.text


def test_an_id_that_was_used_is_an_error_beside_its_field(api: Api, signed_in: SignIn) -> None:
    refused = signed_in("lena").act("open-engagement", OPEN | {"id": "acme-prod"})
    assert refused.status == 409
    assert "exists already" in refused.text
    assert 'value="Initech"' in refused.text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"account_id": "12"}, "an AWS account ID: 12 digits"),
        ({"ends_at": "2026-01-01T00:00"}, "after"),
        ({"arn": "arn:aws:iam::999999999999:role/X"}, "account"),
    ],
)
def test_an_invalid_form_keeps_the_typed_values(
    signed_in: SignIn, fields: Fields, text: str
) -> None:
    browser = signed_in("lena")
    browser.get("/web/actions/open-engagement")
    refused = browser.post("/web/actions/open-engagement", OPEN | fields)
    assert refused.status == 400
    assert text in refused.text
    assert 'value="Initech"' in refused.text
    (name,) = fields
    assert f'value="{fields[name]}"' in refused.text


def test_a_change_sends_only_the_fields_that_differ(api: Api, signed_in: SignIn) -> None:
    act(signed_in("lena"), "change")
    (entry,) = entries_of(api, Action.ENGAGEMENT_CHANGE)
    assert {"agents", "ends_at"} <= set(entry.details)
    assert "client" not in entry.details
    assert "starts_at" not in entry.details


def test_a_change_of_nothing_changes_nothing(api: Api, signed_in: SignIn) -> None:
    unchanged = CHANGE | {"ends_at": rfc3339(AFTER)[:16], "agents": "read-only"}
    assert signed_in("lena").act("change-engagement", unchanged).status == 303
    assert not entries_of(api, Action.ENGAGEMENT_CHANGE)


def test_a_renewal_shows_the_grants_and_the_steps_of_the_client(
    api: Api, signed_in: SignIn
) -> None:
    api.world.add(a_role(requested_ends=(AFTER,)))
    answer = act(signed_in("lena"), "renew")
    assert answer.status == 200
    assert api.world.items[Grant, ("acme-prod", "alice")].ends_at > AFTER
    assert "1 grant was renewed" in answer.text
    assert "This member is suspended." in answer.text
    assert "Ask the client to apply the new trust policy." in answer.text
    assert "/v1/" not in answer.text


def test_a_link_is_shown_once_and_opens_the_page_of_the_client(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    answer = act(browser, "link")
    assert api.get(shown_url(answer).partition("/api")[2]).status == 200
    again = browser.post("/web/actions/create-link", ACTIONS["link"][1])
    assert "/setup/" not in again.text
    assert len(api.world.find(SetupLink, where=lambda link: link.created_at == NOON)) == 1
    api.world.later(minutes=1)
    page = browser.get("/web/actions/create-link", engagement="acme-prod").text
    later = re.findall(r'name="shown_at" value="([^"]+)"', page)
    fields = {"engagement": "acme-prod", "shown_at": later[0]}
    assert shown_url(browser.post("/web/actions/create-link", fields))


def test_a_check_shows_its_report(api: Api, signed_in: SignIn) -> None:
    answer = act(signed_in("lena"), "verify")
    assert "The role passed the check." in answer.text
    api.world.roles.clear()
    answer = act(signed_in("lena"), "verify")
    assert "The role did not pass the check." in answer.text
    assert "The account has no role of this name and path." in answer.text


def test_the_role_gets_what_the_forms_say(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    for name in ("change a role", "permissions", "override"):
        assert act(browser, name).status == 303
    role = api.world.items[Role, ("acme-prod", "readonly")]
    assert (role.arn, role.max_session, role.allows_links) == (DEPLOY_ARN, 900, False)
    assert role.override is not None
    assert role.override.why == "to be safe"
    setup = api.world.items[RoleSetup, ("acme-prod", "readonly")]
    assert (setup.permissions, setup.max_session_duration) == ("security-audit", 7200)
    page = browser.get("/web/engagements/acme-prod/roles/readonly").text
    assert "Overridden until" in page


POLICIES: dict[str, tuple[ApprovalPolicy, Mapping[str, str], ApprovalPolicy]] = {
    "members": (
        an_approval_policy(),
        {"members": "bob, alice"},
        an_approval_policy(members=frozenset({"alice", "bob"})),
    ),
    "fewer": (
        an_approval_policy(members=frozenset({"alice", "bob"})),
        {"members": "bob"},
        an_approval_policy(members=frozenset({"bob"})),
    ),
    "ticket": (
        an_approval_policy(),
        {"ticket_pattern": "OPS-#"},
        an_approval_policy(ticket_pattern="OPS-#"),
    ),
    "no ticket": (an_approval_policy(ticket_pattern="OPS-#"), {}, an_approval_policy()),
    "first": (
        an_approval_policy(members=frozenset({"bob"})),
        {"members": "bob", "first_approver": "bob"},
        an_approval_policy(members=frozenset({"bob"}), first_approver="bob"),
    ),
    "all at once": (
        an_approval_policy(members=frozenset({"bob"}), first_approver="bob"),
        {"members": "bob"},
        an_approval_policy(members=frozenset({"bob"})),
    ),
    "client": (an_approval_policy(), {"client": "true"}, an_approval_policy(client=True)),
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_becomes_what_the_form_says(api: Api, signed_in: SignIn, name: str) -> None:
    before, fields, after = POLICIES[name]
    api.world.add(before)
    answer = signed_in("lena").act("change-approval-policy", POLICY | {"version": "1"} | fields)
    assert answer.status == 303, alert_in(answer)
    stored = api.world.items[ApprovalPolicy, ("acme-prod", "")]
    for field in ("members", "ticket_pattern", "first_approver", "client", "people", "leads"):
        assert getattr(stored, field) == getattr(after, field)


def test_a_policy_that_names_someone_unknown_keeps_the_form(signed_in: SignIn) -> None:
    refused = signed_in("lena").act("change-approval-policy", POLICY | {"members": "nobody"})
    assert refused.status == 400
    assert "nobody cannot approve" in refused.text
    assert 'value="nobody"' in refused.text


def test_approvers_come_and_go(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    act(browser, "name")
    act(browser, "mail")
    assert api.world.items[ClientApprover, ("acme-prod", "kim")].is_active
    assert len(api.world.notify_kicks) == 2
    answer = act(browser, "revoke an approver")
    assert "The revocation is in force. No session is alive." in answer.text
    assert not api.world.items[ClientApprover, ("acme-prod", "jo")].is_active


def test_requiring_approval_without_an_approver_is_refused_with_the_next_step(
    api: Api, signed_in: SignIn
) -> None:
    del api.world.items[ClientApprover, ("acme-prod", "jo")]
    refused = act(signed_in("lena"), "require")
    assert refused.status == 409
    assert not api.world.items[Engagement, ("acme-prod",)].requires_client_approval


def test_a_mail_to_an_approver_who_was_revoked_meanwhile_is_not_claimed(
    api: Api, signed_in: SignIn
) -> None:
    browser = signed_in("lena")
    browser.get("/web/actions/mail-approver-link?engagement=acme-prod&approver=jo")
    api.world.add(a_client_approver(version=2, revoked_at=NOON))
    answer = browser.post("/web/actions/mail-approver-link", ACTIONS["mail"][1])
    assert answer.status == 404, answer.text
