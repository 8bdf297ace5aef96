"""The page Now shows who is where and what waits, and each part that could not be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.usecases.questions import ROWS
from chalicelib.usecases.web.now import (
    SESSIONS_COUNTED,
    NowPage,
    read_now,
)
from tests.builders import (
    Scene,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_scene,
    an_approval_policy,
    an_intent,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.web.unreadable import fail

MINUTE = timedelta(minutes=1)


def with_sessions(scene: Scene, count: int) -> Scene:
    """Return the scene after so many vends of alice, one a second."""
    for number in range(count):
        at = NOON - timedelta(seconds=number)
        scene.ports.trail.record(an_intent("alice", f"{number:016x}", at=at))
    return scene


def now_of(scene: Scene, member: str = "lena") -> NowPage:
    return scene.do(read_now, by=member)


def requested(**changes: Any) -> tuple[Any, ...]:
    """Return a request of alice with what it needs to be approved by a lead."""
    return a_grant_on_request(), an_approval_policy(), a_request(stops=("", "", "", ""), **changes)


@every("count, counted, has_more", [(1, 1, False), (SESSIONS_COUNTED + 1, SESSIONS_COUNTED, True)])
def test_the_latest_sessions_are_counted(count: int, counted: int, *, has_more: bool) -> None:
    sessions = now_of(with_sessions(a_scene(), count)).sessions
    first = sessions.items[0]
    assert (first.session.began_at, first.name, first.client) == (NOON, "Alice", "Acme")
    assert (len(sessions.items), bool(sessions.cursor)) == (counted, has_more)


def test_requests_that_wait_for_the_reader_come_first() -> None:
    own = a_request("lena", expires_at=NOON + MINUTE)
    page = now_of(a_scene(own, a_grant_on_request("lena"), *requested()))
    assert (page.requests[0].member, page.requests[0].waits_for_you) == ("alice", True)


def test_an_expired_or_ended_request_is_not_shown() -> None:
    assert now_of(a_scene(*requested(expires_at=NOON))).requests == ()
    assert now_of(a_scene(*requested(role="gone"))).requests == ()


def test_many_requests_are_cut_off_and_the_page_says_so() -> None:
    people = [f"m-{number}" for number in range(30)]
    requests = [a_request(each, id=a_request_id(each), stops=("", "", "", "")) for each in people]
    members = [a_member(each) for each in people]
    grants = [a_grant_on_request(each) for each in people]
    page = now_of(a_scene(an_approval_policy(), *requests, *members, *grants))
    assert len(page.requests) == ROWS
    assert page.has_more_requests


@every("port, read", [("trail", "page"), ("state", "list"), ("state", "get_together")])
def test_a_part_that_cannot_be_read_leaves_the_others(port: str, read: str) -> None:
    scene = with_sessions(a_scene(*requested()), 1)
    setattr(getattr(scene.ports, port), read, fail)
    page = scene.do(read_now)
    assert (page.sessions is None) == (read in ("page", "get_together"))
    assert (page.requests is None) == (port == "state")
    assert (page.shut is None) == (read == "list")
    assert page.has_blocks == (read != "get_together")
