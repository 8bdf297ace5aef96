"""An external ID is rotated without a gap in access. A rotation continues only if no role in use
loses access; until then nothing changes."""

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.usecases.verification.verify import MOST_RETIRED_IDS, begin_rotation, verify_role
from tests.builders import EXTERNAL_ID, an_override
from tests.fakes import NOON, FakeRole
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling
from tests.usecases.verification.probing import Probing, Unanswered, answered_by
from tests.usecases.verification.rotation.rotations import (
    ARNS,
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    adopted_rotation,
    overridden,
    promoted_rotation,
    readopted_rotation,
    unproven,
)

begin, advance, check = Rotation.begin, Rotation.advance, Rotation.check
check_deploy = lambda r: r.check("deploy")  # noqa: E731


def both_adopt(rotation):
    rotation.client_adopts()


def readonly_adopts(rotation):
    rotation.client_adopts("readonly")


def vend(rotation):
    """Return for each role why alice gets no session, or the external ID of her session."""
    return [str(rotation.vends(name) or rotation.world.issued[-1][0].external_id) for name in ARNS]


def deploy_is(trust):
    """Let the role `deploy` have this trust policy, given the next external ID; None deletes it."""

    def change(rotation):
        role = trust(rotation.next)
        rotation.world.roles.pop(DEPLOY_ARN)
        rotation.world.roles |= {DEPLOY_ARN: role} if role else {}

    return change


LOSES = {
    "does not accept it": deploy_is(lambda _: FakeRole(EXTERNAL_ID)),
    "was deleted": deploy_is(lambda _: None),
    "accepts any ID": deploy_is(lambda _: FakeRole(EXTERNAL_ID, accepts_any_external_id=True)),
    "needs no ID": deploy_is(lambda _: FakeRole(EXTERNAL_ID, requires_external_id=False)),
    "accepts any letter case": deploy_is(
        lambda new: FakeRole(new, ignores_case=True, second_external_id=EXTERNAL_ID)
    ),
    "is in another account": deploy_is(
        lambda new: FakeRole(new, second_external_id=EXTERNAL_ID, actual_account="111122223333")
    ),
    "has its region turned off": deploy_is(lambda new: FakeRole(new, region_disabled=True)),
}


def end_deploy(rotation):
    rotation.world.add(replace(rotation.role("deploy"), ended_at=NOON, version=2))
    rotation.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID)


def fix_deploy(rotation):
    rotation.world.roles[DEPLOY_ARN] = FakeRole(rotation.engagement.external_id)


def override_both(rotation):
    for name, arn in ARNS.items():
        rotation.trust(name).requires_external_id = False
        role = rotation.role(name)
        override = an_override(role_arn=arn)
        rotation.world.add(
            replace(role, verification=None, override=override, version=role.version + 1)
        )


def uncheck_and_delete_both(rotation):
    for name in ARNS:
        unproven(rotation, name)
    rotation.world.roles.clear()


def skip_the_step_with_both_ids(rotation):
    rotation.world.roles = {arn: FakeRole(rotation.next) for arn in ARNS.values()}


def verify_each(rotation):
    for name in ARNS:
        rotation.scene.do(verify_role, "acme-prod", name)


def without_an_answer_of(arn):
    def advance_unanswered(rotation):
        scene = answered_by(Unanswered(rotation.world, arn), rotation.scene)
        return Rotation(scene).advance()

    return advance_unanswered


STORIES = {
    "A whole rotation": (
        a_rotation,
        [begin, check, vend, both_adopt, vend, check, vend, both_adopt, vend, check, vend, advance],
    ),
    "A rotation that is under way goes on": (adopted_rotation, [begin]),
    "A promoted rotation goes on": (promoted_rotation, [begin]),
    "A client skips the step with both IDs": (
        a_rotation,
        [begin, skip_the_step_with_both_ids, vend, verify_each, vend, check, vend],
    ),
    "A role that accepts the previous ID delays its retirement": (
        promoted_rotation, [readonly_adopts, advance, both_adopt, advance],
    ),
    **{
        f"The deploy role {name}": (adopted_rotation, [lose, advance])
        for name, lose in LOSES.items()
    },
    **{
        f"The deploy role is unverified, and {name}": (
            adopted_rotation, [unproven, lose, advance, vend],
        )
        for name, lose in LOSES.items()
    },
    "An unverified role that accepts it": (adopted_rotation, [unproven, advance, vend]),
    "An ended role delays nothing": (
        adopted_rotation, [end_deploy, advance, readonly_adopts, advance],
    ),
    "An unchecked role that accepts the previous ID delays its retirement": (
        promoted_rotation, [unproven, readonly_adopts, advance, both_adopt, advance],
    ),
    "A failed role delays the retirement until it passes": (
        promoted_rotation,
        [LOSES["was deleted"], check_deploy, readonly_adopts, advance, fix_deploy, check_deploy],
    ),
    "An overridden role would lose access": (
        adopted_rotation, [overridden, fix_deploy, advance, vend],
    ),
    "No role was checked and passed before the promotion": (
        adopted_rotation, [uncheck_and_delete_both, advance],
    ),
    "No role was checked and passed before the retirement": (
        promoted_rotation, [uncheck_and_delete_both, advance],
    ),
    "Overridden roles alone allow the promotion": (
        adopted_rotation, [override_both, advance, vend],
    ),
    **{
        f"{start.__name__}, and AWS does not answer for {name}": (
            start, [without_an_answer_of(arn), advance],
        )
        for start in (adopted_rotation, readopted_rotation)
        for name, arn in ARNS.items()
    },
    "AWS does not answer for an overridden role": (
        adopted_rotation, [overridden, without_an_answer_of(DEPLOY_ARN)],
    ),
    "AWS does not answer for an unverified role": (
        adopted_rotation, [unproven, without_an_answer_of(DEPLOY_ARN)],
    ),
}  # fmt: skip


def test_each_rotation_is_as_the_file_says():
    story = Telling()
    for title, (start, acts) in STORIES.items():
        rotation = story.begin(title, start())
        for act in acts:
            story.do(act, rotation)
    story.hold("verification/rotations")


def test_there_are_at_most_twenty_rotations():
    """The access-removal check tries every ID, so none is dropped."""
    rotation = a_rotation()
    for number in range(MOST_RETIRED_IDS):
        assert len(rotation.engagement.retired_external_ids) == number
        rotation.begin()
        for _ in range(2):
            rotation.client_adopts()
            rotation.check()
    before = rotation.engagement
    assert before.retired_external_ids[0] == EXTERNAL_ID
    assert rotation.tombstones == {*before.retired_external_ids, before.external_id}
    assert refusal_of(Conflict, rotation.begin) == "too-many-rotations"
    assert rotation.engagement == before
    assert rotation.all_are_vended_from()


def test_a_used_external_id_is_never_used_again():
    rotation = a_rotation()
    stuck = replace(rotation.scene, ports=replace(rotation.scene.ports, random=bytes))
    stuck.do(begin_rotation, "acme-prod")
    before = dict(rotation.world.items)
    refusal = refusal_of(Conflict, stuck.do, begin_rotation, "globex")
    assert (refusal, rotation.world.items) == ("changed-meanwhile", before)


def test_a_previous_id_accepted_in_any_variant_is_not_retired():
    for variant in VARIANTS:
        rotation = readopted_rotation()

        def script(sent, variant=variant):
            probed = (sent.role_arn, sent.external_id, sent.variant)
            return "accepted" if probed == (DEPLOY_ARN, EXTERNAL_ID, variant) else None

        scripted = Rotation(answered_by(Probing(rotation.world, script), rotation.scene))
        assert scripted.advance().previous_external_id == EXTERNAL_ID
