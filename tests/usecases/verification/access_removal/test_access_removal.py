"""After an engagement's end, every role must refuse every external ID of the engagement."""

from itertools import product

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.trail import SCHEDULE
from chalicelib.usecases.engagements.engagements import change_engagement, reopen_engagement
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.vending.trusts import NAMES_PEOPLE, all_of, without_condition
from tests.builders import (
    AFTER,
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_grant,
    a_role,
    a_scene,
    an_engagement,
)
from tests.fakes import DAY, NOON, FakeRole, at
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling
from tests.usecases.verification.probing import trust_policy_with

BY = SystemActor(SCHEDULE)
ENDED = an_engagement(closed_at=NOON)
NEXT, PREVIOUS = "daypass-next", "daypass-former"
ROTATING = replace(ENDED, next_external_id=NEXT, previous_external_id=PREVIOUS)


def ended(*items, roles=None):
    """Return a scene where acme-prod is closed and only these roles still exist."""
    scene = a_scene(*(items or (ENDED,)))
    scene.world.roles.pop(ROLE_ARN)
    scene.world.roles.update(roles or {})
    return scene


def check_access(scene):
    return check_access_removed(scene.ports, BY, "acme-prod")


CUT_OFF_ID = "daypass-cut-off-id"
OLD_ARN = "arn:aws:iam::987654321098:role/OldRole"


ELSEWHERE = FakeRole("daypass-other", requires_external_id=False)
STILL = {OLD_ARN: FakeRole(EXTERNAL_ID)}
RETIRED = an_engagement(closed_at=NOON, retired_external_ids=("daypass-oldest",))
# An engagement, another role, and the roles that accept
SITUATIONS = {
    "It is closed": (ENDED, [], {}),
    "It is revoked": (an_engagement(revoked_at=NOON), [], {}),
    "Its time is over": (an_engagement(ends_at=NOON), [], {}),
    "It has not ended": (an_engagement(), [], {}),
    "It has not begun": (an_engagement(starts_at=NOON + DAY), [], {}),
    "The role accepts": (ROTATING, [], {ROLE_ARN: FakeRole(EXTERNAL_ID)}),
    "The role accepts the next ID": (ROTATING, [], {ROLE_ARN: FakeRole(NEXT)}),
    "The role accepts the previous ID": (ROTATING, [], {ROLE_ARN: FakeRole(PREVIOUS)}),
    "The role accepts a retired ID": (RETIRED, [], {ROLE_ARN: FakeRole("daypass-oldest")}),
    "The role needs no ID": (ROTATING, [], {ROLE_ARN: ELSEWHERE}),
    "An ended role accepts": (ENDED, [a_role("old", arn=OLD_ARN, ended_at=NOON - DAY)], STILL),
    "A former ARN accepts": (ENDED, [a_role(former_arns=(OLD_ARN,))], STILL),
    "A second role accepts": (ENDED, [a_role("second", arn=OLD_ARN)], STILL),
}


def test_each_check_of_an_ended_engagement_is_as_the_file_says():
    story = Telling()
    for title, (engagement, others, accepting) in SITUATIONS.items():
        scene = story.begin(title, ended(engagement, *others, roles=accepting))
        story.do(check_access, scene)
        if others:
            scene.world.roles.pop(OLD_ARN)
        story.do(check_access, scene)
        assert ("probe" in scene.steps) is ("has not" not in title)
    scene = story.begin("It has no roles", ended(ENDED))
    for role in scene.find(Role):
        del scene.items[at(role)]
    story.do(check_access, scene)
    for is_confirmed, accepting in product((False, None), ({}, {ROLE_ARN: FakeRole(EXTERNAL_ID)})):
        title = f"Daypass's own permission: {is_confirmed}. Roles that accept: {len(accepting)}"
        scene = story.begin(title, ended(ENDED, a_role("old", arn=OLD_ARN), roles=accepting))
        scene.world.may_assume = is_confirmed
        story.do(check_access, scene)
    for (trust, change), needs_id in product(NAMES_PEOPLE.items(), (True, False)):
        changed = change if needs_id else all_of(without_condition, change)
        role = FakeRole("", trust=trust_policy_with(changed))
        scene = story.begin(
            f"It names alice {trust}, needs an ID: {needs_id}", ended(roles={ROLE_ARN: role})
        )
        story.do(check_access, scene)
        scene.items.pop((Grant, ("acme-prod", "alice")))
        story.do(check_access, scene)
    for title, grant in (
        ("It names a member whose grant was revoked", a_grant("alice", revoked_at=BEFORE)),
        ("It names a member whose grant has ended", a_grant("alice", ends_at=BEFORE + DAY)),
    ):
        role = FakeRole("", trust=trust_policy_with(NAMES_PEOPLE["as session name"]))
        story.do(check_access, story.begin(title, ended(ENDED, grant, roles={ROLE_ARN: role})))
    for count in (8, 9):
        later = [a_grant(f"m{number}", created_at=NOON) for number in range(count)]
        grants = (*later, a_grant("sam", created_at=BEFORE - DAY))
        scene = story.begin(f"{count + 2} members had a grant", ended(ENDED, *grants))
        story.do(check_access, scene)
    scene = story.begin("No one had a grant", ended())
    for member in ("alice", "sam"):
        scene.items.pop((Grant, ("acme-prod", member)))
    story.do(check_access, scene)
    for accepted in ("none", CUT_OFF_ID):
        roles = {CutOffNames(ROLE_ARN).cut_off_role_arn: FakeRole(accepted)}
        cut_off = replace(ENDED, cut_off_external_id=CUT_OFF_ID)
        scene = ended(cut_off, a_role(former_arns=(OLD_ARN,)), roles=roles)
        story.do(check_access, story.begin(f"Cut-off roles accept {accepted}", scene))
    story.hold("verification/access-removal")


@every("meanwhile", [an_engagement(version=2), a_role(arn=OLD_ARN, version=2)])
def test_a_change_during_the_check_prevents_the_statement(meanwhile):
    scene = ended()
    scene.just_before("probe", lambda: scene.add(meanwhile))
    assert refusal_of(Conflict, check_access, scene) == "changed-meanwhile"
    assert scene.engagement.access_removed_at is None


OVER = an_engagement(ends_at=NOON)


@every(
    "engagement, use_case, change",
    [
        (ENDED, reopen_engagement, []),
        (OVER, change_engagement, [ChangeEngagement(ends_at=AFTER)]),
        (OVER, change_engagement, [ChangeEngagement(starts_at=NOON + DAY, ends_at=AFTER)]),
    ],
)
def test_an_engagement_that_is_open_again_has_access_again(engagement, use_case, change):
    scene = ended(engagement)
    check_access(scene)
    assert scene.do(use_case, "acme-prod", *change) == scene.engagement
    assert scene.engagement.access_removed_at is None
