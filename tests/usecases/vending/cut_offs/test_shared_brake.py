"""Two roles in Daypass with one IAM role share its brake, and keep each other's cut-offs."""

from datetime import timedelta
from unittest import mock

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, RoleCutOffs
from chalicelib.usecases.lists import PAGE_SIZE
from tests.builders import ROLE_ARN, Scene
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import (
    HOUR,
    a_scene_with_sessions,
    are_seen,
    brake,
    entries_of,
    is_cut_off,
    is_denied,
    revoke,
    run_job,
    run_jobs_until_over,
    stored,
)

OTHERS = {"of the engagement": ("acme-prod", "audit"), "of another": ("acme-two", "readonly")}
"""Another role in Daypass with the same IAM role."""


def a_scene_with_a_shared_role(key: tuple[str, str]) -> Scene:
    scene = a_scene_with_sessions()
    engagement, name = key
    role = scene.stored(Role, "acme-prod", "readonly")
    if engagement != "acme-prod":
        scene.add(replace(scene.stored(Engagement, "acme-prod"), id=engagement))
    scene.add(replace(role, engagement=engagement, name=name))
    return scene


def request_check(scene: Scene, engagement: str, name: str) -> None:
    """Request what a full check requests: a look at the brake, and a drill."""
    key = engagement, name
    item = scene.ports.state.get(RoleCutOffs, *key)
    role, owner = scene.stored(Role, *key), scene.stored(Engagement, engagement)
    requested = plan.request_check(item, owner, role, scene.clock, may_drill=True, is_full=True)
    assert requested is not None
    scene.add(requested)


def add_cut_off(scene: Scene, key: tuple[str, str], session: str) -> None:
    """Request the cut-off of one session under the other role's name."""
    engagement, role = key
    cut_off = CutOff(
        id="f" * 16,
        sessions=(session,),
        issued_until=scene.clock,
        requested_at=scene.clock,
        requested_by="lena",
        needed_until=scene.clock + HOUR,
    )
    item = RoleCutOffs(
        engagement=engagement,
        role=role,
        role_arn=ROLE_ARN,
        method=CutOffMethod.BRAKE,
        cut_offs=(cut_off,),
        version=1,
    )
    scene.add(item)


@every("name", OTHERS)
def test_a_check_of_the_other_role_does_not_undo_a_cut_off(name):
    key = OTHERS[name]
    scene = a_scene_with_a_shared_role(key)
    revoke(scene)
    run_job(scene)
    assert is_cut_off(scene)
    request_check(scene, *key)
    run_job(scene)
    assert is_cut_off(scene)
    assert not is_cut_off(scene, "bob")


@every("name", OTHERS)
def test_the_release_of_one_role_does_not_undo_a_later_cut_off_of_the_other(name):
    key = OTHERS[name]
    scene = a_scene_with_a_shared_role(key)
    revoke(scene)
    run_jobs_until_over(scene, minutes=30)
    session = "carol.0123456789abcdef"
    add_cut_off(scene, key, session)
    run_jobs_until_over(scene, minutes=40)
    assert entries_of(scene, Action.CUT_OFF_RELEASE, Outcome.DONE)
    assert is_denied(scene, session)
    run_jobs_until_over(scene, minutes=40)
    assert not is_denied(scene, session)


def test_cut_offs_of_both_roles_at_once_are_seen_within_seconds():
    key = OTHERS["of the engagement"]
    scene = a_scene_with_a_shared_role(key)
    began_at, session = scene.clock, "carol.0123456789abcdef"
    add_cut_off(scene, key, session)
    revoke(scene)
    run_job(scene)
    assert is_cut_off(scene)
    assert is_denied(scene, session)
    assert are_seen(scene)
    assert scene.stored(RoleCutOffs, *key).cut_offs[0].seen_at is not None
    assert scene.clock - began_at < timedelta(seconds=20)
    assert len(brake(scene).versions) <= 3


def test_checks_of_both_roles_do_not_report_that_the_client_released_the_brake():
    key = OTHERS["of the engagement"]
    scene = a_scene_with_a_shared_role(key)
    for _ in range(3):
        for name in ("readonly", "audit"):
            request_check(scene, "acme-prod", name)
            run_job(scene)
    looks = entries_of(scene, Action.CUT_OFF_CHECK)
    assert looks
    assert not [entry for entry in looks if entry.details.get("released")]


def test_a_cut_off_stays_in_the_brake_of_an_iam_role_that_moved_to_another_name():
    scene = a_scene_with_a_shared_role(OTHERS["of the engagement"])
    revoke(scene)
    run_job(scene)
    role = scene.stored(Role, "acme-prod", "readonly")
    moved = replace(role, arn=ROLE_ARN + "-new", version=role.version + 1)
    scene.add(moved)
    item = stored(scene).for_role(moved.arn, CutOffMethod.BRAKE)
    scene.add(replace(item, version=item.version + 1))
    request_check(scene, "acme-prod", "audit")
    run_job(scene)
    assert is_cut_off(scene)


def test_no_attempt_begins_while_another_role_may_be_writing_the_same_brake():
    key = OTHERS["of another"]
    scene = a_scene_with_a_shared_role(key)
    add_cut_off(scene, key, "carol.0123456789abcdef")
    claimed_until = scene.clock + plan.CLAIM
    scene.add(plan.claim(scene.stored(RoleCutOffs, *key), "a" * 16, scene.clock))
    revoke(scene)
    run_job(scene)
    (written,) = entries_of(scene, Action.CUT_OFF_WRITE, Outcome.DONE)[:1]
    assert written.at >= claimed_until
    assert is_cut_off(scene)


def count_lists(role_count: int) -> int:
    """Return how often a run reads the list of all to write the cut-offs of so many roles."""
    scene = a_scene_with_sessions()
    role = scene.stored(Role, "acme-prod", "readonly")
    for number in range(role_count):
        name, arn = f"role-{number}", f"{ROLE_ARN}-{number}"
        scene.add(replace(role, name=name, arn=arn))
        add_cut_off(scene, ("acme-prod", name), "carol.0123456789abcdef")
        item = scene.stored(RoleCutOffs, "acme-prod", name)
        scene.add(replace(item, role_arn=arn, version=2))
    with mock.patch.object(scene.ports.state, "list", wraps=scene.ports.state.list) as listing:
        run_job(scene)
    assert len(entries_of(scene, Action.CUT_OFF_WRITE, Outcome.INTENDED)) >= role_count
    return listing.call_args_list.count(mock.call(RoleCutOffs, limit=PAGE_SIZE, cursor=""))


def test_a_run_does_not_read_the_list_of_all_for_each_role():
    assert count_lists(20) == count_lists(2)
