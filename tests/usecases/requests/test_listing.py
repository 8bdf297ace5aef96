"""The lists of requests, as each person sees them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.view import describe_history
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.questions import ROWS
from chalicelib.usecases.requests.listing import RequestPart, list_requests
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import (
    Scene,
    a_block,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    an_approval_policy,
    an_engagement,
)
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    list_whole,
)

UNDECIDED, WAITING, DECIDED, EXPIRED, OWN = RequestPart


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def ids(scene: Scene, by: str = "lena", part: RequestPart = UNDECIDED, **query: Any) -> list[str]:
    return [row.id for row in list_whole(scene, by, part, **query)]


def problems(scene: Scene, by: str = "lena") -> dict[str, Reason | None]:
    """Return why the undecided requests do not wait for this person."""
    return {row.id: row.problem for row in list_whole(scene, by) if not row.waits_for_you}


def test_a_request_waits_for_its_approvers_and_others_see_why_not(scene: Scene) -> None:
    scene.add(a_member("mia", kind=Kind.LEAD, kind_set_at=at()))
    request = ask(scene).id
    expected = {
        "lena": {},
        "bob": {},
        "alice": {request: Reason.OWN_REQUEST},
        "ada": {request: Reason.NOT_AN_APPROVER},
        "mia": {request: Reason.RIGHT_TOO_NEW},
        "carol": {},  # who learns nothing of it
    }
    assert {by: problems(scene, by) for by in expected} == expected
    waiting = {by: ids(scene, by, WAITING) for by in expected}
    assert {by for by, listed in waiting.items() if listed == [request]} == {"lena", "bob"}
    assert ids(scene, "carol") == []
    assert ids(scene, "lena", engagement="globex") == []
    assert ids(scene, "lena", engagement="acme-prod") == [request]


def test_a_request_that_the_caller_approved_waits_for_others() -> None:
    scene = a_scene_of_requests(an_approval_policy(client=True))
    request = ask(scene).id
    approve(scene, request)
    assert problems(scene) == {request: Reason.ALREADY_APPROVED_BY_YOU}
    assert problems(scene, "mia") == {request: None}  # only the client's approval is missing
    assert list_whole(scene)[0].waiting_for == ("the client",)


def test_if_nothing_is_missing_any_more_any_approver_completes_it() -> None:
    scene = a_scene_of_requests(an_approval_policy(people=2))
    request = ask(scene).id
    approve(scene, request)
    scene.add(an_approval_policy(people=1, version=2))
    assert ids(scene, "lena", WAITING) == ids(scene, "mia", WAITING) == [request]


def test_while_access_is_blocked_nothing_waits_for_an_approval(scene: Scene) -> None:
    request = ask(scene).id
    scene.add(a_block("acme-prod"))
    assert (ids(scene, "lena", WAITING), problems(scene)) == (
        [],
        {request: Reason.PAUSED_BY_CLIENT},
    )
    scene.add(a_block())
    assert problems(scene) == {request: Reason.FROZEN}


def test_only_what_can_still_be_approved_is_undecided(scene: Scene) -> None:
    ended, expired = ask(scene, ends_at=at(hours=3)).id, ask(scene).id
    scene.do(revoke_grant, "acme-prod", "alice", why="w")
    assert ids(scene) == ids(scene, "lena", WAITING) == []
    scene.later(hours=1)
    scene.add(a_grant_on_request("alice", version=3))
    assert ids(scene, "lena", EXPIRED)[-1] == expired
    assert {*ids(scene, "alice", OWN)} == {ended, expired}


def test_what_the_list_does_not_show_yet_is_not_shown(scene: Scene) -> None:
    first, second = ask(scene), ask(scene)
    listed = scene.ports.state.list

    def list_and_decide(kind: Any, **by: Any) -> Any:
        page = listed(kind, **by)
        scene.ports.state.list = listed  # type: ignore[method-assign]
        deny(scene, first.id)
        return page

    for part in (UNDECIDED, WAITING):
        first = first if part is UNDECIDED else ask(scene)
        scene.ports.state.list = list_and_decide  # type: ignore[method-assign]
        assert ids(scene, "lena", part) == [second.id]


def test_pages_have_every_request_once_and_skip_those_of_others(scene: Scene) -> None:
    scene.add(
        a_grant_on_request("carol"),
        a_grant_on_request("bob"),
        a_grant_on_request("carol", engagement="globex"),
        an_approval_policy(engagement="globex"),
    )
    expected: dict[str, list[str]] = {"alice": [], "bob": [], "carol": []}
    for _ in range(4):
        for by in expected:
            expected[by].append(ask(scene, by).id)
    hidden = [ask(scene, "carol", "globex").id for _ in range(3)]
    every_one = sorted(sum(expected.values(), hidden))
    for limit in (1, 2, 3, 25):
        assert ids(scene, "lena", limit=limit) == every_one
        # Bob decides for acme-prod, and for no one at globex.
        assert ids(scene, "bob", limit=limit) == sorted(set(every_one) - set(hidden))
        assert ids(scene, "bob", WAITING, limit=limit) == sorted(
            set(every_one) - set(hidden) - set(expected["bob"])
        )
        assert ids(scene, "alice", limit=limit) == sorted(expected["alice"])
        assert ids(scene, "carol", OWN, limit=limit) == sorted(expected["carol"] + hidden)[::-1]


@every("part, status", [(UNDECIDED, "pending"), (DECIDED, "denied"), (OWN, "denied")])
def test_a_page_has_25_rows_at_most_and_long_lists_go_on(part: RequestPart, status: str) -> None:
    scene = a_scene_of_requests()
    decided = {"status": "denied", "decided_by": "lena"} if status == "denied" else {}
    requests = [
        a_request(
            id=a_request_id("alice", n),
            expires_at=at(minutes=60, seconds=n),
            stops=("",) * 4,
            **(decided | {"decided_at": at(seconds=n)} if decided else {}),
        )
        for n in range(130)
    ]
    scene.add(*requests)
    expected = [request.id for request in requests]
    by = "alice" if part is OWN else "lena"
    assert ids(scene, by, part) == (expected if part is UNDECIDED else expected[::-1])
    assert len(scene.do(list_requests, part, by=by, limit=200).items) == ROWS


def test_the_history_has_outcomes_and_times_to_decision(scene: Scene) -> None:
    approved, denied, withdrawn, open_one = [ask(scene).id for _ in range(4)]
    scene.later(minutes=10)
    approve(scene, approved)
    scene.later(minutes=10)
    deny(scene, denied)
    scene.later(seconds=1)
    scene.do(withdraw_request, withdrawn, by="alice")
    history = list_whole(scene, part=DECIDED)
    assert [(row.id, row.outcome, row.decided_after) for row in history] == [
        (withdrawn, "withdrawn", None),
        (denied, "denied", 1200),
        (approved, "approved", 600),
    ]
    assert describe_history(history) == (
        "1 approved, 1 denied, 1 withdrawn. The median time to a decision is 15 minutes."
    )
    assert describe_history(list_whole(scene)) == ""
    assert ids(scene) == [open_one]


def test_an_emergency_is_in_the_history() -> None:
    scene = an_emergency_scene()
    request = open_it(scene).id
    history = list_whole(scene, part=DECIDED)
    assert [(row.id, row.outcome) for row in history] == [(request, "emergency")]
    assert describe_history(history) == "1 by emergency."


def test_the_history_ends_after_30_days(scene: Scene) -> None:
    denied, expired = ask(scene).id, ask(scene).id
    deny(scene, denied)
    scene.later(days=29)
    assert (ids(scene, part=DECIDED), ids(scene, part=EXPIRED)) == ([denied], [expired])
    assert ids(scene, "alice", OWN) == [expired, denied]
    scene.later(days=2)
    assert not any(ids(scene, "alice", part) for part in RequestPart)


def test_members_see_decided_requests_that_they_could_see_before(scene: Scene) -> None:
    scene.add(a_grant_on_request("carol"))
    of_carol, of_alice = ask(scene, "carol").id, ask(scene).id
    deny(scene, of_carol)
    approve(scene, of_alice, "bob")
    assert ids(scene, "carol", DECIDED) == [of_carol]
    assert ids(scene, "alice", DECIDED) == [of_alice]
    assert {*ids(scene, "bob", DECIDED)} == {of_carol, of_alice}
    scene.add(an_approval_policy(version=2))  # Bob loses the right, and decided one of them
    assert ids(scene, "bob", DECIDED) == [of_alice]


def test_requests_of_several_roles_are_shown_with_their_own_policy() -> None:
    scene = a_scene_of_requests()
    both = frozenset({"readonly", "deploy"})
    scene.add(
        a_role("deploy"),
        a_grant_on_request(roles=both, on_request=both),
        an_approval_policy("deploy", people=2, sensitive=True),
        an_engagement("umbrella"),
    )
    ask(scene)
    ask(scene, role="deploy")
    shown = {
        row.role: (row.waiting_for, row.is_sensitive) for row in list_whole(scene, "alice", OWN)
    }
    assert shown == {"readonly": (("a lead or bob",), False), "deploy": (("two leads",), True)}
