"""The pages Now and Live sessions, through the app."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.vending.blocks import LiftRequest
from chalicelib.domain.web.overview.overview import (
    Ending,
    FailedRole,
    Overview,
    OverviewCounts,
)
from chalicelib.entrypoints.web.cookies import SESSION
from tests.builders import (
    a_block,
    a_grant_on_request,
    a_request,
    a_request_id,
    an_approval_policy,
    an_engagement,
    an_intent,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON

PAGES = ("/web", "/web/now", "/web/sessions")


@pytest.mark.parametrize("member", ["lena", "ada"])
@pytest.mark.parametrize("path", PAGES)
def test_leads_and_auditors_see_every_page(signed_in: SignIn, member: str, path: str) -> None:
    page = signed_in(member).get(path)
    assert page.status == 200
    assert "<h1>" in page.text
    assert 'aria-current="page"' in page.text or path == "/web/sessions"


@pytest.mark.parametrize("path", ["/web", "/web/now"])
def test_a_member_goes_to_their_own_access(signed_in: SignIn, path: str) -> None:
    page = signed_in("alice").get(path)
    assert (page.status, page.headers["Location"]) == (303, "/api/web/access")


@pytest.mark.parametrize("path", ["/web/sessions"])
def test_a_member_may_not_see_everyone(signed_in: SignIn, path: str) -> None:
    assert signed_in("alice").get(path).status == 403


def test_now_shows_who_is_where_and_links_to_them(api: Api, signed_in: SignIn) -> None:
    api.scene.ports.trail.record(an_intent())
    text = signed_in("lena").get("/web/now").text
    for shown in (
        '<a href="/api/web/people/alice"><bdi>Alice</bdi></a>',
        '<a href="/api/web/engagements/acme-prod"><bdi>Acme</bdi></a>',
        "<code>alice.5e55104e5e55104e</code>",
        "1 h left",
        '<div id="now" data-refresh="15">',
    ):
        assert shown in text
    assert "alice.5e55104e5e55104e" in signed_in("lena").get("/web/sessions").text
    revoke = 'href="/api/web/actions/revoke-session?member=alice&amp;session=5e55104e5e55104e"'
    assert revoke in text
    assert revoke not in signed_in("ada").get("/web/now").text


def test_a_page_that_refreshes_itself_keeps_no_session_open(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    refresh = {"Sec-Fetch-Dest": "empty"}
    for _ in range(2):
        api.world.clock += timedelta(minutes=14)
        cookies = {"Cookie": f"{SESSION}={lena.cookies[SESSION]}"}
        assert api.send("GET", "/web/now", headers=cookies | refresh).status == 200
    api.world.clock += timedelta(minutes=3)
    assert lena.get("/web/now").status == 401


def test_now_shows_the_request_that_waits_for_the_lead(api: Api, signed_in: SignIn) -> None:
    request = a_request(stops=("", "", "", ""), reason="<b>INC-7")
    api.world.add(a_grant_on_request(), an_approval_policy(), request)
    text = signed_in("lena").get("/web/now").text
    assert f'href="/api/web/requests/{a_request_id()}">Decide' in text
    assert "&lt;b&gt;INC-7" in text
    assert "request waits for you" in text
    assert "Decide" not in signed_in("ada").get("/web/now").text


def test_a_request_waits_only_for_those_whose_approval_is_missing(
    api: Api, signed_in: SignIn
) -> None:
    first = Approval(by="lena", at=NOON)
    request = a_request(stops=("", "", "", ""))
    policy = an_approval_policy(client=True, members=frozenset({"bob"}))
    api.world.add(a_grant_on_request(), policy, request)
    text = signed_in("lena").get("/web/now").text
    assert ">You</span> and the client</td>" in text
    api.world.add(replace(request, approvals=(first,)))
    now, bob = signed_in("lena").get("/web/now").text, signed_in("bob").get("/web/requests").text
    assert ">You</span>" not in now
    assert "the client</td>" in now
    assert "Nothing waits for you." in bob
    assert "No one else’s approval is missing." in bob
    assert "approve-request?" not in bob
    assert "approve-request?" not in signed_in("bob").get(f"/web/requests/{request.id}").text


def test_now_shows_the_freeze_and_a_pause(api: Api, signed_in: SignIn) -> None:
    api.scene.ports.trail.record(an_intent())
    lena = signed_in("lena")
    api.world.add(a_block(), a_block("acme-prod"))
    text = lena.get("/web/now").text
    assert "Daypass is frozen: no one gets a new session." in text
    assert "stolen laptop" in text
    assert "is paused by the client" in text


def test_now_says_that_a_lead_has_asked_to_lift_the_freeze(api: Api, signed_in: SignIn) -> None:
    request = LiftRequest(
        lead="lois",
        at=NOON,
        reason="false alarm",
        counts_from=NOON,
        ends_at=NOON + timedelta(hours=24),
    )
    api.world.add(a_block(lift_request=request))
    lena = signed_in("lena")
    text = lena.get("/web/now").text
    assert "asked to lift it</b>" in text
    assert "“<bdi>false alarm</bdi>”. Another lead can confirm that" in text
    assert "Two leads can lift" not in text
    api.world.add(a_block(lift_request=replace(request, ends_at=NOON)))
    assert "Two leads can lift the freeze." in lena.get("/web/now").text


def test_the_overview_has_its_time(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    assert "There is no overview yet." in lena.get("/web/now").text
    failed = tuple(
        FailedRole(engagement="hooli", client="Hooli", role=f"role-{n}", checked_at=NOON)
        for n in range(7)
    )
    ending = (Ending(engagement="globex", client="Globex", member="alice", ends_at=NOON),)
    counts = OverviewCounts(failed_roles=7, ending_grants=1)
    api.world.add(Overview(taken_at=NOON, counts=counts, failed_roles=failed, ending_grants=ending))
    text = lena.get("/web/now").text
    assert text.count("as of <time") == 3  # and the footer
    assert "Hooli" in text
    assert "Globex" in text
    assert "The figures of failed checks" not in text
    assert "2 more." in text
    assert "Access of <a" in text
    api.world.add(Overview(taken_at=NOON - timedelta(hours=3), counts=counts))
    assert "The figures of failed checks, near ends and unused grants are from" in (
        lena.get("/web/now").text
    )


def test_names_of_any_length_and_script_are_text(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    name = '<script>alert("1")</script>\u202eשלום' + "x" * 60
    member = api.world.items[(Member, ("alice",))]
    api.world.items[(Member, ("alice",))] = replace(member, name=name)
    api.world.add(an_engagement("long", client=name, external_id="daypass-long"))
    api.scene.ports.trail.record(an_intent(engagement="long"))
    text = lena.get("/web/now").text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;") == 2


def test_a_member_or_engagement_that_is_gone_hides_no_session(api: Api, signed_in: SignIn) -> None:
    api.scene.ports.trail.record(an_intent("nobody", engagement="gone"))
    text = signed_in("lena").get("/web/now").text
    assert '<a href="/api/web/people/nobody"><bdi>nobody</bdi></a>' in text
    assert "No one is in a client" not in text


def test_a_part_that_cannot_be_read_is_named(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    lena = signed_in("lena")
    monkeypatch.setattr(api.scene.ports.trail, "page", fails)
    monkeypatch.setattr(api.scene.ports.state, "get_together", fails)
    text = lena.get("/web/now").text
    assert text.count("<b>Not shown:</b>") == 3
    assert "no session is alive" not in text  # unread is not empty
    assert "No request waits" not in text
    assert "<b>Not shown:</b>" in lena.get("/web/sessions").text


def test_a_cursor_that_is_none_is_refused(signed_in: SignIn) -> None:
    assert signed_in("lena").get("/web/sessions?cursor=x").status == 400
