"""The page of requests: those that wait for the caller, and those that wait for others."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.web.requests.pending_requests import ROWS, WINDOW
from chalicelib.usecases.web.requests.requests_page import (
    read_requests_page,
)
from tests.builders import (
    Scene,
    a_block,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    an_approval_policy,
)
from tests.rows import every
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
)
from tests.usecases.web.requests.pages import PARTS, ended, others, page_of, waiting


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_a_request_waits_for_those_who_may_approve_it(scene: Scene) -> None:
    request = ask(scene)
    assert waiting(scene, "lena") == waiting(scene, "bob") == [request.id]
    assert others(scene, "lena") == others(scene, "bob") == {}


def test_others_see_why_it_does_not_wait_for_them(scene: Scene) -> None:
    request = ask(scene)
    assert waiting(scene, "alice") == waiting(scene, "ada") == waiting(scene, "carol") == []
    assert others(scene, "alice") == {request.id: Reason.OWN_REQUEST}
    assert others(scene, "ada") == {request.id: Reason.NOT_AN_APPROVER}
    assert others(scene, "carol") == {}  # who learns nothing of it


def test_a_right_that_comes_from_the_asker_does_not_let_decide(scene: Scene) -> None:
    scene.add(a_member("mia", kind=Kind.LEAD, kind_set_at=at()))
    request = ask(scene)
    assert (waiting(scene, "mia"), others(scene, "mia")) == (
        [],
        {request.id: Reason.RIGHT_TOO_NEW},
    )


def test_a_request_that_the_caller_approved_waits_for_others() -> None:
    scene = a_scene_of_requests(an_approval_policy(client=True))
    request = ask(scene)
    approve(scene, request.id)
    assert (waiting(scene), others(scene)) == (
        [],
        {request.id: Reason.ALREADY_APPROVED_BY_YOU},
    )
    page = page_of(scene).others
    assert page.items[0].view.waiting_for == ("the client",)


def test_if_nothing_is_missing_any_more_any_approver_completes_it() -> None:
    scene = a_scene_of_requests(an_approval_policy(people=2))
    request = ask(scene)
    approve(scene, request.id)
    scene.add(an_approval_policy(people=1, version=2))
    page = page_of(scene).others
    assert [(row.request.id, row.may_approve) for row in page.items] == [(request.id, True)]
    assert waiting(scene, "mia") == [request.id]


def test_while_access_is_blocked_nothing_waits_for_an_approval(scene: Scene) -> None:
    request = ask(scene)
    scene.add(a_block("acme-prod"))
    assert (waiting(scene), others(scene)) == ([], {request.id: Reason.PAUSED_BY_CLIENT})
    scene.add(a_block())
    assert (waiting(scene), others(scene)) == ([], {request.id: Reason.FROZEN})


def test_what_a_revocation_has_ended_says_so(scene: Scene) -> None:
    request = ask(scene)
    scene.do(revoke_grant, "acme-prod", "alice", why="w")
    assert others(scene) == {request.id: Reason.REQUEST_ENDED}


@every("kind", [Engagement, ApprovalPolicy, Grant, Member])
def test_something_unknown_hides_no_request(kind: type) -> None:
    scene = a_scene_of_requests()
    request = ask(scene)
    keys = [
        key for key in scene.world.items if key[0] is kind and key[1][0] in ("acme-prod", "alice")
    ]
    del scene.world.items[keys[0]]
    (row,) = scene.do(read_requests_page, by="ada").others.items
    assert (row.request.id, row.may_approve) == (request.id, False)


def test_requests_that_expire_first_come_first(scene: Scene) -> None:
    late = ask(scene, ends_at=at(minutes=50))
    soon = ask(scene, ends_at=at(minutes=20))
    assert waiting(scene) == [soon.id, late.id]


def test_expired_requests_do_not_wait(scene: Scene) -> None:
    request = ask(scene)
    scene.later(hours=1)
    assert (waiting(scene), others(scene), ended(scene)) == ([], {}, [])
    assert ended(scene, part=PARTS.EXPIRED) == [(request.id, "expired")]
    assert ended(scene, "alice") == [(request.id, "expired")]


def test_what_the_list_does_not_show_yet_is_not_shown_as_waiting(scene: Scene) -> None:
    request = ask(scene)
    listed = scene.ports.state.list

    def list_and_decide(kind: Any, **by: Any) -> Any:
        page = listed(kind, **by)
        deny(scene, request.id)
        scene.ports.state.list = listed  # type: ignore[method-assign]
        return page

    scene.ports.state.list = list_and_decide  # type: ignore[method-assign]
    assert waiting(scene) == []


# Pages


def many(scene: Scene, count: int) -> list[str]:
    """Add so many requests of alice, and return their IDs in the order of their expiry."""
    requests = [
        a_request(
            id=a_request_id("alice", n), expires_at=at(minutes=60, seconds=n), stops=("",) * 4
        )
        for n in range(count)
    ]
    scene.add(*requests)
    return [request.id for request in requests]


def test_pages_have_every_request_once(scene: Scene) -> None:
    expected = many(scene, WINDOW + ROWS + 3)
    page = page_of(scene).waiting
    shown = [row.request.id for row in page.items]
    while page.cursor:
        page = page_of(scene, part=PARTS.WAITING, cursor=page.cursor).waiting
        shown += [row.request.id for row in page.items]
    assert shown == expected


def test_requests_of_others_leave_room_on_the_first_page(scene: Scene) -> None:
    scene.add(a_grant_on_request("lena"))
    many(scene, 2 * ROWS)
    own = ask(scene, "lena")
    page = page_of(scene)
    assert len(page.waiting.items) == ROWS - 1
    assert [row.request.id for row in page.others.items] == [own.id]
    assert page.others.items[0].is_own


def test_a_member_sees_all_of_their_own_at_once(scene: Scene) -> None:
    scene.add(a_grant_on_request("bob"))
    many(scene, 2 * ROWS)
    own = {ask(scene, "bob").id for _ in range(10)}
    page = page_of(scene, "bob")
    assert {row.request.id for row in page.others.items} == own
    assert page.waiting.items
    assert page.waiting.cursor
