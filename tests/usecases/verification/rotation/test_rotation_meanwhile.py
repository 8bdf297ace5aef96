"""Rotations during vends and changes, and checks that AWS or the tables interrupt: no one loses
access, no change is lost, and no rotation is left half-done."""

from contextlib import suppress

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.onboarding.setup.resources import build_trust_policy_denying_all
from chalicelib.domain.verification.probe_variants import FORMS
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.engagements.engagements import change_engagement, revoke_engagement
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role, override_role
from chalicelib.usecases.verification.verify import continue_rotation
from tests.builders import EXTERNAL_ID, ROLE_ARN
from tests.fakes import DAY, NOON, FakeRole
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.vending.revocations import VEND_MOMENTS
from tests.usecases.verification.probing import Probing, answered_by
from tests.usecases.verification.rotation.rotations import (
    BY,
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    adopted_rotation,
    begun_rotation,
    promoted_rotation,
    readopted_rotation,
    unproven,
)

LATER = NOON + DAY
# The rotation before a vend, and its step during the vend.
STEPS = {
    "begun": (a_rotation, Rotation.begin),
    "both adopted": (begun_rotation, Rotation.client_adopts),
    "promoted": (adopted_rotation, Rotation.check),
    "one adopted": (promoted_rotation, Rotation.client_adopts),
    "retired": (readopted_rotation, Rotation.check),
}


@every("moment", VEND_MOMENTS)
@every("name", STEPS)
def test_a_vend_succeeds_during_any_step(name, moment):
    start, act = STEPS[name]
    rotation = start()
    acted = []
    step, nth = moment
    rotation.world.just_before(step, lambda: acted.append(act(rotation)), nth=nth)
    assert rotation.vends() is None
    assert acted
    assert [line for line in rotation.scene.story() if line.startswith("vend")] == [
        "vend intended",
        "vend issued",
    ]
    assert rotation.all_are_vended_from()


def all_the_rest(rotation):
    """Make all remaining steps, from both IDs to the new one alone."""
    rotation.check()
    rotation.client_adopts()
    rotation.check("deploy")


@every(
    "step, reason",
    [
        ("access_facts", None),
        # Decided with the old external ID, which the client has removed since.
        ("record intended", "role-refused-daypass"),
        ("issue", "role-refused-daypass"),
        ("put_outcome issued", None),
    ],
)
def test_a_whole_rotation_during_one_vend_causes_at_most_a_refusal(step, reason):
    rotation = adopted_rotation()
    rotation.world.just_before(step, lambda: all_the_rest(rotation))
    assert rotation.vends() == reason
    assert rotation.engagement.previous_external_id is None
    assert rotation.all_are_vended_from()


def rename(rotation):
    rotation.scene.do(change_engagement, "acme-prod", ChangeEngagement(client="Acme Ltd"))


def goes_on(rotation):
    continue_rotation(rotation.scene.ports, BY, "acme-prod")


EDITS = {
    "renamed": rename,
    "revoked": lambda r: r.scene.do(revoke_engagement, "acme-prod"),
    "role changed": lambda r: r.scene.do(
        change_role, "acme-prod", "readonly", ChangeRole(requires_reason=True)
    ),
    "role moved": lambda r: r.scene.do(
        change_role, "acme-prod", "deploy", ChangeRole(arn="arn:aws:iam::987654321098:role/Other")
    ),
    "role ended": lambda r: r.scene.do(end_role, "acme-prod", "deploy"),
    "role overridden": lambda r: r.scene.do(override_role, "acme-prod", "deploy", until=LATER),
    "promoted by another": goes_on,
}
PROBES_OF_A_PROMOTION = 2 * CALLS_PER_FULL_CHECK


@every("name", EDITS)
@every("step, count", [("probe", 1), ("probe", 8), ("probe", PROBES_OF_A_PROMOTION), ("change", 1)])
def test_a_change_during_a_promotion_wins(name, step, count):
    rotation = adopted_rotation()
    after_the_edit = []

    def edit():
        EDITS[name](rotation)
        after_the_edit.append(dict(rotation.world.items))

    rotation.world.just_before(step, edit, nth=count)
    assert refusal_of(Conflict, rotation.advance) == "changed-meanwhile"
    assert [rotation.world.items] == after_the_edit


def test_a_change_during_a_retirement_wins():
    rotation = readopted_rotation()
    rotation.world.just_before("change", lambda: rename(rotation))
    for previous in (EXTERNAL_ID, None):
        goes_on(rotation)
        assert rotation.engagement.previous_external_id == previous


@every("begin", [adopted_rotation, readopted_rotation])
def test_a_change_of_an_unverified_role_during_a_rotation_wins(begin):
    rotation = begin()
    engagement = rotation.engagement
    unproven(rotation)
    rotation.world.roles.pop(DEPLOY_ARN)
    rotation.world.just_before("change", lambda: EDITS["role overridden"](rotation))
    assert refusal_of(Conflict, rotation.advance) == "changed-meanwhile"
    assert rotation.engagement == engagement


def test_a_role_created_during_a_promotion_is_unverified():
    rotation = adopted_rotation()
    scene = rotation.scene

    def name_it():
        arn = "arn:aws:iam::987654321098:role/New"
        scene.do(create_role, "acme-prod", CreateRole(name="new", arn=arn))

    scene.just_before("change", name_it)
    rotation.advance()
    assert rotation.engagement.previous_external_id == EXTERNAL_ID
    assert rotation.role("new").verification is None


def _begin(rotation):
    if (
        len(rotation.engagement.external_ids) == 1
        and rotation.engagement.previous_external_id is None
    ):
        rotation.begin()


ACTS = {
    "rotate": _begin,
    "adopt": Rotation.client_adopts,
    "adopt one": lambda r: r.client_adopts("deploy"),
    "check": Rotation.check,
    "check the other": lambda r: r.check("deploy"),
}
acts = st.lists(st.sampled_from(list(ACTS)), max_size=12)
meanwhile = st.tuples(st.sampled_from(VEND_MOMENTS), st.lists(st.sampled_from(list(ACTS))))


@settings(max_examples=40)
@given(st.lists(st.tuples(acts, meanwhile), max_size=6))
def test_a_client_who_follows_the_page_never_interrupts_access(story):
    rotation = a_rotation()
    all_ids = {EXTERNAL_ID}
    for before, ((step, nth), inside) in story:
        for act in before:
            ACTS[act](rotation)
            assert rotation.all_are_vended_from()
        engagement = rotation.engagement

        def all_at_once(inside=inside):
            for act in inside:
                ACTS[act](rotation)

        rotation.world.just_before(step, all_at_once, nth=nth)
        refusal = rotation.vends()
        if refusal is not None:  # the client removed the ID that the vend was decided with
            assert refusal == "role-refused-daypass"
            assert engagement.external_id not in rotation.engagement.external_ids
            event("refused")
        assert rotation.all_are_vended_from()
        all_ids |= {*filter(None, ids(rotation))}
    assert all_ids <= rotation.tombstones
    event(f"{len(rotation.tombstones)} external IDs")


def ids(rotation):
    engagement = rotation.engagement
    return engagement.external_id, engagement.next_external_id, engagement.previous_external_id


def one_step_on(current, next_, previous):
    """Return the IDs after the next step: promoted or retired."""
    return (next_, None, current) if next_ else (current, None, None)


@every(
    "stage, probes",
    [
        (a_rotation, CALLS_PER_FULL_CHECK),
        (adopted_rotation, 3 * CALLS_PER_FULL_CHECK),
        (readopted_rotation, CALLS_PER_FULL_CHECK + 3 * len(FORMS)),
    ],
)
def test_interrupted_at_any_probe(stage, probes):
    """A promotion and a retirement probe both roles. The check before also tries it."""
    for number in range(probes + 1):
        rotation = stage()
        before = ids(rotation)

        def unanswered(probe, number=number):
            return "unknown" if probe.number == number else None

        sts = Probing(rotation.world, unanswered)
        with suppress(Unavailable):
            Rotation(answered_by(sts, rotation.scene)).check()
        # The step was made or not, and vends work either way.
        assert ids(rotation) in (before, one_step_on(*before))
        assert rotation.all_are_vended_from()
        assert len(sts.sent) == probes or len(sts.sent) > number
    assert len(sts.sent) == probes


def test_a_client_who_removes_access_during_a_promotion():
    """At any probe of the promotion, which probes this role after the other."""
    for number in range(CALLS_PER_FULL_CHECK, 3 * CALLS_PER_FULL_CHECK):
        rotation = adopted_rotation()
        before = ids(rotation)
        roles, trust = rotation.world.roles, rotation.trust()
        shut = FakeRole("", trust=build_trust_policy_denying_all())

        def shuts(probe, number=number, shut=shut, roles=roles):
            if probe.number == number:
                roles[ROLE_ARN] = shut

        Rotation(answered_by(Probing(rotation.world, shuts), rotation.scene)).check()
        assert roles[ROLE_ARN] is shut
        assert ids(rotation) == before
        roles[ROLE_ARN] = trust
        assert rotation.all_are_vended_from()
