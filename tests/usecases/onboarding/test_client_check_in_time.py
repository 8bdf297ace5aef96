"""However many roles there are and however slowly AWS answers: a press of the button is answered.

API Gateway waits for 29 s, and the function has fewer (`tests/test_deployment.py`).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.verification.wrong_ids import CALLS_OF_A_FULL_CHECK
from chalicelib.usecases.engagements.roles import MOST_ROLES
from chalicelib.usecases.onboarding.client_page import (
    BETWEEN_CHECKS,
    check_by_client,
    client_page,
)
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.check_role import check_role, go_on
from chalicelib.usecases.verification.rotation import MOST_RETIRED_IDS, rotate
from chalicelib.usecases.verification.verify import verify
from tests.builders import EXTERNAL_ID, LINK_TEXT, Scene, a_grant, a_link, a_role, a_scene
from tests.fakes import FakeRole
from tests.usecases.verification.closing.closing import OVER
from tests.usecases.verification.probing import Probing, Sent, Unanswered

ANSWERED_BY = timedelta(seconds=25)
A_ROLE = timedelta(seconds=2)
NAMES = [f"role-{number:02}" for number in range(MOST_ROLES)]


def arn(name: str) -> str:
    return f"arn:aws:iam::987654321098:role/{name}"


def with_roles(count: int = MOST_ROLES) -> Scene:
    """acme-prod has this many roles, as they should be, and AWS takes 2 s for a check of each."""
    scene = a_scene()
    place, ended = (
        scene.ports.state.get(Engagement, "acme-prod"),
        a_role(ended_at=a_link().created_at),
    )
    assert place is not None
    scene.world.add(ended)
    for name in NAMES[:count]:
        scene.world.add(a_role(name, arn=arn(name), verification=None))
        scene.world.roles[arn(name)] = FakeRole(EXTERNAL_ID)

    def takes_its_time(_sent: Sent) -> None:
        scene.world.clock += A_ROLE / CALLS_OF_A_FULL_CHECK

    return replace(scene, ports=replace(scene.ports, sts=Probing(scene.world, takes_its_time)))


def press(scene: Scene) -> timedelta:
    """How long it took; half a minute after the press before."""
    scene.world.clock += BETWEEN_CHECKS
    began = scene.world.clock
    check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")
    return scene.world.clock - began


def left(scene: Scene) -> tuple[str, ...]:
    return client_page(scene.ports, LINK_TEXT).to_be_checked


def checked(scene: Scene) -> list[str]:
    roles = (scene.ports.state.get(Role, "acme-prod", name) for name in NAMES)
    return [role.name for role in roles if role and role.verification]


def test_a_press_checks_as_many_roles_as_there_is_time_for_and_the_next_goes_on() -> None:
    scene = with_roles()
    assert left(scene) == ()
    for done in (8, 16):
        assert press(scene) < ANSWERED_BY
        assert (checked(scene), left(scene)) == (NAMES[:done], tuple(NAMES[done:]))
    assert press(scene) < ANSWERED_BY
    assert (checked(scene), left(scene)) == (NAMES, ())


def test_a_press_is_answered_in_time_with_as_many_retired_external_ids_as_there_can_be() -> None:
    scene = with_roles()
    place = scene.ports.state.get(Engagement, "acme-prod")
    assert place is not None
    retired = tuple(f"daypass-{number}" for number in range(MOST_RETIRED_IDS))
    scene.world.add(replace(place, retired_external_ids=retired))
    presses = 0
    while checked(scene) != NAMES:
        assert press(scene) < ANSWERED_BY
        presses += 1
    assert presses == 5  # four roles each, where a check of one takes some 4 s


def test_where_there_is_time_for_all_every_press_checks_all() -> None:
    scene = with_roles(5)
    for _ in range(2):
        press(scene)
        assert left(scene) == ()
        page = client_page(scene.ports, LINK_TEXT)
        began = scene.ports.state.get(SetupLink, a_link().hash)
        assert began is not None
        assert began.checked_at is not None
        for one in page.roles:
            assert one.report is not None
            assert one.report.checked_at >= began.checked_at


def test_a_press_much_later_begins_anew() -> None:
    scene = with_roles()
    press(scene)
    scene.world.later(days=1)
    press(scene)  # of a round that nobody went on with, nothing counts any more
    assert left(scene) == (*NAMES[:8], *NAMES[16:])


def test_a_role_that_was_not_answered_is_still_to_be_checked_and_comes_first() -> None:
    scene = with_roles(5)
    silent = replace(scene, ports=replace(scene.ports, sts=Unanswered(scene.world, arn(NAMES[3]))))
    with pytest.raises(Unavailable):
        press(silent)
    assert left(scene) == (NAMES[3],)


def test_what_was_added_since_is_not_told_to_be_left() -> None:
    scene = with_roles(2)
    press(scene)
    now = scene.world.clock
    scene.world.add(a_role("another", arn=arn("another"), verification=None, created_at=now))
    assert left(scene) == ()


def while_rotating(count: int) -> Scene:
    scene = with_roles(count)
    for name in NAMES[:count]:
        verify(scene.ports, scene.caller(), "acme-prod", name)
    rotate(scene.ports, scene.caller(), "acme-prod", why="yearly")
    return scene


def adopted(scene: Scene) -> Engagement:
    """The client gives all roles the trust policy that they are asked for now."""
    place = scene.ports.state.get(Engagement, "acme-prod")
    assert place is not None
    first, *rest = place.external_ids
    for role in scene.world.roles.values():
        role.external_id, role.also = first, rest[0] if rest else ""
    return place


def test_a_press_rotates_as_many_roles_as_there_is_time_for_and_none_by_halves() -> None:
    scene = while_rotating(7)
    new = adopted(scene).next_external_id
    assert press(scene) < ANSWERED_BY
    promoted = adopted(scene)
    assert (promoted.external_id, promoted.previous_external_id) == (new, EXTERNAL_ID)
    assert press(scene) < ANSWERED_BY
    assert adopted(scene).previous_external_id is None


def test_a_rotation_that_takes_longer_is_left_to_the_daily_check() -> None:
    scene = while_rotating(MOST_ROLES)
    begun = adopted(scene)
    assert press(scene) < ANSWERED_BY
    assert adopted(scene) == begun
    began = scene.world.clock
    check_role(scene.ports, scene.caller(), "acme-prod", NAMES[0])  # a lead is answered, too
    assert scene.world.clock - began < ANSWERED_BY
    assert adopted(scene) == begun
    go_on(scene.ports, scene.caller(), "acme-prod")
    promoted = adopted(scene)
    assert promoted.previous_external_id == EXTERNAL_ID
    assert press(scene) < ANSWERED_BY
    assert adopted(scene).previous_external_id is None


def over(count: int) -> Scene:
    """It is over, the client has removed all roles, and ten members were granted it last."""
    scene = with_roles(count)
    scene.world.add(OVER, *(a_grant(f"member-{number}") for number in range(10)))
    scene.world.roles.clear()
    return scene


def test_a_turned_check_for_which_there_is_no_time_proves_nothing() -> None:
    scene = over(MOST_ROLES)
    scene.world.clock += BETWEEN_CHECKS
    began = scene.world.clock
    with pytest.raises(Unavailable, match="timed-out"):
        check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")
    assert scene.world.clock - began < ANSWERED_BY
    assert scene.story()[-2:] == ["engagement.leave intended", "engagement.leave failed timed-out"]
    place = check_access_removed(scene.ports, scene.caller(), "acme-prod")
    assert place.access_removed_at == scene.world.clock


def test_one_that_finds_a_door_open_in_time_says_so() -> None:
    scene = over(MOST_ROLES)
    scene.world.roles[arn(NAMES[0])] = FakeRole(EXTERNAL_ID)
    press(scene)
    assert scene.story()[-1] == "engagement.leave refused"


def test_no_answer_of_iams_simulator_is_waited_for_any_longer_either() -> None:
    scene = over(2)
    slow = Probing(scene.world)
    scene.world.clock += BETWEEN_CHECKS

    def thinks(role_arn: str) -> bool:
        scene.world.later(seconds=15)
        return True

    slow.may_ask = thinks  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="timed-out"):
        check_by_client(replace(scene.ports, sts=slow), LINK_TEXT, address="192.0.2.7")
    assert scene.ports.state.get(Engagement, "acme-prod") == OVER
