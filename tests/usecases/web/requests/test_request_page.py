"""The page of one request: what the caller may do with it, and its sessions."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.requests.own import start_access
from chalicelib.usecases.vending.end_session import give_back_session, revoke_session
from chalicelib.usecases.web.requests.request_page import RequestPage, read_request_page
from tests.builders import Scene, a_client_approver, an_approval_policy
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it, review_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    refused,
)
from tests.usecases.web.unreadable import fail

MAY = ("may_withdraw", "may_start", "may_end", "may_revoke", "may_review")


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def page_of(scene: Scene, request: str, by: str = "lena") -> RequestPage:
    return scene.do(read_request_page, request, by=by)


def may(scene: Scene, request: str, by: str) -> set[str]:
    page = page_of(scene, request, by)
    allowed = {name for name in MAY if getattr(page, name)}
    allowed |= {"may_approve"} if page.row.may_approve else set()
    return allowed | ({"may_deny"} if page.row.may_deny else set())


def test_each_person_may_do_their_part_of_a_pending_request(scene: Scene) -> None:
    request = ask(scene).id
    assert may(scene, request, "lena") == may(scene, request, "bob") == {"may_approve", "may_deny"}
    assert may(scene, request, "alice") == {"may_withdraw"}
    assert may(scene, request, "ada") == set()


def test_an_approved_request_can_be_started_given_back_and_revoked(scene: Scene) -> None:
    request = ask(scene).id
    approve(scene, request)
    assert may(scene, request, "alice") == {"may_start", "may_end"}
    assert may(scene, request, "lena") == {"may_revoke"}
    assert may(scene, request, "ada") == may(scene, request, "bob") - {"may_revoke"} == set()
    scene.do(start_access, request, by="alice")
    assert may(scene, request, "alice") == {"may_end"}
    scene.later(hours=2)
    assert may(scene, request, "alice") == may(scene, request, "lena") == set()


def test_a_denied_or_expired_request_leaves_nothing_to_do(scene: Scene) -> None:
    denied, expired = ask(scene).id, ask(scene).id
    deny(scene, denied)
    scene.later(hours=1)
    for request in (denied, expired):
        for by in ("alice", "lena", "bob"):
            if request == denied or by != "bob":
                assert may(scene, request, by) == set()


def test_outsiders_learn_nothing_of_a_request(scene: Scene) -> None:
    for request in (ask(scene).id, "alice.0000000000000000"):
        reason = refused(page_of, scene, request, "carol").reason
        entry = scene.last_entry
        assert reason is entry.reason is Reason.NO_SUCH_REQUEST
        assert (entry.outcome, entry.details) == (Outcome.REFUSED, {"request": request})


def test_an_unknown_engagement_hides_the_request_from_no_reader(scene: Scene) -> None:
    request = ask(scene).id
    del scene.world.items[Engagement, ("acme-prod",)]
    assert page_of(scene, request).engagement is None
    assert page_of(scene, request, "alice").engagement is None
    assert refused(page_of, scene, request, "bob").reason is Reason.NO_SUCH_REQUEST


def test_another_lead_reviews_an_emergency() -> None:
    scene = an_emergency_scene()
    request = open_it(scene).id
    by_luis = open_it(scene, by="luis").id
    assert may(scene, request, "lena") == {"may_revoke", "may_review"}
    page = page_of(scene, by_luis, "luis")
    assert (page.may_review, page.review_problem) == (False, Reason.OWN_REQUEST)
    assert page_of(scene, by_luis, "ada").review_problem is None
    review_it(scene, request)
    assert may(scene, request, "lena") == {"may_revoke"}


def test_leads_and_auditors_see_who_can_approve_at_the_client(scene: Scene) -> None:
    request = ask(scene).id
    assert page_of(scene, request).client_approvers is None
    scene.add(an_approval_policy(client=True))
    scene.add(a_client_approver("max", is_contact=True))
    assert page_of(scene, request).client_approvers == ("Jo Doe",)
    assert page_of(scene, request, "ada").client_approvers == ("Jo Doe",)
    assert page_of(scene, request, "alice").client_approvers is None


# Its sessions


def vended(scene: Scene) -> str:
    request = SessionRequest(role="readonly", reason="INC-7")
    return scene.vend(request=request).vend


def test_it_has_the_sessions_that_the_request_gave(scene: Scene) -> None:
    early = ask(scene, ends_at=at(minutes=30)).id
    approve(scene, early)
    first = vended(scene)
    request = ask(scene, ends_at=at(hours=2)).id
    approve(scene, request)
    scene.later(minutes=1)
    second, third = vended(scene), vended(scene)
    scene.do(give_back_session, second, by="alice")
    scene.do(revoke_session, "alice", third, why="w")
    page = page_of(scene, request)
    sessions = {each.vend: each for each in page.sessions}
    assert {each.outcome for each in page.sessions} == {Outcome.ISSUED}
    given_back, revoked = sessions.pop(second), sessions.pop(third)
    assert sessions == {}
    assert (given_back.given_back_at, revoked.revoked_at) == (at(minutes=1), at(minutes=1))
    assert given_back.said == "INC-7"
    earlier = page_of(scene, early).sessions
    assert [each.vend for each in earlier] == [first]


def test_sessions_of_an_access_that_began_late_are_found(scene: Scene) -> None:
    """The trail is read until the access that starts last has ended, and the last vend after it."""
    request = ask(scene, duration=28_800).id
    approve(scene, request)
    scene.later(hours=23, minutes=59)
    scene.do(start_access, request, by="alice")
    first = vended(scene)
    scene.later(hours=7, minutes=44)
    last = vended(scene)
    assert [each.vend for each in page_of(scene, request).sessions] == [last, first]


def test_an_undecided_request_has_no_sessions_and_reads_none(scene: Scene) -> None:
    scene.ports.trail.page = None  # type: ignore[assignment,method-assign]
    assert page_of(scene, ask(scene).id).sessions == ()


def test_sessions_that_cannot_be_read_are_none(scene: Scene) -> None:
    request = ask(scene).id
    approve(scene, request)
    scene.ports.trail.page = fail  # type: ignore[method-assign]
    assert page_of(scene, request).sessions is None
