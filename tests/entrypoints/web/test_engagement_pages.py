"""The console's pages and forms about engagements, through the real app."""

import re
from datetime import timedelta
from html import unescape

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    AFTER,
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_request,
    a_role,
    a_verification,
    an_approval_policy,
    an_engagement,
    an_intent,
    results,
)
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.matrix.valid import form_of
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.unreadable import UNAVAILABLE, cannot_read

PAGES = (
    "/web/engagements",
    "/web/engagements/acme-prod",
    "/web/engagements/acme-prod/roles/readonly",
    "/web/engagements/acme-prod/client",
    "/web/engagements/acme-prod/approvals",
)
FAILED = a_verification(
    results=results(Check.RIGHT_ID), causes=(Cause.ROLE_MISSING, Cause.JUST_CHANGED)
)


def test_the_pages_in_each_state(console):
    day = timedelta(days=1)
    console.open("lena", *PAGES, "/web/engagements/globex")
    console.note(
        "a role failed its check, and another accepts Daypass without an external ID",
        a_role("deploy", verification=FAILED),
        a_role(verification=a_verification(results=results(Check.NO_ID))),
    )
    console.open("lena", PAGES[1], PAGES[2])
    console.note(
        "there are grants of each kind",
        a_grant("tom", roles=frozenset({"deploy"}), on_request=frozenset({"deploy"})),
        a_grant("old", ends_at=NOON - day),
        a_grant("new", starts_at=NOON + day),
        a_grant("sue", revoked_at=NOON - day),
    )
    console.api.world.entries.append(an_intent(at=NOON - timedelta(minutes=5)))
    console.open("lena", PAGES[1])
    waiting = a_grant_on_request(), a_request(stops=("", "", "", ""))
    console.note("the client has an approver", a_client_approver(), *waiting)
    policy = an_approval_policy(members=frozenset({"bob"}), people=2, client=True)
    console.api.world.add(policy)
    console.open("lena", *PAGES[3:])
    console.note("a lead closed it", an_engagement(closed_at=NOON, version=2))
    console.open("lena", PAGES[1])
    console.note("a reader sees only the stop of a revocation", an_engagement())
    console.api.post("/v1/engagements/acme-prod/revoke", "lena", {"reason": "leak"})
    item = console.api.world.items[Engagement, ("acme-prod",)]
    console.api.world.add(replace(item, revoked_at=None, stop=""))
    console.open("lena", PAGES[1])
    console.note("the roles cannot be read")
    cannot_read(console.api.scene, Role)
    console.open("lena", *PAGES[:2], *PAGES[3:])
    console.note("nothing can be read")
    console.api.world.fails_at("get_together", UNAVAILABLE)
    console.open("lena", PAGES[1])
    console.hold("engagements/states")


def test_every_action_that_a_page_offers_exists_and_knows_its_object(api, signed_in):
    api.world.add(
        a_role(verification=FAILED, version=2),
        a_client_approver(),
        a_grant_on_request(),
        a_request(stops=("", "", "", "")),
        an_engagement("closed", closed_at=NOON),
    )
    api.world.entries.append(an_intent())
    browser = signed_in("lena")
    pages = [browser.get(path).text for path in (*PAGES, "/web/engagements/closed")]
    links = {
        unescape(link) for page in pages for link in re.findall(r'"/api(/web/actions/[^"]+)"', page)
    }
    assert len(links) > 20
    for link in links:
        assert browser.get(link).status == 200, link


OPEN, CHANGE = form_of("open-engagement", "lena"), form_of("change-engagement", "lena")
POLICY = form_of("change-approval-policy", "lena")
ROLE = {"engagement": "acme-prod", "role": "readonly"}
JO = {"engagement": "acme-prod", "approver": "jo", "version": "1"}


def test_a_refused_form_keeps_the_typed_values_and_says_what_is_wrong(
    console,
):
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
        ("change-grant", {"ends_at": "2026-12-02T12:00"}),
        ("change-role", {"max_session": "900"}),
        ("change-approval-policy", {"longest": "3600"}),
    ],
    api=fresh_api,
)
def test_two_tabs_that_decide_differently_are_told_apart(api, action, other):
    browser, fields = enter(api, "lena"), form_of(action, "lena")
    browser.post(f"/web/actions/{action}", fields)
    before = len(api.world.entries)
    late = browser.post(f"/web/actions/{action}", {**fields, **other})
    assert late.status == 409
    assert "Someone has changed this since you opened this page." in late.text
    assert len(api.world.entries) == before


def test_a_link_that_is_shown_opens_the_page_of_the_client(api):
    """Another one can be created a minute later."""
    lena, create = enter(api, "lena"), ("create-link", {"engagement": "acme-prod"})
    for action, fields in (("open-engagement", OPEN), create, create):
        page = lena.act(action, fields)
        (url,) = re.findall(r"https://[^<]*/setup/[a-z2-7]{52}", page.text)
        assert api.get(url.partition("/api")[2]).status == 200
        api.world.later(minutes=1)


def test_a_change_records_only_the_fields_that_differ(api):
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


def test_the_fields_of_a_policy_can_be_cleared(api):
    """The URL of a ticket also alone."""
    full = an_approval_policy(
        members=frozenset({"alice", "bob"}),
        first_approver="bob",
        ticket_pattern="OPS-#",
        ticket_url="https://tickets.example.com/{ticket}",
        client=True,
        sensitive=True,
    )
    api.world.add(a_client_approver(), full)
    lena, action, acme = enter(api, "lena"), "change-approval-policy", {"engagement": "acme-prod"}
    assert lena.act(action, acme | {"ticket_url": ""}).status == 303
    stored = api.world.items[ApprovalPolicy, ("acme-prod", "")]
    assert (stored.ticket_pattern, stored.ticket_url) == ("OPS-#", None)
    texts = acme | {"members": "", "first_approver": "", "ticket_pattern": ""}
    assert lena.act(action, texts | {"client": [], "sensitive": []}).status == 303
    stored = api.world.items[ApprovalPolicy, ("acme-prod", "")]
    assert (stored.members, stored.first_approver, stored.ticket_pattern) == (set(), None, None)
    assert (stored.client, stored.sensitive) == (False, False)
    count = len(api.world.entries)
    assert lena.act(action, texts).status == 303
    assert len(api.world.entries) == count  # nothing was changed
