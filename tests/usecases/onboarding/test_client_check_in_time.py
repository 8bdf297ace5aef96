"""A check from the client's page ends in time, with many roles and a slow AWS.

API Gateway waits for 29 s, and the function's timeout is shorter (`tests/test_deployment.py`).
"""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.onboarding.client_page import (
    BETWEEN_CHECKS,
    build_client_page,
    check_by_client,
)
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.verify import (
    MOST_RETIRED_IDS,
    begin_rotation,
    check_role,
    continue_rotation,
    verify_role,
)
from tests.builders import EXTERNAL_ID, LINK_TEXT, a_grant, a_link, a_role, a_scene
from tests.fakes import FakeRole
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.access_removal.test_access_removal import ENDED
from tests.usecases.verification.probing import Probing, Unanswered

ANSWERED_BY = timedelta(seconds=25)
A_ROLE = timedelta(seconds=2)
NAMES = [f"role-{number:02}" for number in range(MAX_ROLES)]


def arn(name):
    return f"arn:aws:iam::987654321098:role/{name}"


def with_roles(count=MAX_ROLES):
    """Return a scene in which acme-prod has this many safe roles, and a check of each takes 2 s."""
    scene = a_scene(a_role(ended_at=a_link().created_at))
    for name in NAMES[:count]:
        scene.add(a_role(name, arn=arn(name), verification=None))
        scene.world.roles[arn(name)] = FakeRole(EXTERNAL_ID)

    def take_time(_sent):
        scene.world.clock += A_ROLE / CALLS_PER_FULL_CHECK

    return replace(scene, ports=replace(scene.ports, sts=Probing(scene.world, take_time)))


def click(scene):
    """Check half a minute after the last check, and return how long it took."""
    scene.world.clock += BETWEEN_CHECKS
    began = scene.clock
    check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")
    return scene.clock - began


def unfinished(scene):
    return build_client_page(scene.ports, LINK_TEXT).unfinished_roles


def checked(scene):
    roles = (scene.get(Role, "acme-prod", name) for name in NAMES)
    return [role.name for role in roles if role and role.verification]


def test_a_check_does_what_it_has_time_for_and_the_next_one_continues():
    scene = with_roles()
    assert unfinished(scene) == ()
    for done in (8, 16):
        assert click(scene) < ANSWERED_BY
        assert (checked(scene), unfinished(scene)) == (NAMES[:done], tuple(NAMES[done:]))
    assert click(scene) < ANSWERED_BY
    assert (checked(scene), unfinished(scene)) == (NAMES, ())


def test_a_check_ends_in_time_with_the_most_retired_external_ids():
    scene = with_roles()
    engagement = scene.get(Engagement, "acme-prod")
    retired = tuple(f"daypass-{number}" for number in range(MOST_RETIRED_IDS))
    scene.add(replace(engagement, retired_external_ids=retired))
    clicks = 0
    while checked(scene) != NAMES:
        assert click(scene) < ANSWERED_BY
        clicks += 1
    assert clicks == 5  # four roles a click, about 4 s for each


def test_a_check_much_later_starts_again():
    scene = with_roles()
    click(scene)
    scene.later(days=1)
    click(scene)  # the abandoned series of clicks no longer counts
    assert unfinished(scene) == (*NAMES[:8], *NAMES[16:])


def test_a_role_with_an_unclear_answer_stays_unfinished():
    scene = with_roles(5)
    silent = replace(scene, ports=replace(scene.ports, sts=Unanswered(scene.world, arn(NAMES[3]))))
    refusal_of(Unavailable, click, silent)
    assert unfinished(scene) == (NAMES[3],)


def test_a_role_added_since_is_not_unfinished():
    scene = with_roles(2)
    click(scene)
    now = scene.clock
    scene.add(a_role("another", arn=arn("another"), verification=None, created_at=now))
    assert unfinished(scene) == ()


def while_rotating(count):
    scene = with_roles(count)
    for name in NAMES[:count]:
        scene.do(verify_role, "acme-prod", name)
    scene.do(begin_rotation, "acme-prod")
    return scene


def adopted(scene):
    """The client gives all roles the trust policy that Daypass asks for now."""
    engagement = scene.get(Engagement, "acme-prod")
    first, *rest = engagement.external_ids
    for role in scene.world.roles.values():
        role.external_id, role.second_external_id = first, rest[0] if rest else ""
    return engagement


def test_a_rotation_that_needs_more_time_waits_for_the_daily_check():
    scene = while_rotating(MAX_ROLES)
    begun = adopted(scene)
    assert click(scene) < ANSWERED_BY
    assert adopted(scene) == begun
    began = scene.clock
    scene.do(check_role, "acme-prod", NAMES[0])  # a lead's check, too
    assert scene.clock - began < ANSWERED_BY
    assert adopted(scene) == begun
    scene.do(continue_rotation, "acme-prod")
    promoted = adopted(scene)
    assert promoted.previous_external_id == EXTERNAL_ID
    assert click(scene) < ANSWERED_BY
    assert adopted(scene).previous_external_id is None


def ended(count):
    """Return a scene after the end: no role exists any more, and ten members had grants."""
    scene = with_roles(count)
    scene.add(ENDED, *(a_grant(f"member-{number}") for number in range(10)))
    scene.world.roles.clear()
    return scene


def test_an_access_removal_check_that_runs_out_of_time_proves_nothing():
    scene = ended(MAX_ROLES)
    began = scene.clock + BETWEEN_CHECKS
    assert refusal_of(Unavailable, click, scene) == "timed-out"
    assert scene.clock - began < ANSWERED_BY
    assert scene.story()[-2:] == ["engagement.leave intended", "engagement.leave failed timed-out"]
    engagement = scene.do(check_access_removed, "acme-prod")
    assert engagement.access_removed_at == scene.clock


def test_a_check_does_not_wait_longer_for_iams_simulator():
    scene = ended(2)
    slow = Probing(scene.world)

    def answer_slowly(role_arn):
        scene.later(seconds=15)
        return True

    slow.may_assume = answer_slowly
    slowed = replace(scene, ports=replace(scene.ports, sts=slow))
    assert refusal_of(Unavailable, click, slowed) == "timed-out"
    assert scene.get(Engagement, "acme-prod") == ENDED
