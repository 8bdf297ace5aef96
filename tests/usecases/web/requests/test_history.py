"""The history of requests, and the parts of the page that cannot be read."""

from __future__ import annotations

import pytest

from chalicelib.domain.requests.outcomes import RequestOutcome
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.web.requests.requests_page import (
    HISTORY_ROWS,
)
from tests.builders import (
    Scene,
    a_grant_on_request,
    a_request,
    a_request_id,
)
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
)
from tests.usecases.web.requests.pages import PARTS, ended, page_of, waiting
from tests.usecases.web.unreadable import cannot_read, fail


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_the_history_has_outcomes_and_times_to_decision(scene: Scene) -> None:
    approved, denied, withdrawn, open_one = [ask(scene) for _ in range(4)]
    scene.later(minutes=10)
    approve(scene, approved.id)
    scene.later(minutes=10)
    deny(scene, denied.id)
    scene.do(withdraw_request, withdrawn.id, by="alice")
    history = page_of(scene).history
    assert {row.request.id: (row.outcome, row.seconds) for row in history.rows} == {
        approved.id: (RequestOutcome.APPROVED, 600),
        denied.id: (RequestOutcome.DENIED, 1200),
        withdrawn.id: (RequestOutcome.WITHDRAWN, None),
    }
    assert history.rows[-1].request.id == approved.id  # the latest first
    assert history.rows[-1].opened is not None
    assert history.summary.median_seconds == 900
    assert open_one.id in waiting(scene)


def test_an_emergency_is_in_the_history() -> None:
    scene = an_emergency_scene()
    request = open_it(scene)
    assert ended(scene) == [(request.id, "emergency")]


def test_the_history_ends_after_30_days(scene: Scene) -> None:
    request = ask(scene)
    deny(scene, request.id)
    scene.later(days=29)
    assert ended(scene) == [(request.id, "denied")]
    scene.later(days=2)
    assert ended(scene) == ended(scene, part=PARTS.EXPIRED) == []


def test_members_see_their_own_history_and_what_they_decided(scene: Scene) -> None:
    scene.add(a_grant_on_request("carol"))
    approved, hidden, by_lena = ask(scene), ask(scene, "carol"), ask(scene)
    approve(scene, approved.id, "bob")
    approve(scene, by_lena.id)  # not shown to Bob: his colleague decided it
    deny(scene, hidden.id)
    both = {(approved.id, "approved"), (by_lena.id, "approved")}
    assert set(ended(scene, "alice")) == both
    assert ended(scene, "bob") == []
    assert ended(scene, "bob", PARTS.DECIDED) == [(approved.id, "approved")]
    assert ended(scene, "alice", PARTS.DECIDED) == []
    assert ended(scene, "bob", PARTS.EXPIRED) == []


@every("part", [PARTS.DECIDED, PARTS.OWN])
def test_the_history_has_pages(part: PARTS) -> None:
    scene = a_scene_of_requests()
    by = "lena" if part is PARTS.DECIDED else "alice"
    requests = [
        a_request(
            id=a_request_id("alice", n),
            status="denied",
            decided_by="lena",
            decided_at=at(seconds=n),
        )
        for n in range(HISTORY_ROWS + 5)
    ]
    scene.add(*requests)
    shown: list[str] = []
    cursor = ""
    for _ in range(2):
        history = page_of(scene, by, part, cursor).history
        shown += [row.request.id for row in history.rows]
        cursor = history.cursor
    assert sorted(shown) == sorted(request.id for request in requests)
    assert cursor == ""


# Parts that cannot be read

PAGE_PARTS = ("waiting", "others", "history")


def unread(scene: Scene, by: str = "lena") -> list[str]:
    page = page_of(scene, by)
    return [name for name in PAGE_PARTS if getattr(page, name) is None]


def test_a_part_that_cannot_be_read_is_none_and_leaves_the_others(scene: Scene) -> None:
    deny(scene, ask(scene).id)
    ask(scene)
    items = scene.ports.state.get_together
    scene.ports.state.get_together = fail
    assert unread(scene) == [*PAGE_PARTS]
    scene.ports.state.get_together = items
    cannot_read(scene, AccessRequest, by="listed_as")
    assert unread(scene) == ["history"]
    assert unread(cannot_read(scene, AccessRequest)) == [*PAGE_PARTS]


def test_if_their_own_requests_cannot_be_read_members_are_told(scene: Scene) -> None:
    ask(scene)
    cannot_read(scene, AccessRequest, by="member")
    assert unread(scene, "bob") == ["others", "history"]
    assert waiting(scene, "bob")
