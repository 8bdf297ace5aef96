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
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_link,
    a_request,
    a_role,
    a_verification,
    an_approval_policy,
    an_engagement,
    an_intent,
    results,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.transcript import NOTHING_READ, Transcript, cannot_read
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


@pytest.mark.golden
def test_the_list_has_pages_and_filters(console: Transcript) -> None:
    console.api.world.add(*(an_engagement(f"client-{n:02}", client=f"Firm {n}") for n in range(30)))
    console.open("ada", "/web/engagements")
    console.open("ada", "/web/engagements", cursor="client-23")
    for prefix in ("Client-2", "x’y"):
        console.open("ada", "/web/engagements", starts_with=prefix)
    console.hold("engagements/list")


@pytest.mark.golden
def test_the_pages_in_each_state(console: Transcript) -> None:
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
    fails_to_read(console.api, Role)
    console.open("lena", *PAGES[:2], *PAGES[3:])
    console.note("nothing can be read")
    console.api.world.fails_at("get_together", NOTHING_READ)
    console.open("lena", PAGES[1])
    console.hold("engagements/states")


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


def fails_to_read(api: Api, kind: type) -> None:
    """Make every read of a list of this kind fail."""
    listed = api.scene.ports.state.list

    def fail_or_list(which: type, **by: Any) -> Any:
        if which is kind:
            cannot_read()
        return listed(which, **by)

    api.scene.ports.state.list = fail_or_list  # type: ignore[method-assign]


def test_every_action_that_a_page_offers_exists_and_knows_its_object(
    api: Api, signed_in: SignIn
) -> None:
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
