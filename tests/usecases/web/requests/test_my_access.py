"""The page of one's own access agrees with the decision about a session."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.web.requests.own_roles import OwnRole
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.web.requests.my_access import MyAccess, read_my_access
from tests.builders import (
    BEFORE,
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_approved_grant,
    an_engagement,
    presented_by,
)
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, refused
from tests.usecases.web.unreadable import fail


def page_of(scene: Scene, by: str = "alice", cursor: str = "") -> MyAccess:
    return scene.do(read_my_access, presented_by(by), cursor, by=by)


def role_of(scene: Scene, name: str = "readonly", by: str = "alice") -> OwnRole:
    page = page_of(scene, by).engagements
    (role,) = [r for access in page.items for r in access.roles if r.name == name]
    return role


SITUATIONS: dict[str, list[Any]] = {
    "open": [],
    "frozen": [a_block()],
    "paused": [a_block("acme-prod")],
    "engagement closed": [an_engagement(closed_at=BEFORE)],
    "engagement not begun": [an_engagement(starts_at=at(hours=1))],
    "grant not begun": [a_grant(starts_at=at(hours=1))],
    "role unverified": [a_role(verification=None)],
    "needs a reason": [a_role(requires_reason=True)],
    "ends too soon": [a_grant(ends_at=at(minutes=5))],
    "on request": [a_grant_on_request()],
    "approved": [a_grant_on_request(), an_approved_grant()],
    "approved later": [a_grant_on_request(), an_approved_grant(starts_at=at(hours=1))],
    "the client has to approve": [an_engagement(requires_client_approval=True)],
    "role missing": [a_grant(roles=frozenset({"readonly", "no-such"}))],
}


@every("items", SITUATIONS.values())
def test_the_state_of_a_role_is_the_decision_about_a_session(items: list[Any]) -> None:
    scene = a_scene(*items)
    role = role_of(scene)
    request = SessionRequest(role="readonly", reason="INC-7")
    if role.gets_session:
        session = scene.vend(request=request)
        left = session.credentials.expires_at - scene.world.clock
        assert left.total_seconds() == role.longest_session
    else:
        error = refused(vend, scene.ports, scene.origin(), "acme-prod", request)
        assert error.reason is role.refusal


def test_a_role_that_does_not_exist_is_shown_and_an_ended_one_is_not() -> None:
    scene = a_scene(
        a_role("old", ended_at=BEFORE), a_grant(roles=frozenset({"readonly", "old", "no-such"}))
    )
    page = page_of(scene).engagements
    assert [(r.name, r.refusal) for r in page.items[0].roles] == [
        ("no-such", Reason.ROLE_NOT_GRANTED),
        ("readonly", None),
    ]


def test_a_member_may_request_a_role_once_and_then_start_it() -> None:
    scene = a_scene_of_requests()
    role = role_of(scene)
    assert (role.may_request, role.pending, role.refusal) == (True, None, Reason.APPROVAL_REQUIRED)
    request = ask(scene)
    pending = role_of(scene).pending
    assert pending.id == request.id
    approve(scene, request.id)
    role = role_of(scene)
    assert (role.refusal, role.pending) == (None, None)
    assert role.starts.request == request.id


def test_an_emergency_is_offered_only_if_it_would_open_the_role() -> None:
    scene = an_emergency_scene()
    page = page_of(scene).engagements
    assert [access.roles[0].may_open_emergency for access in page.items] == [True, True]
    open_it(scene)
    page = page_of(scene).engagements
    acme, globex = (access.roles[0] for access in page.items)
    assert (acme.gets_session, acme.may_open_emergency) == (True, False)
    assert acme.current_access.is_emergency
    assert (globex.may_open_emergency, globex.emergency_refusal) == (
        False,
        Reason.EMERGENCY_UNREVIEWED,
    )
    scene.add(an_emergency_grant(on_request=frozenset(), emergency=frozenset(), version=9))
    assert not role_of(scene, by="luis").current_access


def test_sessions_are_shown_until_they_expire_with_what_is_known_of_them() -> None:
    scene = a_scene()
    request = SessionRequest(role="readonly")
    first = scene.vend(request=request).vend
    second = scene.vend(request=request).vend
    scene.do(give_back_session, first, by="alice")
    page = page_of(scene)
    assert {session.vend for session in page.sessions} == {first, second}
    assert not page.states[first].may_give_back
    assert page.states[second].may_give_back
    assert page.count.text == "1 live, 1 given back"
    assert not page.has_more_sessions
    scene.later(hours=2)
    assert page_of(scene).sessions == ()


def test_a_member_with_many_grants_gets_pages_with_each_once() -> None:
    scene = a_scene()
    names = [f"e-{n:03}" for n in range(25)]
    roles = frozenset(f"role-{n}" for n in range(20))
    for n, name in enumerate(names):
        granted = roles if n % 5 == 0 else frozenset({"readonly"})
        scene.add(
            an_engagement(name, external_id=name),
            a_grant("carol", engagement=name, roles=granted, on_request=granted),
        )
    scene.add(a_member("carol"), a_token("carol"))
    shown: list[str] = []
    cursor = ""
    for _ in names:
        page = page_of(scene, "carol", cursor).engagements
        shown += [access.engagement.id for access in page.items]
        cursor = page.cursor
        if not cursor:
            break
    assert shown == names


def test_grants_that_ended_since_the_list_was_written_are_left_out() -> None:
    scene = a_scene(a_grant(revoked_at=NOON))
    page = page_of(scene).engagements
    assert page.items == ()


@every(
    "step, missing",
    [
        ("list_without_stops", "engagements"),
        ("get_together", "engagements"),
        ("list", "requests"),
        ("vends", "sessions"),
    ],
)
def test_a_part_that_cannot_be_read_is_none(step: str, missing: str) -> None:
    scene = a_scene()

    port: Any = scene.ports.trail if step == "vends" else scene.ports.state
    read = getattr(port, step)
    setattr(port, step, lambda *a, **b: read(*a, **b) if Grant in a and step == "list" else fail())
    shown = page_of(scene)
    parts = {name: getattr(shown, name) for name in ("engagements", "requests", "sessions")}
    assert [name for name, part in parts.items() if part is None] == [missing]
