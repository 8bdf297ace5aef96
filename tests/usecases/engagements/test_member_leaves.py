"""A member leaves the firm: one call ends everything that they have."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Conflict, DaypassError, Unavailable
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.several_revocations import BlockStatus
from chalicelib.usecases.engagements.member_leaves import MemberLeft, leave
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from tests.builders import (
    BEFORE,
    Scene,
    a_binding,
    a_grant,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_engagement,
)
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.refusals import refusal_of

LOST = Unavailable(Reason.RECORDS_UNAVAILABLE)
HERS = ["acme-prod", "globex", "initech"]


def a_scene_of_alice() -> Scene:
    """Return a scene in which alice has two current grants, an upcoming one and an ended one, and
    a Slack user. Two leads are there."""
    return a_scene(
        an_engagement("initech", client="Initech"),
        an_engagement("hooli", client="Hooli"),
        a_role(engagement="initech"),
        a_grant("alice", engagement="globex"),
        a_grant("alice", engagement="initech", starts_at=NOON.replace(hour=18)),
        a_grant("alice", engagement="hooli", ends_at=BEFORE.replace(hour=13)),
        a_grant("bob"),
        a_binding("alice"),
        a_member("luis", kind=Kind.LEAD),
        a_token("luis"),
        Leads(members=frozenset({"lena", "luis"})),
    )


def left(scene: Scene, member: str = "alice", by: str = "lena") -> MemberLeft:
    return scene.do(leave, member, why="has a new job", by=by)


def grants_in_force(scene: Scene, member: str = "alice") -> list[str]:
    grants = list_all(scene.ports.state, Grant, member=member)
    return sorted(
        grant.engagement for grant in grants if grant.is_current_or_upcoming(scene.world.clock)
    )


def statuses(response: MemberLeft) -> dict[str, BlockStatus]:
    return {part.engagement: part.status for part in response.engagements}


def test_everything_of_theirs_ends_and_nothing_of_others() -> None:
    scene = a_scene_of_alice()
    at_acme, at_globex = scene.vend(), scene.vend(engagement="globex")
    response = left(scene)
    assert statuses(response) == dict.fromkeys(HERS, BlockStatus.BLOCKED)
    assert [part.client for part in response.engagements] == ["Acme", "Globex", "Initech"]
    assert [part.alive for part in response.engagements] == [1, 1, 0]
    assert {each.vend for each in response.revocation.sessions} == {at_acme.vend, at_globex.vend}
    assert (response.grant_count, response.ended_count, response.left_at) == (3, 3, NOON)
    assert "Revoked grants: 3. A reinstatement gives none of them back." in response.message
    assert grants_in_force(scene) == []
    assert refusal_of(DaypassError, scene.vend) == "member-suspended"
    scene.vend("bob")
    assert grants_in_force(scene, "bob") == ["acme-prod", "globex"]


def test_asked_twice_it_gives_the_same_response_and_writes_nothing() -> None:
    scene = a_scene_of_alice()
    scene.vend()
    first = left(scene)
    items, entries = dict(scene.world.items), list(scene.entries)
    scene.later(minutes=1)
    again = left(scene, by="luis")
    revocation = replace(again.revocation, cut_off_at=first.revocation.cut_off_at)
    assert replace(again, revocation=revocation) == first
    assert (scene.world.items, scene.entries) == (items, entries)


def test_a_member_who_was_suspended_before_leaves_too() -> None:
    scene = a_scene_of_alice()
    scene.do(revoke_member, "alice", why="holiday")
    scene.later(days=1)
    response = left(scene)
    assert response.revocation.revoked_at == NOON
    assert statuses(response) == dict.fromkeys(HERS, BlockStatus.BLOCKED)
    assert response.left_at == scene.world.clock


def test_a_reinstatement_gives_no_grant_back() -> None:
    scene = a_scene_of_alice()
    left(scene)
    scene.later(minutes=1)
    member = scene.do(reinstate_member, "alice")
    assert (member.suspended_at, member.left_at) == (None, None)
    assert grants_in_force(scene) == []
    scene.later(minutes=1)
    again = left(scene)
    assert (again.grant_count, again.left_at) == (0, scene.world.clock)


def test_a_reinstatement_meanwhile_is_a_conflict() -> None:
    scene = a_scene_of_alice()
    scene.just_before("change", lambda: scene.do(reinstate_member, "alice", by="luis"))
    assert refusal_of(Conflict, left, scene) == "not-ended"
    assert grants_in_force(scene) == []


def test_a_lead_can_record_that_they_leave_themself() -> None:
    scene = a_scene_of_alice()
    scene.add(a_grant("luis"))
    response = left(scene, "luis", by="luis")
    assert (response.ended_count, response.left_at) == (1, NOON)
    assert response.lead_changes
    assert grants_in_force(scene, "luis") == []


def test_a_lead_who_is_suspended_half_way_revokes_nothing_more() -> None:
    scene = a_scene_of_alice()
    scene.just_before(
        "apply",
        lambda: scene.do(revoke_member, "lena", why="w", by="luis"),
        nth=2,
    )
    response = left(scene)
    assert list(statuses(response).values()) == [
        BlockStatus.NOT_BLOCKED,
        BlockStatus.NOT_BLOCKED,
        BlockStatus.BLOCKED,
    ]
    assert response.left_at is None
    assert left(scene, by="luis").left_at == scene.world.clock


@every("saves", [2, 3, 4, 5])
def test_where_dynamodb_refuses_half_way_another_call_completes_it(saves: int) -> None:
    """Each stop is saved twice: when it is stored, and when it is finished."""
    scene = a_scene_of_alice()
    count = 0

    def fail(name: str) -> None:
        nonlocal count
        count += name == "save"
        if name == "save" and count > saves:
            raise LOST

    scene.world.before = fail
    response = left(scene)
    assert (response.ended_count, response.left_at) == (3 - len(grants_in_force(scene)), None)
    assert "Send the same request again" in response.message
    assert refusal_of(DaypassError, scene.vend) == "member-suspended"
    scene.world.before = None
    assert statuses(left(scene)) == dict.fromkeys(HERS, BlockStatus.BLOCKED)
    assert grants_in_force(scene) == []
    actions = [entry.action for entry in scene.entries]
    assert actions.count(Action.GRANT_REVOKE) == 3
    assert actions.count(Action.MEMBER_LEAVE) == 1


def test_after_a_crash_before_any_step_another_call_completes_it() -> None:
    undisturbed = a_scene_of_alice()
    undisturbed.vend()
    undisturbed.world.steps.clear()
    left(undisturbed)
    for number in range(len(undisturbed.world.steps)):
        scene = a_scene_of_alice()
        scene.vend()
        scene.world.killed_after(number)
        with pytest.raises(Killed):
            left(scene)
        scene.world.before = None
        response = left(scene)
        assert statuses(response) == dict.fromkeys(HERS, BlockStatus.BLOCKED), number
        assert response.left_at == NOON
        assert grants_in_force(scene) == []
        actions = [entry.action for entry in scene.entries]
        assert actions.count(Action.MEMBER_LEAVE) == 1, number
        assert actions.count(Action.GRANT_REVOKE) == 3, number


def test_two_leads_at_once_record_it_once() -> None:
    for step in ("save", "apply", "change"):
        scene = a_scene_of_alice()
        responses: list[MemberLeft] = []
        scene.just_before(step, lambda s=scene, r=responses: r.append(left(s, by="luis")))
        responses.append(left(scene))
        assert [each.left_at for each in responses] == [NOON] * 2
        actions = [entry.action for entry in scene.entries]
        assert actions.count(Action.MEMBER_LEAVE) == 1
        assert actions.count(Action.GRANT_REVOKE) == 3
