"""Requests for access, what they open, and the sessions that the web console gives."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.web.sessions import UsedForm, WebSession
from tests.builders import (
    Scene,
    a_grant,
    a_grant_on_request,
    a_role,
    an_approval_policy,
)
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.requests.own import ROLE, entries_of, has_secrets, read_form_id, vend
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, opened


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


def test_a_form_gives_one_session_however_often_it_is_sent(
    signed_in: SignIn, scene: Scene, api: Api
) -> None:
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    page = browser.get("/web/actions/get-credentials", **ROLE)
    fields = {**ROLE, "form": read_form_id(page)}
    assert has_secrets(browser.post("/web/client-actions/get-credentials", fields))
    for action in ("get-credentials", "open-aws-console"):
        again = browser.post(f"/web/client-actions/{action}", fields)
        assert again.status == 409
        assert "This form was sent already" in again.text
        assert not has_secrets(again)
    assert len(api.world.issued) == 1
    assert has_secrets(vend(browser))


def test_of_two_requests_with_one_form_at_once_one_gets_a_session(
    signed_in: SignIn, scene: Scene, api: Api
) -> None:
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    page = browser.get("/web/actions/get-credentials", **ROLE)
    fields = {**ROLE, "form": read_form_id(page)}
    other: list[Response] = []
    api.world.just_before(
        "save", lambda: other.append(browser.post("/web/client-actions/get-credentials", fields))
    )
    first = browser.post("/web/client-actions/get-credentials", fields)
    assert sorted([first.status, other[0].status]) == [200, 409]
    assert len(api.world.issued) == 1


def test_a_form_is_used_up_also_if_its_vend_fails(
    signed_in: SignIn, scene: Scene, api: Api
) -> None:
    scene.world.add(a_grant("alice"), a_role(requires_reason=True))
    browser = signed_in("alice")
    path = "/web/client-actions/get-credentials"
    fields = {**ROLE, "form": read_form_id(browser.get("/web/actions/get-credentials", **ROLE))}
    refused = browser.post(path, fields)
    assert refused.status == 403
    assert browser.post(path, fields | {"reason": "INC-7"}).status == 409
    assert not api.world.issued
    new = fields | {"form": read_form_id(refused), "reason": "INC-7"}
    assert has_secrets(browser.post(path, new))


def test_no_other_session_can_use_up_a_form(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(a_grant("alice"), a_grant("bob"))
    browser, others = signed_in("alice"), [signed_in("alice"), signed_in("bob")]
    fields = {**ROLE, "form": read_form_id(browser.get("/web/actions/get-credentials", **ROLE))}
    for other in others:
        other.get("/web/actions/get-credentials", **ROLE)
        assert has_secrets(other.post("/web/client-actions/get-credentials", fields))
    assert has_secrets(browser.post("/web/client-actions/get-credentials", fields))
    assert len(api.world.find(UsedForm, where=lambda _: True)) == 3


def test_a_used_form_is_kept_for_as_long_as_its_session_can_send_it(
    signed_in: SignIn, scene: Scene, api: Api
) -> None:
    scene.world.add(a_grant("alice"))
    assert has_secrets(vend(signed_in("alice")))
    (used,) = api.world.find(UsedForm, where=lambda _: True)
    (session,) = api.world.find(WebSession, where=lambda _: True)
    assert used.gone_after > used.expires_at == session.expires_at
    assert session.version == 1


def test_a_form_without_its_id_gives_nothing(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    browser.get("/web/access")
    for form in ({}, {"form": "x"}, {"form": "0" * 33}):
        answer = browser.post("/web/client-actions/get-credentials", {**ROLE, **form})
        assert answer.status == 400
    assert not api.world.issued


def test_a_session_needs_a_recent_sign_in(signed_in: SignIn, scene: Scene, api: Api) -> None:
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    scene.world.later(minutes=11)
    answer = vend(browser)
    assert "daypass web" in answer.text
    assert not has_secrets(answer)
    assert entries_of(api, Action.VEND) == []


def test_outsiders_learn_nothing(signed_in: SignIn, scene: Scene, api: Api) -> None:
    browser = signed_in("carol")
    browser.get("/web/access")
    for action in ("get-credentials", "open-aws-console", "request-access", "open-emergency"):
        real = browser.get(f"/web/actions/{action}", **ROLE)
        unknown = browser.get(f"/web/actions/{action}", engagement="nowhere", role="readonly")
        missing = browser.get(f"/web/actions/{action}")
        texts = [re.sub(r"request-[0-9]+|acme-prod|nowhere", "", e.text) for e in (real, unknown)]
        assert texts[0] == texts[1]
        for answer in (real, unknown, missing):
            assert answer.status == 403
            assert "This engagement does not exist, or you have no access to it." in answer.text
    answer = browser.post("/web/client-actions/get-credentials", {**ROLE, "form": "0" * 32})
    assert answer.status == 403
    assert entries_of(api, Action.VEND) == [("carol", Outcome.REFUSED, Reason.NOT_A_MEMBER)]


@pytest.mark.golden
def test_what_the_pages_say_before_and_after_a_session(console: Transcript, scene: Scene) -> None:
    approve(scene, ask(scene).id)
    console.open("alice", "/web/access")
    console.open("alice", "/web/actions/get-credentials", **ROLE)
    vend(console.browser("alice"))
    (grant,) = opened(scene)
    assert grant.started_at == at()
    console.note("she got a session, which began the approved time")
    console.open("alice", "/web/access")
    console.note("the role requires a reason, and AWS gives no sign-in link", a_grant("alice"))
    scene.world.console_answers = False
    scene.world.add(a_role(requires_reason=True))
    console.act("alice", "open-aws-console", ROLE)
    console.act("alice", "open-aws-console", ROLE | {"reason": "INC-7"})
    console.hold("requests/sessions")


def test_a_session_in_the_browser_counts_as_a_vend(
    signed_in: SignIn, scene: Scene, output: Output
) -> None:
    """Alarms look at refused vends, and at those for which AWS issues nothing."""
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    vend(browser)
    path = "/web/client-actions/get-credentials"
    assert browser.post(path, {**ROLE, "engagement": "nowhere", "form": "0" * 32}).status == 403
    vended, refused = output.metrics()
    assert vended["Vends"] == [1.0]
    assert (refused["Refusals"], refused["reason"]) == ([1.0], "not-a-member")
