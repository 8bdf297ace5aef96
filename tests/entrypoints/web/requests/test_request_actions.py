"""Decisions about requests, and the review of emergencies, through the app."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Action, Outcome
from tests.builders import Scene, an_approval_policy
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.usecases.requests.emergency_scene import REVIEW, an_emergency_scene, open_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    ask,
    at,
    stored,
)

ENTRIES = (Action.REQUEST_APPROVE, Action.REQUEST_DENY, Action.REQUEST_WITHDRAW)


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests()


def entries_of(api: Api) -> list[tuple[str, str, Outcome]]:
    entries = (entry for entry in api.world.entries if entry.action in ENTRIES)
    return [(entry.actor, entry.action.value, entry.outcome) for entry in entries]


def test_a_lead_approves_a_request_for_a_shorter_time(
    scene: Scene, signed_in: SignIn, api: Api
) -> None:
    request = ask(scene, duration=7200).id
    browser = signed_in("lena")
    page = browser.get("/web/actions/approve-request", request=request)
    for text in (
        "alice gets access to the role readonly in Acme (acme-prod), AWS account 987654321098,",
        "for 2 hours from its first use.",
        "it opens the access",
        "As requested: 2 hours",
        "30 minutes",
    ):
        assert text in page.text, text
    answer = browser.act(
        "approve-request", {"request": request, "duration": "1800", "reason": "be quick"}
    )
    assert "Your approval is recorded." in browser.follow(answer).text
    assert stored(scene, request).duration == 1800
    assert entries_of(api) == [("lena", "request.approve", Outcome.DONE)]
    assert api.world.entries[-1].detail("said") == "be quick"


def test_access_with_an_end_can_end_earlier(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene, ends_at=at(hours=4)).id
    browser = signed_in("bob")
    page = browser.get("/web/actions/approve-request", request=request)
    assert "until 24 November 2026, 13:00 UTC (1 hour)" in page.text
    browser.act("approve-request", {"request": request, "ends_at": "2026-11-24T13:00:00Z"})
    assert stored(scene, request).ends_at == at(hours=1)


def test_an_approval_that_needs_another_says_so(scene: Scene, signed_in: SignIn) -> None:
    scene.world.add(an_approval_policy(people=2, version=2))
    request = ask(scene).id
    page = signed_in("lena").get("/web/actions/approve-request", request=request)
    assert "opens nothing yet: the request then still waits for a lead." in page.text


def test_an_approval_cannot_extend_the_access(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene).id
    browser = signed_in("lena")
    browser.get("/web/actions/approve-request", request=request)
    longer = {"request": request, "duration": "7200"}  # which the page does not offer
    answer = browser.post("/web/actions/approve-request", longer)
    assert answer.status == 400
    assert "An approver can shorten the access, and not extend it." in answer.text
    assert stored(scene, request).status is RequestStatus.PENDING


def test_a_denial_needs_words_and_nothing_more(scene: Scene, signed_in: SignIn, api: Api) -> None:
    request = ask(scene).id
    browser = signed_in("bob")
    scene.world.later(minutes=15)  # no recent sign-in
    answer = browser.act("deny-request", {"request": request})
    assert answer.status == 400
    answer = browser.act("deny-request", {"request": request, "reason": "use staging"})
    assert "use staging" in browser.follow(answer).text
    assert entries_of(api) == [("bob", "request.deny", Outcome.DONE)]


def test_an_approval_needs_a_recent_sign_in(scene: Scene, signed_in: SignIn, api: Api) -> None:
    request = ask(scene, ends_at=at(hours=2)).id
    browser = signed_in("lena")
    scene.world.later(minutes=11)
    answer = browser.act("approve-request", {"request": request})
    assert "Sign in again" in answer.text or "daypass web" in answer.text
    assert entries_of(api) == []


@pytest.mark.parametrize("second", ["approve-request", "deny-request"])
def test_of_two_tabs_the_second_reads_who_decided_and_when(
    scene: Scene, signed_in: SignIn, second: str, api: Api
) -> None:
    request = ask(scene).id
    browser, other = signed_in("lena"), signed_in("mia")
    browser.get(f"/web/actions/{second}", request=request)
    other.act("deny-request", {"request": request, "reason": "use staging"})
    answer = browser.post(f"/web/actions/{second}", {"request": request, "reason": "ok"})
    assert answer.status == 409
    assert "mia denied this request on 24 November 2026, 12:00 UTC: use staging." in answer.text
    assert len(entries_of(api)) == 1
    page = browser.get(f"/web/actions/{second}", request=request)
    assert (page.status, "mia denied this request" in page.text) == (409, True)


def test_a_form_that_is_sent_twice_decides_once(scene: Scene, signed_in: SignIn, api: Api) -> None:
    request = ask(scene).id
    browser = signed_in("lena")
    browser.act("approve-request", {"request": request})
    assert browser.post("/web/actions/approve-request", {"request": request}).status == 303
    scene.world.later(seconds=1)
    answer = browser.post("/web/actions/approve-request", {"request": request})
    assert answer.status == 409
    assert "lena approved this request" in answer.text
    assert len(entries_of(api)) == 1


def test_a_request_that_expired_between_two_clicks_opens_nothing(
    scene: Scene, signed_in: SignIn, api: Api
) -> None:
    request = ask(scene, ends_at=at(minutes=15)).id
    scene.world.later(minutes=9)
    browser = signed_in("lena")
    browser.get("/web/actions/approve-request", request=request)
    scene.world.later(minutes=6)
    answer = browser.post("/web/actions/approve-request", {"request": request})
    assert answer.status == 409
    assert "No one decided this request until" in answer.text
    assert entries_of(api) == []


def test_an_approver_who_lost_the_right_decides_nothing(
    scene: Scene, signed_in: SignIn, api: Api
) -> None:
    request = ask(scene).id
    browser = signed_in("bob")
    browser.get("/web/actions/approve-request", request=request)
    scene.world.add(an_approval_policy(version=2))
    answer = browser.post("/web/actions/approve-request", {"request": request})
    assert answer.status == 404  # bob does not see the request any more
    assert entries_of(api) == [("bob", "request.approve", Outcome.REFUSED)]


def test_a_member_withdraws_their_own_request_only(
    scene: Scene, signed_in: SignIn, api: Api
) -> None:
    request = ask(scene).id
    assert signed_in("lena").get("/web/actions/withdraw-request", request=request).status == 404
    browser = signed_in("alice")
    scene.world.later(minutes=15)
    answer = browser.act("withdraw-request", {"request": request})
    assert "Your request is withdrawn." in browser.follow(answer).text
    assert entries_of(api) == [("alice", "request.withdraw", Outcome.DONE)]
    page = browser.get("/web/actions/withdraw-request", request=request)
    assert page.status == 409


# Emergencies


@pytest.fixture
def emergency(scene: Scene) -> Callable[[], AccessRequest]:
    other = an_emergency_scene()
    scene.world.items |= other.world.items

    def open_emergency() -> AccessRequest:
        return stored(scene, open_it(scene).id)

    return open_emergency


def test_a_lead_reviews_an_emergency(
    scene: Scene, signed_in: SignIn, emergency: Callable[[], AccessRequest]
) -> None:
    request = emergency().id
    browser = signed_in("lena")
    page = browser.get(f"/web/requests/{request}")
    assert "review-emergency" in page.text
    assert "Opened in an emergency" in page.text
    answer = browser.act("review-emergency", {"request": request, "reason": REVIEW})
    assert REVIEW in browser.follow(answer).text
    other = signed_in("luis")
    page = other.get("/web/actions/review-emergency", request=request)
    assert (page.status, "lena reviewed this emergency on" in page.text) == (409, True)


def test_no_one_reviews_their_own_emergency_and_members_review_none(
    scene: Scene, signed_in: SignIn, emergency: Callable[[], AccessRequest]
) -> None:
    request = emergency().id
    own = open_it(scene, by="luis").id
    assert signed_in("luis").get("/web/actions/review-emergency", request=own).status == 403
    for by in ("alice", "ada"):
        page = signed_in(by).get("/web/actions/review-emergency", request=request)
        assert page.status == 403


def test_a_request_that_is_no_emergency_has_no_review(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene).id
    page = signed_in("lena").get("/web/actions/review-emergency", request=request)
    assert (page.status, "no emergency" in page.text) == (409, True)
