"""The console's pages about engagements, through the real app."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    a_client_approver,
    a_grant,
    a_link,
    a_request,
    a_role,
    a_verification,
    an_approval_policy,
    an_engagement,
    an_intent,
    an_override,
    results,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON

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
MARKUP = "<script>alert(1)</script>"
LONG = f"{MARKUP} \u05d0\u05d1\u05d2 {'x' * 40}"


@pytest.mark.parametrize("path", PAGES)
def test_leads_and_auditors_read_a_page_and_only_leads_see_actions(
    signed_in: SignIn, path: str
) -> None:
    lead, auditor = signed_in("lena").get(path), signed_in("ada").get(path)
    assert (lead.status, auditor.status) == (200, 200)
    assert "/web/actions/" in lead.text
    assert "/web/actions/" not in auditor.text


@pytest.mark.parametrize("path", PAGES)
def test_a_member_is_refused(signed_in: SignIn, path: str) -> None:
    refused = signed_in("alice").get(path)
    assert refused.status == 403
    assert "acme-prod" not in refused.text


@pytest.mark.parametrize("path", PAGES[1:])
def test_an_engagement_that_does_not_exist_is_not_found(signed_in: SignIn, path: str) -> None:
    missing = signed_in("lena").get(path.replace("acme-prod", "acme-old"))
    assert missing.status == 404


def test_an_engagement_that_vanished_between_two_clicks_is_not_found(
    api: Api, signed_in: SignIn
) -> None:
    browser = signed_in("lena")
    assert "acme-prod" in browser.get("/web/engagements").text
    del api.world.items[Engagement, ("acme-prod",)]
    assert browser.get("/web/engagements/acme-prod").status == 404


@pytest.mark.parametrize("path", PAGES[:4])
def test_names_of_any_origin_are_text(api: Api, signed_in: SignIn, path: str) -> None:
    api.world.add(
        an_engagement(client=LONG, version=2),
        a_role(override=an_override(why=f"{MARKUP}{'y' * 170}")),
        a_request(reason=LONG),
        a_client_approver(name=LONG),
    )
    page = signed_in("lena").get(path)
    assert page.status == 200
    assert MARKUP not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_list_shows_states_grades_and_filters_by_id(api: Api, signed_in: SignIn) -> None:
    api.world.add(*(an_engagement(f"client-{n:02}", client=f"Firm {n}") for n in range(30)))
    browser = signed_in("ada")
    first = browser.get("/web/engagements")
    assert "Ready: a role has passed its last check." in first.text
    assert ">A</span>" in first.text
    assert "Next page" in first.text
    rest = browser.get("/web/engagements", cursor="client-23")
    assert "globex" in rest.text
    assert "First page" in rest.text
    filtered = browser.get("/web/engagements", prefix="Client-2")
    assert [f"Firm {n}<" in filtered.text for n in (19, 20, 29)] == [False, True, True]
    assert "globex" not in filtered.text
    assert (
        "No engagement’s ID begins with “x’y”" in browser.get("/web/engagements", prefix="x’y").text
    )


def test_the_page_shows_all_that_a_lead_asks(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        a_role("deploy", verification=FAILED),
        a_grant("tom", roles=frozenset({"deploy"}), on_request=frozenset({"deploy"})),
        a_grant("old", ends_at=NOON - timedelta(days=1)),
    )
    api.world.entries.append(an_intent(at=NOON - timedelta(minutes=5)))
    page = signed_in("lena").get("/web/engagements/acme-prod").text
    for text in (
        "A role has passed its last check, and someone has a current grant.",
        "Most likely cause: The account has no role of this name and path.",
        "Fix what the last check found in deploy, and check again.",
        "(on request)",
        ">Ended</span>",
        "alice.5e55104e5e55104e",
        "/web/people/alice",
        "/web/actions/grant-access?engagement=acme-prod",
        "/web/actions/revoke-grant?engagement=acme-prod&amp;member=tom",
        "/web/actions/verify-role?engagement=acme-prod&amp;role=deploy",
        "/web/trail?engagement=acme-prod",
    ):
        assert text in page, text


def test_grants_are_drawn_as_a_timeline_if_there_are_several(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("ada")
    assert 'class="span' not in browser.get("/web/engagements/globex").text
    day = timedelta(days=1)
    api.world.add(
        a_grant("tom", engagement="globex", starts_at=NOON + day),
        a_grant("tim", engagement="globex", ends_at=NOON - day),
        a_grant("sue", engagement="globex", revoked_at=NOON - day),
    )
    page = browser.get("/web/engagements/globex").text
    for tone in ("good", "wait", "plain", "bad"):
        assert f'class="span {tone}"' in page
    assert "as a table" not in page  # the grants have a table of their own, with actions


def test_a_closed_engagement_offers_to_reopen_it(api: Api, signed_in: SignIn) -> None:
    api.world.add(an_engagement(closed_at=NOON, version=2))
    page = signed_in("lena").get("/web/engagements/acme-prod").text
    assert "A lead closed it on 24 November 2026, 12:00 UTC." in page
    assert "/web/actions/reopen-engagement?engagement=acme-prod" in page
    assert "/web/actions/grant-access" not in page
    assert "/web/actions/verify-role" not in page


def test_the_page_of_a_role_shows_findings_with_commands(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_role(verification=a_verification(results=results(Check.NO_ID))))
    page = signed_in("ada").get("/web/engagements/acme-prod/roles/readonly").text
    assert "Daypass can assume the role WITHOUT an external ID." in page
    assert "aws iam update-assume-role-policy" in page


def test_the_page_of_the_client_never_shows_the_secret_of_a_link(
    api: Api, signed_in: SignIn
) -> None:
    link = a_link("s" * 52, created_at=NOON)
    api.world.add(
        link,
        an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id="daypass-brake", version=2),
    )
    page = signed_in("lena").get("/web/engagements/acme-prod/client").text
    assert link.id in page
    assert link.hash not in page
    assert "s" * 52 not in page
    assert "Not proven" in page


def test_the_page_of_approvals_shows_who_approves(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        an_approval_policy(members=frozenset({"bob"}), people=2, client=True),
        a_client_approver(),
        a_request(),
    )
    page = signed_in("ada").get("/web/engagements/acme-prod/approvals").text
    assert "Two of" in page
    assert ", and the client" in page
    assert "jo@acme.example" in page
    assert "for 1 hour from its first use" in page


def fails_to_read(api: Api, kind: type) -> None:
    """Make every read of a list of this kind fail."""
    listed = api.scene.ports.state.list

    def fail_or_list(which: type, **by: Any) -> Any:
        if which is kind:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        return listed(which, **by)

    api.scene.ports.state.list = fail_or_list  # type: ignore[method-assign]


@pytest.mark.parametrize("path", [PAGES[0], PAGES[1], PAGES[3], PAGES[4]])
def test_a_part_that_cannot_be_read_is_said_and_the_rest_is_shown(
    api: Api, signed_in: SignIn, path: str
) -> None:
    browser = signed_in("lena")
    fails_to_read(api, Role)
    page = browser.get(path)
    assert page.status == 200
    assert "Not shown:" in page.text
    assert "acme-prod" in page.text
    assert ">A</span>" not in page.text


def test_an_engagement_that_cannot_be_read_at_all_says_so(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    api.world.fails_at("get_together", Unavailable(Reason.RECORDS_UNAVAILABLE))
    page = browser.get("/web/engagements/acme-prod")
    assert page.status == 503
    assert "Active" not in page.text


def test_a_stop_that_was_just_stored_is_shown(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    api.post("/v1/engagements/acme-prod/revoke", "lena", {"reason": "leak"})
    item = api.world.items[Engagement, ("acme-prod",)]
    api.world.add(
        replace(item, revoked_at=None, stop="")
    )  # as a reader that has only the stop sees it
    assert "A lead revoked it" in browser.get("/web/engagements/acme-prod").text


def test_every_action_that_a_page_offers_exists_and_knows_its_object(
    api: Api, signed_in: SignIn
) -> None:
    api.world.add(
        a_role(verification=FAILED, version=2),
        a_client_approver(),
        a_request(),
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
