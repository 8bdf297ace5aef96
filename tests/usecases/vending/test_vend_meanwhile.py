"""Vend while its facts change: only sessions that are still allowed leave."""

from datetime import timedelta

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.roles import CreateRole
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import create_role
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    NOON,
    ROLE_ARN,
    a_grant,
    a_role,
    a_scene,
    a_token,
    a_verification,
    an_engagement,
    an_override,
    doing,
    results,
)
from tests.rows import every
from tests.usecases.lost_answers import DOWN, killed
from tests.usecases.refusals import reason_of
from tests.usecases.vending.linking import a_scene_in_slack, pressed
from tests.usecases.vending.revocations import (
    CHANGES,
    OTHER_ARN,
    REVOCATIONS,
    UNDONE,
    VEND_MOMENTS,
    a_scene_with_two_roles,
    change_of_grant,
    change_of_role,
)

SOON = NOON + timedelta(minutes=20)
ELSEWHERE = a_verification(role_arn=OTHER_ARN)

# Between the first look and the second.
every_moment = every("step, nth", VEND_MOMENTS[1:4])
WITHHELD = [
    ([], a_token(revoked_at=NOON, version=2), "token-revoked"),
    ([], an_engagement(ends_at=SOON, version=2), "ends-too-soon"),
    ([], a_role(arn=OTHER_ARN, verification=ELSEWHERE, version=2), "changed-meanwhile"),
    ([], a_role(max_session=900, version=2), "duration-too-long"),
    (
        [],
        a_role(verification=a_verification(results=results(Check.TAGS)), version=2),
        "changed-meanwhile",
    ),
    ([a_role(allows_chaining=True)], a_role(version=2), "changed-meanwhile"),
]


def withheld(scene):
    """Why alice gets no session, once AWS has issued it; that is on record."""
    reason = reason_of(scene.vend)
    assert scene.story() == ["vend intended", f"vend withheld {reason}"]
    assert scene.last_entry.details["access_key_id"]
    return reason


@every("before, item, reason", WITHHELD)
@every_moment
def test_a_session_that_is_no_longer_allowed_as_it_is_is_withheld(step, nth, before, item, reason):
    scene = a_scene(*before)
    scene.just_before(step, lambda: scene.add(item), nth=nth)
    assert withheld(scene) == reason


A_MOMENT = timedelta(seconds=10)
UNTIL_SOON = an_override(until=NOON + A_MOMENT)


@every(
    "item, reason",
    [
        (a_token(expires_at=NOON + A_MOMENT), "token-expired"),
        (a_role(verification=None, override=UNTIL_SOON), "role-unverified"),
    ],
)
@every_moment
def test_a_session_past_its_deadline_is_not_handed_over(step, nth, item, reason):
    """Nothing has changed: the second decision uses the present time."""
    scene = a_scene(item)
    scene.just_before(step, lambda: scene.later(seconds=10), nth=nth)
    assert withheld(scene) == reason


def test_a_session_of_a_role_that_is_replaced_meanwhile_is_not_the_new_roles():
    """Ended, and its name given to another role, which is proven."""
    scene = a_scene_with_two_roles()

    def replace_role():
        REVOCATIONS["role ended"](scene)
        scene.world.roles[OTHER_ARN] = scene.world.roles[ROLE_ARN]
        scene.do(create_role, "acme-prod", CreateRole(name="readonly", arn=OTHER_ARN))
        scene.do(verify_role, "acme-prod", "readonly")

    scene.just_before("record intended", replace_role)
    assert reason_of(scene.vend) == "changed-meanwhile"
    assert scene.vend().credentials.assumed_role_arn.split("/")[1] == "Other"


def test_a_role_that_is_opened_to_links_again_gives_by_the_next_one_only():
    scene = a_scene_in_slack(a_role("deploy"))

    def close_and_open():
        for allows in (False, True):
            change_of_role(allows_links=allows)(scene)

    scene.just_before("issue", close_and_open)
    assert reason_of(pressed, scene) == "role-closed-to-links"


HALF_AN_HOUR = timedelta(seconds=1800)


@every(
    "changed",
    [
        a_role(max_session=1800, version=2),
        a_grant(ends_at=NOON + HALF_AN_HOUR, version=2),  # without the margin of a new session
    ],
)
def test_a_session_that_still_fits_a_changed_role_or_grant_is_handed_over(changed):
    scene = a_scene()
    scene.just_before("access_facts", lambda: scene.add(changed), nth=2)
    assert scene.vend(duration=1800).credentials.expires_at == NOON + HALF_AN_HOUR


@every("step", ["access_facts", "put_outcome withheld"])
def test_nothing_is_handed_over_if_the_second_decision_or_its_record_fails(step):
    scene, revoked = a_scene(), a_grant(revoked_at=NOON, version=2)

    def fail(name):
        if name == "issue":
            scene.fails_at(step, DOWN)
            scene.add(revoked)

    scene.world.before = fail
    assert reason_of(scene.vend) is DOWN.reason
    assert scene.story() == ["vend intended"]


def test_a_vend_reports_its_own_reason_although_another_outcome_came_first():
    scene = a_scene()

    def take_it():
        (intent,) = scene.entries
        closed = build_outcome_entry(intent, Outcome.WITHHELD, at=NOON, reason=Reason.TOKEN_REVOKED)
        scene.ports.trail.put_outcome(intent, closed)
        scene.add(a_grant(revoked_at=NOON, version=2))

    scene.just_before("access_facts", take_it, nth=2)
    assert reason_of(scene.vend) == "grant-not-current"
    assert scene.story() == ["vend intended", "vend withheld token-revoked"]


@every("seconds", [0.0, 1.0, 20.0])
def test_time_that_passes_during_a_vend_does_not_shorten_a_15_minute_session(seconds):
    """The shortest that AWS gives, from a grant that has no more time left than that."""
    scene = a_scene(a_grant(ends_at=NOON + timedelta(seconds=905)))
    scene.just_before("access_facts", lambda: scene.later(seconds=seconds), nth=2)
    vended_session = scene.vend()
    assert vended_session.credentials.expires_at == NOON + timedelta(seconds=900)


def role_is_proven_again(scene):
    scene.world.roles[ROLE_ARN].requires_external_id = True
    scene.do(verify_role, "acme-prod", "readonly")


# A harmless change of a revoked item, which someone restores before the change is answered.
GIVEN_BACK = {
    "engagement renamed": (
        REVOCATIONS["engagement closed"],
        doing(change_engagement, "acme-prod", ChangeEngagement(client="Acme Limited")),
        UNDONE["engagement closed"],
    ),
    "member renamed": (
        CHANGES["member made auditor"],
        doing(change_member, "alice", ChangeMember(name="Alice B.")),
        doing(change_member, "alice", ChangeMember(kind=Kind.MEMBER)),
    ),
    "grant with a later end": (
        CHANGES["role taken from the grant"],
        change_of_grant(ends_at=NOON + timedelta(days=30)),
        change_of_grant(roles=frozenset({"readonly"})),
    ),
    "role with a shorter session": (
        CHANGES["role unproven"],
        change_of_role(max_session=1800),
        role_is_proven_again,
    ),
}


@every("taken, changed, given_back", GIVEN_BACK.values())
def test_a_change_withholds_no_vend_after_access_was_restored(taken, changed, given_back):
    scene = a_scene_with_two_roles()
    taken(scene)

    def given_back_and_vended():
        given_back(scene)
        with killed(scene, "issue"):  # it is still waiting for AWS
            scene.vend(duration=900)

    scene.just_before("vends", given_back_and_vended)
    changed(scene)
    assert scene.story()[-1] == "vend intended"
