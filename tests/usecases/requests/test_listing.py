"""Lists of requests, and one request: the people who see it; and its withdrawal."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.requests.listing import list_mine, list_pending, show_request
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import (
    Scene,
    a_grant_on_request,
    a_role,
    an_approval_policy,
    an_approved_grant,
    an_engagement,
)
from tests.rows import every
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    opened,
    refused,
    stored,
)


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def pending(scene: Scene, by: str = "lena", limit: int = 50) -> list[str]:
    """Return the IDs of all pages of undecided requests."""
    return list(pages(scene, list_pending, by, limit))


def mine(scene: Scene, by: str = "alice", limit: int = 50) -> list[str]:
    return list(pages(scene, list_mine, by, limit))


def pages(scene: Scene, read: Any, by: str, limit: int) -> Any:
    cursor = ""
    while True:
        page = read(scene.ports, scene.caller(by), limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        yield from (view.id for view in page.items)
        if not page.cursor:
            return
        assert page.items
        cursor = page.cursor


def show(scene: Scene, request: str, by: str = "alice") -> RequestView:
    return show_request(scene.ports, scene.caller(by), request)


def test_leads_auditors_approvers_and_the_asker_see_a_request_and_no_one_else(scene: Scene) -> None:
    request = ask(scene)
    for by in ("lena", "ada", "bob", "alice"):
        assert pending(scene, by) == [request.id]
        assert show(scene, request.id, by) == show(scene, request.id)
    assert pending(scene, "carol") == []
    for each in (request.id, "alice.0000000000000000"):
        assert refused(show, scene, each, "carol").reason is Reason.NO_SUCH_REQUEST
        entry = scene.world.entries[-1]
        assert (entry.actor, entry.outcome) == ("carol", Outcome.REFUSED)
        assert entry.details == {"request": each}


def test_the_list_by_a_lagging_index_shows_only_what_still_waits(scene: Scene) -> None:
    first, second = ask(scene), ask(scene)
    state = scene.ports.state
    listed = state.list

    class Lagging:
        def __getattr__(self, name: str) -> Any:
            return getattr(state, name)

        def list(self, kind: Any, **by: Any) -> Any:
            page = listed(kind, **by)
            deny(scene, first.id)  # after the list was read
            return page

    ports = replace(scene.ports, state=Lagging())  # type: ignore[arg-type]
    page = list_pending(ports, scene.caller(), limit=50)
    assert [view.id for view in page.items] == [second.id]


def test_pages_have_every_request_once_and_skip_those_of_others(scene: Scene) -> None:
    scene.world.add(
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
    every = sorted(sum(expected.values(), hidden))

    for limit in (1, 2, 3, 50):
        assert pending(scene, "lena", limit) == every
        # bob decides for acme-prod, and for no one at globex
        assert pending(scene, "bob", limit) == sorted(set(every) - set(hidden))
        assert pending(scene, "alice", limit) == sorted(expected["alice"])
        assert mine(scene, "carol", limit) == sorted(expected["carol"] + hidden)


def test_ones_own_list_has_the_requests_of_30_days(scene: Scene) -> None:
    first = ask(scene)
    scene.world.later(days=10)
    second = ask(scene)
    scene.world.later(days=19)
    assert mine(scene) == [first.id, second.id]
    scene.world.later(days=2)
    assert mine(scene) == [second.id]


def test_someone_who_decided_still_sees_it_without_the_right(scene: Scene) -> None:
    approved, denied = ask(scene), ask(scene)
    approve(scene, approved.id, "bob")
    deny(scene, denied.id, "bob")
    scene.world.add(an_approval_policy(version=2))
    for request in (approved, denied):
        assert show(scene, request.id, "bob").id == request.id


@every(
    "fields, hours, text",
    [
        ({"ends_at": at(hours=24), "duration": 3600}, 24, "was not started"),
        ({"started_at": at()}, 1, "is open until 24 November 2026, 14:00 UTC."),
        ({}, 2, "The access ended on 24 November 2026, 14:00 UTC."),
        ({"revoked_at": at(hours=1)}, 1.5, "The access was ended on"),
        ({"request": "alice.0000000000000000"}, 1, "The access is over."),
    ],
)
def test_the_message_says_what_became_of_the_access(
    fields: dict[str, Any], hours: float, text: str
) -> None:
    scene = a_scene_of_requests()
    request = ask(scene)
    approve(scene, request.id)
    (grant,) = opened(scene)
    scene.world.add(an_approved_grant(**({"request": request.id, "number": grant.number} | fields)))
    scene.world.later(hours=hours)
    assert text in show(scene, request.id).message


def test_the_view_has_the_times_of_the_access(scene: Scene) -> None:
    request = ask(scene)
    assert show(scene, request.id).access_ends_at is None
    approve(scene, request.id)
    before = show(scene, request.id)
    assert (before.access_starts_at, before.access_ends_at) == (None, at(hours=24))
    (grant,) = opened(scene)
    scene.world.add(grant.started(at(hours=1)))
    after = show(scene, request.id)
    assert (after.access_starts_at, after.started_at) == (at(hours=1), at(hours=1))
    assert after.access_ends_at == at(hours=2)
    scene.world.add(replace(grant, revoked_at=at(hours=1), version=3))
    assert show(scene, request.id).access_revoked_at == at(hours=1)


def test_a_member_withdraws_their_request_also_without_a_grant(scene: Scene) -> None:
    request = ask(scene)
    for by in ("lena", "bob", "carol"):
        error = refused(withdraw_request, scene.ports, scene.caller(by), request.id)
        assert error.reason is Reason.NO_SUCH_REQUEST
        assert scene.world.entries[-1].outcome is Outcome.REFUSED
    revoke_grant(scene.ports, scene.caller(), "acme-prod", "alice", why="w")
    scene.world.later(minutes=1)
    view = withdraw_request(scene.ports, scene.caller("alice"), request.id)
    assert (view.status, view.decided_by) == (RequestStatus.WITHDRAWN, "alice")
    assert stored(scene, request.id).decided_at == at(minutes=1)
    entry = scene.world.entries[-1]
    assert (entry.action, entry.actor, entry.role) == ("request.withdraw", "alice", "readonly")
    count = len(scene.world.entries)
    assert withdraw_request(scene.ports, scene.caller("alice"), request.id) == view
    assert len(scene.world.entries) == count


def test_a_decided_or_expired_request_cannot_be_withdrawn(scene: Scene) -> None:
    approved, expired = ask(scene), ask(scene)
    approve(scene, approved.id)
    for request, after, reason in (
        (approved, 0, Reason.REQUEST_DECIDED),
        (expired, 1, Reason.REQUEST_EXPIRED),
    ):
        scene.world.later(hours=after)
        error = refused(withdraw_request, scene.ports, scene.caller("alice"), request.id)
        assert error.reason is reason


def test_requests_of_several_roles_and_engagements_are_shown_with_their_own_policy() -> None:
    scene = a_scene_of_requests()
    scene.world.add(
        a_role("deploy"),
        a_grant_on_request(
            roles=frozenset({"readonly", "deploy"}), on_request=frozenset({"readonly", "deploy"})
        ),
        an_approval_policy("deploy", people=2),
        an_engagement("umbrella"),
    )
    ask(scene)
    ask(scene, role="deploy")
    page = list_mine(scene.ports, scene.caller("alice"), limit=50)
    assert {view.role: view.waiting_for for view in page.items} == {
        "readonly": ("a lead or bob",),
        "deploy": ("two leads",),
    }
