"""The page that explains an access decision, and says no more than a person may know."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.trail import Outcome
from tests.builders import (
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_request,
    a_role,
    an_approval_policy,
)
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON

ALICES = {"member": "alice", "engagement": "acme-prod", "role": "readonly"}
ALLOWED = (
    " can enter <bdi>acme-prod/readonly</bdi>.</b> Daypass would request a session of 1 hour from"
    " AWS now"
)


@pytest.mark.parametrize("reader", ["lena", "ada"])
def test_a_reader_sees_that_a_member_would_get_a_session(signed_in: SignIn, reader: str) -> None:
    page = signed_in(reader).get("/web/why", **ALICES)
    assert page.status == 200
    assert ALLOWED in page.text
    assert page.text.count(">holds<") == 17
    assert "would refuse" not in page.text


def test_the_first_clause_that_refuses_is_marked_and_says_what_would_change_it(
    scene: Scene, signed_in: SignIn
) -> None:
    scene.world.add(a_grant(ends_at=NOON), a_role(verification=None))
    page = signed_in("lena").get("/web/why", **ALICES)
    assert ALLOWED not in page.text
    assert "The grant of alice ended on 24 November 2026, 12:00 UTC." in page.text
    assert "A lead can change this: <bdi>Give the grant a later end.</bdi>" in page.text
    assert page.text.count(">refuses<") == 1
    assert page.text.count(">would refuse, too<") == 2  # not verified, and no time is left


def test_an_explanation_records_nothing_and_vends_nothing(scene: Scene, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    before = list(scene.world.entries)
    browser.get("/web/why", **ALICES)
    assert scene.world.entries == before
    assert scene.world.issued == []


def test_a_member_sees_their_own(signed_in: SignIn) -> None:
    page = signed_in("alice").get("/web/why", engagement="acme-prod", role="readonly")
    assert ALLOWED in page.text
    assert 'name="member"' not in page.text


@pytest.mark.parametrize("reader", ["lena", "alice"])
def test_a_request_that_waits_is_the_next_step(
    scene: Scene, signed_in: SignIn, reader: str
) -> None:
    scene.world.add(a_grant_on_request(), an_approval_policy(client=True))
    browser = signed_in(reader)
    query = {"engagement": "acme-prod", "role": "readonly"}
    if reader == "lena":
        query["member"] = "alice"
    assert (
        "The member can change this: <bdi>Request access." in browser.get("/web/why", **query).text
    )
    request = a_request(stops=("", "", "", ""))
    scene.world.add(request)
    page = browser.get("/web/why", **query).text
    assert f'<a href="/api/web/requests/{request.id}">Their request</a> waits for' in page
    assert "<bdi>a lead and the client</bdi>, until" in page
    assert "Request access." not in page
    scene.world.add(replace(request, approvals=(Approval(by="lena", at=NOON),)))
    page = browser.get("/web/why", **query).text
    assert "<bdi>lena</bdi> approved" in page
    assert "It still waits for <bdi>the client</bdi>, until" in page
    scene.world.later(hours=1)
    signed = signed_in(reader)
    assert "Request access." in signed.get("/web/why", **query).text


def test_the_answer_begins_with_yes_or_no(scene: Scene, signed_in: SignIn) -> None:
    own = {"engagement": "acme-prod", "role": "readonly"}
    yes = signed_in("alice").get("/web/why", **own).text
    assert '<p class="message done"><b>Yes: you can enter <bdi>acme-prod/readonly' in yes
    scene.world.add(a_grant(ends_at=NOON))
    no = signed_in("alice").get("/web/why", **own).text
    assert '<p class="message bad"><b>No: you cannot enter <bdi>acme-prod/readonly' in no
    assert no.count("Ask your lead.") == 2  # in the answer, and at its clause
    assert "A lead can change this" not in no
    other = signed_in("lena").get("/web/why", **ALICES).text
    assert "<b>No: <bdi>alice</bdi> cannot enter" in other


def test_a_member_does_not_see_anothers(scene: Scene, signed_in: SignIn) -> None:
    answer = signed_in("bob").get("/web/why", **ALICES)
    assert answer.status == 403
    assert scene.world.entries[-1].outcome is Outcome.REFUSED


def test_a_member_is_not_offered_anothers_engagements(signed_in: SignIn) -> None:
    page = signed_in("bob").get("/web/why", member="alice")
    assert "acme-prod" not in page.text


def test_an_outsider_learns_nothing(scene: Scene, signed_in: SignIn) -> None:
    scene.world.add(a_block("acme-prod"))
    browser = signed_in("bob")
    pages = [
        browser.get("/web/why", engagement=engagement, role="readonly").text.replace(
            engagement, "X"
        )
        for engagement in ("acme-prod", "nowhere")
    ]
    assert pages[0] == pages[1]
    assert "paus" not in pages[0]
    assert "does not exist, or you have no access to it" in pages[0]


def test_the_form_fills_in_step_by_step(scene: Scene, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    first = browser.get("/web/why")
    assert '<option value="alice">' in first.text
    assert '<option value="acme-prod">' in first.text
    second = browser.get("/web/why", member="alice", engagement="acme-prod")
    assert ALLOWED in second.text  # the engagement has one role
    scene.world.add(a_role("deploy"))
    third = browser.get("/web/why", member="alice", engagement="acme-prod")
    assert "member=alice&amp;engagement=acme-prod&amp;role=readonly" in third.text
    assert "member=alice&amp;engagement=acme-prod&amp;role=deploy" in third.text


def test_a_member_is_offered_only_what_their_grants_name(signed_in: SignIn) -> None:
    page = signed_in("bob").get("/web/why")
    assert '<option value="globex">' in page.text
    assert "acme-prod" not in page.text


@pytest.mark.parametrize(
    "query",
    [
        {"member": "<b>"},
        {**ALICES, "role": "a b"},
        {**ALICES, "duration": "60"},
        {**ALICES, "reason": "perhaps"},
        {"other": "x"},
    ],
    ids=str,
)
def test_an_invalid_field_is_refused_with_a_page(signed_in: SignIn, query: dict[str, str]) -> None:
    answer = signed_in("lena").get("/web/why", **query)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def test_who_asks_for_how_long_and_with_a_reason_counts(scene: Scene, signed_in: SignIn) -> None:
    scene.world.add(a_role(requires_reason=True, max_session=1800))
    browser = signed_in("lena")
    without = browser.get("/web/why", **ALICES, reason="no")
    assert "readonly requires a reason, and none is given." in without.text
    too_long = browser.get("/web/why", **ALICES, duration="3600")
    assert "A session of 1 hour is requested. readonly allows 30 minutes." in too_long.text
    agent = browser.get("/web/why", **ALICES, caller="agent")
    assert "acme-prod gives programs sessions that can only read." in agent.text


def test_a_member_and_an_engagement_that_do_not_exist_are_explained(signed_in: SignIn) -> None:
    browser = signed_in("ada")
    nobody = browser.get("/web/why", **(ALICES | {"member": "nobody"}))
    assert "No member has the ID nobody." in nobody.text
    nowhere = browser.get("/web/why", **(ALICES | {"engagement": "nowhere"}))
    assert "No engagement has the ID nowhere." in nowhere.text


def test_without_the_facts_the_page_says_so(
    scene: Scene, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("lena")

    def cannot_read(*_: Any) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    monkeypatch.setattr(scene.ports.state, "access_facts", cannot_read)
    page = browser.get("/web/why", **ALICES)
    assert page.status == 200
    assert "could not read the facts" in page.text
    assert ALLOWED not in page.text
