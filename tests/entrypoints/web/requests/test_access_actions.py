"""Requests for access, the access that they open, and the page of one's own access."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action
from tests.builders import (
    Scene,
    a_grant,
    a_grant_on_request,
    a_role,
    an_approval_policy,
)
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.requests.own import ROLE, entries_of, vend
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests(an_approval_policy(members=frozenset({"bob"})))


@pytest.mark.golden
def test_a_member_requests_access_once(console: Transcript, scene: Scene) -> None:
    fields = {**ROLE, "duration": "3600", "reason": "INC-7"}
    console.open("alice", "/web/access")
    console.act("alice", "request-access", fields, query=ROLE, times=2)
    console.open("alice", "/web/access")
    (stored,) = scene.world.find(AccessRequest, where=lambda _: True)
    assert (stored.duration, stored.reason) == (3600, "INC-7")
    policy = an_approval_policy(ticket_pattern="OPS-#", version=2)
    console.note("a request needs a ticket", policy, a_grant_on_request("bob"))
    timed = {**ROLE, "duration": "", "ends_at": "2026-11-24T15:00", "reason": "INC-7"}
    console.act("bob", "request-access", timed, query=ROLE)
    console.act("bob", "request-access", timed | {"ticket": "OPS-7"}, query=ROLE)
    (stored,) = scene.world.find(AccessRequest, where=lambda each: each.member == "bob")
    assert (stored.ends_at, stored.ticket) == (at(hours=3), "OPS-7")
    console.hold("requests/requested")


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


@pytest.mark.golden
def test_access_is_started_and_given_back(console: Transcript, scene: Scene) -> None:
    request = {"request": ask(scene).id}
    approve(scene, request["request"])
    console.open("alice", "/web/actions/start-access", **request)
    for action in ("start-access", "end-request-access"):
        console.open("bob", f"/web/actions/{action}", **request)
    console.act("alice", "start-access", request)
    console.open("alice", "/web/access")
    vend(console.browser("alice"))
    scene.world.later(minutes=11)  # giving back needs no recent sign-in
    console.act("alice", "end-request-access", request)
    (grant,) = scene.world.find(ApprovedGrant, where=lambda _: True)
    assert scene.ports.state.get(ApprovedGrant, *grant.key).revoked_at is not None  # type: ignore[union-attr]
    for action in ("start-access", "end-request-access"):
        console.open("alice", f"/web/actions/{action}", **request)
    console.hold("requests/started")


def test_a_session_of_another_is_not_found(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(a_grant("alice"))
    vend(signed_in("alice"))
    other = signed_in("bob")
    for session in (api.world.entries[-1].vend, "0" * 16, "x", ""):
        assert other.get("/web/actions/end-session", session=session).status == 404


@pytest.mark.golden
def test_a_member_opens_a_role_in_an_emergency(console: Transcript, scene: Scene) -> None:
    scene.world.add(an_emergency_grant())
    console.open("alice", "/web/access")
    console.act("alice", "open-emergency", {**ROLE, "duration": "1800", "reason": "disk full"})
    console.open("alice", "/web/actions/open-emergency", **ROLE)
    console.hold("requests/emergency")


def test_an_emergency_needs_a_recent_sign_in(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(an_emergency_grant())
    browser = signed_in("alice")
    scene.world.later(minutes=11)
    browser.act("open-emergency", {**ROLE, "duration": "1800", "reason": "disk full"})
    assert entries_of(api, Action.EMERGENCY_BEGIN) == []


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, scene: Scene) -> None:
    console.open("carol", "/web/access")
    console.note("alice has a grant", a_grant("alice"))
    console.open("alice", "/web/access")
    console.note("the role is not checked", a_role(verification=None))
    console.open("alice", "/web/access")
    console.note("lists cannot be read")
    for port, name in (("trail", "vends"), ("state", "list_without_stops"), ("state", "list")):
        setattr(getattr(scene.ports, port), name, cannot_read)
    console.open("alice", "/web/access")
    console.hold("requests/own-access")


def test_no_text_is_for_another_place(signed_in: SignIn, scene: Scene) -> None:
    """A page that says "Type: daypass request" sends people without a terminal nowhere."""
    browser = signed_in("alice")
    pages = [browser.get("/web/access")]
    ask(scene)
    pages.append(browser.get("/web/access"))
    scene.world.add(a_grant_on_request("alice", roles=frozenset({"readonly", "no-such"})))
    pages.append(browser.get("/web/access"))
    pages.append(browser.get("/web/actions/get-credentials", **ROLE))
    pages.append(browser.get("/web/actions/get-credentials", engagement="nowhere", role="x"))
    for page in pages:
        assert "/v1/" not in page.text
        assert not re.search(r"[Tt]ype:? (/?daypass|a )", page.text), page.text
