"""Requests for access, what they open, and the sessions that the web console gives."""

import re

import pytest

from chalicelib.domain.people.sign_in import UsedForm
from chalicelib.domain.requests.requests import AccessRequest
from tests.builders import (
    a_grant,
    a_grant_on_request,
    a_role,
    an_approval_policy,
)
from tests.entrypoints.driver import Response
from tests.entrypoints.web.requests.own import ROLE, has_secrets, read_form_id, vend
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, opened
from tests.usecases.unreadable import fail


@pytest.fixture
def scene():
    return a_scene_of_requests(an_approval_policy(members=frozenset({"bob"})))


def test_a_member_requests_access_once(console, scene):
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


def test_a_session_of_another_is_not_found(signed_in, scene, api):
    scene.world.add(a_grant("alice"))
    vend(signed_in("alice"))
    other = signed_in("bob")
    for session in (api.world.entries[-1].vend, "0" * 16, "x", ""):
        assert other.get("/web/actions/end-session", session=session).status == 404


def test_the_page_in_each_state(console, scene):
    console.open("carol", "/web/access")
    console.note("alice has a grant", a_grant("alice"))
    console.open("alice", "/web/access")
    console.note("the role is not checked", a_role(verification=None))
    console.open("alice", "/web/access")
    console.note("lists cannot be read")
    for port, name in (("trail", "vends"), ("state", "list_ignoring_stops"), ("state", "list")):
        setattr(getattr(scene.ports, port), name, fail)
    console.open("alice", "/web/access")
    console.hold("requests/own-access")


def test_no_text_is_for_another_place(signed_in, scene):
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


CREDENTIALS = "/web/client-actions/get-credentials"


def open_form(browser):
    """Open the page for credentials, and return what its form sends."""
    page = browser.get("/web/actions/get-credentials", **ROLE)
    return {**ROLE, "form": read_form_id(page)}


def test_a_form_gives_one_session_however_often_and_in_which_session_it_is_sent(
    signed_in, scene, api
):
    scene.world.add(a_grant("alice"), a_grant("bob"))
    browser, *others = signed_in("alice"), signed_in("alice"), signed_in("bob")
    fields = open_form(browser)
    for other in others:  # they cannot use it up
        open_form(other)
        assert has_secrets(other.post(CREDENTIALS, fields))
    assert has_secrets(browser.post(CREDENTIALS, fields))
    for action in ("get-credentials", "open-aws-console"):
        again = browser.post(f"/web/client-actions/{action}", fields)
        assert again.status == 409
        assert "You have already sent this form" in again.text
        assert not has_secrets(again)
    assert len(api.world.issued) == 3
    (*_, used) = api.world.find(UsedForm, where=lambda _: True)
    assert used.gone_after > used.expires_at  # as long as its session can send it


def test_of_two_requests_with_one_form_at_once_one_gets_a_session(signed_in, scene, api):
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    fields, other = open_form(browser), list[Response]()
    api.world.just_before("save", lambda: other.append(browser.post(CREDENTIALS, fields)))
    first = browser.post(CREDENTIALS, fields)
    assert sorted([first.status, other[0].status]) == [200, 409]
    assert len(api.world.issued) == 1


def test_a_form_is_used_up_also_if_its_vend_fails(signed_in, scene, api):
    scene.world.add(a_grant("alice"), a_role(requires_reason=True))
    browser = signed_in("alice")
    fields = open_form(browser)
    refused = browser.post(CREDENTIALS, fields)
    assert refused.status == 403
    assert browser.post(CREDENTIALS, fields | {"reason": "INC-7"}).status == 409
    assert not api.world.issued
    new = fields | {"form": read_form_id(refused), "reason": "INC-7"}
    assert has_secrets(browser.post(CREDENTIALS, new))


def test_what_the_pages_say_before_and_after_a_session(console, scene):
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


def test_a_session_in_the_browser_counts_as_a_vend(signed_in, scene, output):
    """Alarms look at refused vends, and at those for which AWS issues nothing."""
    scene.world.add(a_grant("alice"))
    browser = signed_in("alice")
    vend(browser)
    path = "/web/client-actions/get-credentials"
    assert browser.post(path, {**ROLE, "engagement": "nowhere", "form": "0" * 32}).status == 403
    vended, refused = output.metrics()
    assert vended["Vends"] == [1.0]
    assert (refused["Refusals"], refused["reason"]) == ([1.0], "not-a-member")
