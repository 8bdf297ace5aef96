"""Requests for access, and the access that they open, through the app."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from tests.builders import (
    Scene,
    a_grant,
    an_approval_policy,
)
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.requests.own import ROLE, entries_of, vend
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests(an_approval_policy(members=frozenset({"bob"})))


def test_a_member_requests_access_once(signed_in: SignIn, scene: Scene, api: Api) -> None:
    browser = signed_in("alice")
    page = browser.get("/web/actions/request-access", **ROLE)
    for text in ("Daypass asks a lead or bob", "expires if no one decides it within 1 hour",
                 "8 hours at most"):  # fmt: skip
        assert text in page.text, text
    request = re.search(r'name="request" value="([a-z0-9.]+)"', page.text)
    assert request
    fields = {**ROLE, "request": request[1], "duration": "3600", "reason": "INC-7"}
    answer = browser.post("/web/actions/request-access", fields)
    assert "It waits for a lead or bob" in browser.follow(answer).text
    again = browser.post("/web/actions/request-access", fields)
    assert again.headers["Location"] == answer.headers["Location"]
    (stored,) = api.world.find(AccessRequest, where=lambda _: True)
    assert (stored.id, stored.duration, stored.reason) == (request[1], 3600, "INC-7")
    assert entries_of(api, Action.REQUEST_CREATE) == [("alice", Outcome.DONE, "")]
    page = browser.get("/web/access")
    assert "You asked for" in page.text
    assert "request-access" not in page.text


@pytest.mark.parametrize(
    "request_id", ["bob.01lgav20bvmempnv", "alice.0000000000000000", "alice.vvvvvvvvvvvvvvvv", "x"]
)
def test_a_made_up_id_is_not_taken(
    signed_in: SignIn, scene: Scene, api: Api, request_id: str
) -> None:
    fields = {**ROLE, "request": request_id, "duration": "3600", "reason": "INC-7"}
    browser = signed_in("alice")
    browser.get("/web/actions/request-access", **ROLE)
    answer = browser.post("/web/actions/request-access", fields)
    assert answer.status == (400 if request_id == "x" else 303)
    assert not api.world.find(AccessRequest, where=lambda each: each.id == request_id)


def test_a_request_for_a_time_and_with_a_ticket(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(an_approval_policy(ticket_pattern="OPS-#", version=2))
    browser = signed_in("alice")
    fields = {**ROLE, "ends_at": "2026-11-24T15:00", "reason": "INC-7"}
    answer = browser.act("request-access", fields)
    assert (answer.status, "A request needs a ticket such as OPS-1234." in answer.text) == (
        400,
        True,
    )
    assert 'value="2026-11-24T15:00"' in answer.text
    browser.act("request-access", fields | {"ticket": "OPS-7"})
    (stored,) = api.world.find(AccessRequest, where=lambda _: True)
    assert (stored.ends_at, stored.ticket) == (at(hours=3), "OPS-7")


def test_access_is_started_and_given_back(signed_in: SignIn, scene: Scene, api: Api) -> None:
    request = ask(scene).id
    approve(scene, request)
    browser = signed_in("alice")
    page = browser.get("/web/actions/start-access", request=request)
    assert "for 1 hour from now" in page.text
    browser.act("start-access", {"request": request})
    page = browser.get("/web/access")
    assert "Approved: " in page.text
    vend(browser)
    page = browser.get("/web/actions/end-request-access", request=request)
    assert "One session under it may work until 24 November 2026, 13:" in page.text or (
        "One session under it may work until 24 November 2026, 12:" in page.text
    )
    scene.world.later(minutes=11)  # giving back needs no recent sign-in
    answer = browser.act("end-request-access", {"request": request})
    assert "Your access is over." in browser.follow(answer).text
    (grant,) = api.world.find(ApprovedGrant, where=lambda _: True)
    assert grant.request == request
    assert scene.ports.state.get(ApprovedGrant, *grant.key).revoked_at is not None  # type: ignore[union-attr]
    for action in ("start-access", "end-request-access"):
        assert browser.get(f"/web/actions/{action}", request=request).status == 409


def test_no_one_starts_or_ends_the_access_of_another(signed_in: SignIn, scene: Scene) -> None:
    request = ask(scene).id
    approve(scene, request)
    browser = signed_in("bob")
    assert browser.get("/web/actions/start-access", request=request).status == 409
    assert browser.get("/web/actions/end-request-access", request=request).status == 404


def test_a_member_is_done_with_a_session(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    vend(browser)
    vend_id = api.world.entries[-1].vend
    scene.world.later(minutes=11)
    page = browser.get("/web/actions/end-session", session=vend_id)
    assert "AWS cannot recall a session" in page.text
    answer = browser.act("end-session", {"session": vend_id})
    shown = browser.follow(answer)
    assert "0 live, 1 given back" in shown.text
    assert "actions/end-session" not in shown.text
    assert entries_of(api, Action.SESSION_END) == [("alice", Outcome.DONE, "")]
    other = signed_in("bob")
    for session in (vend_id, "0" * 16, "x", ""):
        assert other.get("/web/actions/end-session", session=session).status == 404


def test_a_member_opens_a_role_in_an_emergency(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(an_emergency_grant())
    browser = signed_in("alice")
    assert "open-emergency" in browser.get("/web/access").text
    page = browser.get("/web/actions/open-emergency", **ROLE)
    assert "Every lead is notified at once." in page.text
    answer = browser.act("open-emergency", {**ROLE, "duration": "1800", "reason": "disk full"})
    page = browser.follow(answer)
    assert "The role is open to you." in page.text
    assert "Opened in an emergency" in page.text
    assert entries_of(api, Action.EMERGENCY_BEGIN) == [("alice", Outcome.DONE, "")]
    again = browser.get("/web/actions/open-emergency", **ROLE)
    assert (again.status, "A lead has to review your last emergency" in again.text) == (409, True)


def test_an_emergency_needs_a_recent_sign_in(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(an_emergency_grant())
    browser = signed_in("alice")
    scene.world.later(minutes=11)
    browser.act("open-emergency", {**ROLE, "duration": "1800", "reason": "disk full"})
    assert entries_of(api, Action.EMERGENCY_BEGIN) == []
