"""The client's check: it works as a lead's check does, with a pause between two checks."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.client_page import build_client_page, check_by_client
from chalicelib.usecases.onboarding.links import revoke_link
from tests.builders import EXTERNAL_ID, LINK_TEXT, ROLE_ARN, a_link, a_role, a_scene, an_engagement
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.rotation.rotations import (
    DEPLOY_ARN,
    a_rotation,
    adopted_rotation,
    promoted_rotation,
)

SECOND = timedelta(seconds=1)
CLOSED = an_engagement(closed_at=NOON)


def check(scene):
    check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")


def role(scene, name="readonly"):
    return scene.get(Role, "acme-prod", name)


def two_unproven():
    """Return a scene with `readonly` and `deploy`, both safe and neither checked yet."""
    scene = a_rotation().scene
    for name in ("readonly", "deploy"):
        scene.add(replace(role(scene, name), verification=None))
    return scene


def test_every_role_that_has_not_ended_is_checked_and_a_failure_blocks_no_other():
    scene = two_unproven()
    scene.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID, requires_external_id=False)
    ended = a_role("old", ended_at=NOON, verification=None)
    scene.add(ended)
    check(scene)
    assert role(scene).passed_verification(an_engagement()) is not None
    assert not role(scene, "deploy").verification.passed
    assert role(scene, "old") == ended
    assert all(view.report is not None for view in build_client_page(scene.ports, LINK_TEXT).roles)


@every("unanswered, other", [(DEPLOY_ARN, "readonly"), (ROLE_ARN, "deploy")])
def test_an_unclear_answer_for_one_role_does_not_block_the_others(unanswered, other):
    scene = two_unproven()
    ports = replace(scene.ports, sts=Unanswered(scene.world, unanswered))
    assert refusal_of(Unavailable, check, replace(scene, ports=ports)) == "aws-unreachable"
    assert role(scene, other).passed_verification(an_engagement()) is not None
    assert [
        r.name for r in list_all(scene.ports.state, Role, engagement="acme-prod") if r.verification
    ] == [other]


def test_two_checks_are_at_least_half_a_minute_apart():
    scene = two_unproven()
    check(scene)
    probes = scene.steps.count("probe")
    for wait in (0, 29.999):
        scene.world.clock = NOON + wait * SECOND
        before, entries = dict(scene.items), len(scene.entries)
        assert refusal_of(Conflict, check, scene) == "checked-just-now"
        assert (scene.items, len(scene.entries)) == (before, entries)
    assert scene.steps.count("probe") == probes
    scene.world.clock = NOON + 30 * SECOND
    check(scene)
    assert scene.steps.count("probe") == 2 * probes


def test_the_half_minute_begins_with_the_check_even_if_it_fails():
    scene = two_unproven()
    scene.just_before("probe", lambda: scene.later(seconds=20))
    check(scene)
    assert refusal_of(Conflict, check, scene) == "checked-just-now"
    scene.later(seconds=10)
    silent = replace(scene.ports, sts=Unanswered(scene.world, ROLE_ARN))
    refusal_of(Unavailable, check, replace(scene, ports=silent))
    assert refusal_of(Conflict, check, scene) == "checked-just-now"


def test_one_of_two_simultaneous_checks_is_refused():
    scene = two_unproven()
    scene.just_before("change", lambda: check(scene))
    assert refusal_of(Conflict, check, scene) == "checked-just-now"
    assert scene.story().count("link.check done") == 1
    assert scene.story().count("role.verify done") == 2


def test_no_probe_is_sent_if_the_check_cannot_be_recorded():
    scene = two_unproven()
    scene.fails_at("change", DOWN)
    refusal_of(Unavailable, check, scene)
    assert "probe" not in scene.steps


def revoke(scene):
    scene.do(revoke_link, "acme-prod", a_link().id)


# Before the check; the first role's first probe, its last one and its result; then the second's.
MOMENTS = [
    ("change", 1),
    *(("probe", 1), ("probe", 7), ("change", 2)),
    *(("probe", 8), ("probe", 14), ("change", 3)),
]


@every("step, count", MOMENTS)
def test_a_check_stores_nothing_after_its_link_is_revoked(step, count):
    scene = two_unproven()
    after = []

    def act():
        revoke(scene)
        after.append(dict(scene.items))

    scene.just_before(step, act, nth=count)
    begins = (step, count) != MOMENTS[0]
    reason = "changed-meanwhile" if begins else "checked-just-now"
    assert refusal_of(Conflict, check, scene) == reason
    assert ([scene.items], "probe" in scene.steps) == (after, begins)


def test_a_role_that_ends_during_the_check_stays_ended():
    scene = two_unproven()
    scene.just_before("probe", lambda: scene.do(end_role, "acme-prod", "readonly"), nth=9)
    refusal_of(Conflict, check, scene)
    assert role(scene).ended_at == NOON
    assert role(scene).verification is None


def test_a_check_continues_a_rotation():
    rotation = adopted_rotation()
    check(rotation.scene)
    assert rotation.engagement.previous_external_id == EXTERNAL_ID
    rotation.client_adopts()
    rotation.world.later(minutes=1)
    check(rotation.scene)
    assert rotation.engagement.previous_external_id is None
    assert rotation.all_are_vended_from()
    acts = {Action.EXTERNAL_ID_PROMOTE, Action.EXTERNAL_ID_RETIRE}
    actors = [e.actor for e in rotation.world.entries if e.action in acts]
    assert actors == [CLIENT] * 4  # the intent and the outcome of both


@every("start", [adopted_rotation, promoted_rotation])
def test_a_link_that_is_revoked_at_the_last_moment_rotates_nothing(start):
    rotation = start()
    rotation.client_adopts()
    scene, before = rotation.scene, rotation.engagement
    scene.later(minutes=1)
    scene.just_before("change", lambda: revoke(scene), nth=2)
    assert refusal_of(Conflict, check, scene) == "changed-meanwhile"
    assert rotation.engagement == before
    at = scene.clock
    assert scene.get(SetupLink, a_link().hash) == a_link(
        checked_at=at, checking_since=at, revoked_at=at, version=3
    )


def test_after_the_engagements_end_the_check_is_an_access_removal_check():
    scene = a_scene(CLOSED)
    check(scene)
    assert scene.story() == [
        "link.check done",
        "engagement.leave intended",
        "engagement.leave refused",
    ]
    page = build_client_page(scene.ports, LINK_TEXT)
    assert (page.removal_checked_at, page.engagement.access_removed_at) == (NOON, None)
    scene.world.roles.pop(ROLE_ARN)
    scene.later(minutes=1)
    check(scene)
    page = build_client_page(scene.ports, LINK_TEXT)
    assert page.engagement.access_removed_at == NOON + timedelta(minutes=1)
    assert {entry.actor for entry in scene.entries} == {CLIENT}
    assert "role.verify" not in {entry.action for entry in scene.entries}
    assert scene.get(Role, "acme-prod", "readonly") == a_role()


def test_an_access_removal_check_stores_nothing_after_its_link_is_revoked():
    scene = a_scene(CLOSED)
    scene.world.roles.pop(ROLE_ARN)
    scene.just_before("probe", lambda: revoke(scene))
    assert refusal_of(Conflict, check, scene) == "changed-meanwhile"
    assert scene.get(Engagement, "acme-prod") == CLOSED
