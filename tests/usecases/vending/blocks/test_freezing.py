"""Any lead freezes everything, and two leads lift the freeze."""

from datetime import timedelta

from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.vending.blocks.freezing import find_freeze, freeze, thaw
from tests.builders import a_scene, a_token, leads
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.lost_answers import LOST, loses_answer, repeated_if_killed
from tests.usecases.telling import Telling, vends


def three_leads():
    return a_scene(*leads("luis", "lara"))


def frozen_by(scene, lead="lena"):
    return scene.do(freeze, why="stolen laptop", by=lead)


def thawed_by(scene, lead):
    return scene.do(thaw, why="found it", by=lead)


def suspends_lena(scene):
    scene.do(revoke_member, "lena", why="gone bad", by="lara")


def reinstates_lena(scene):
    scene.do(reinstate_member, "lena", why="back", by="lara")


def is_revoked_and_changes(scene, change):
    """Let luis make the change with a request that was admitted before his token was revoked."""
    luis = scene.caller("luis")
    scene.do(revoke_token, "luis", a_token("luis").id, why="stolen")
    (thaw if change == "thaw" else freeze)(scene.ports, luis, why="mine")


def waits(scene, hours):
    scene.later(hours=hours)


LENA, LUIS = (thawed_by, "lena"), (thawed_by, "luis")
FROZEN = (frozen_by,)
STORIES = {
    "Everyone is refused, once": [FROZEN, (vends,), (waits, 1), (frozen_by, "luis")],
    "Two leads lift it": [FROZEN, LENA, (waits, 1), LENA, (vends,), LUIS, (vends,)],
    "A request counts for a day": [FROZEN, LENA, (waits, 23.999), LUIS],
    "After a day it is the first request again": [FROZEN, LENA, (waits, 24), LUIS, LENA],
    "The request of a lead who was suspended does not count": [
        FROZEN, LENA, (waits, 1), (suspends_lena,), LUIS,
    ],
    "Nor after a reinstatement": [
        FROZEN, LENA, (suspends_lena,), (waits, 1), (reinstates_lena,), LUIS,
    ],
    "A revoked lead does not thaw": [FROZEN, (thawed_by, "lara"), (is_revoked_and_changes, "thaw")],
    "A revoked lead does not freeze": [(is_revoked_and_changes, "freeze")],
    "Nothing is lifted that is not frozen, or not any more": [
        LUIS, FROZEN, LENA, LUIS, (thawed_by, "lara"),
    ],
}  # fmt: skip


def test_what_each_lead_does_to_a_freeze_is_as_the_file_says():
    story = Telling()
    for title, acts in STORIES.items():
        story.tell(title, scene := three_leads(), acts)
        assert find_freeze(scene.ports) == scene.get(Block, "")
    scene = story.begin("It is stored late, and says so", three_leads())
    scene.just_before("save", lambda: scene.later(seconds=9))
    block = story.do(frozen_by, scene)
    assert block.no_session_after == NOON + timedelta(seconds=9 + 30)
    story.hold("vending/freeze")


def test_a_request_to_lift_it_can_be_confirmed_at_once_although_the_clocks_differ():
    scene = three_leads()
    frozen_by(scene)
    thawed_by(scene, "lena")
    scene.later(seconds=-1)
    assert not thawed_by(scene, "luis").is_in_force


# Each change, from a world in which it is the next one.
CHANGES = {
    "freeze": (lambda _: None, frozen_by),
    "request": (frozen_by, lambda scene: thawed_by(scene, "lena")),
    "lift": (
        lambda scene: (frozen_by(scene), thawed_by(scene, "lara")),
        lambda scene: thawed_by(scene, "lena"),
    ),
}
every_change = every("prepare, change", CHANGES.values())


def settled(scene):
    """Return the block without its time and version, and the trail."""
    block = find_freeze(scene.ports)
    request = block.lift_request.lead if block and block.lift_request else ""
    facts = block and (block.is_in_force, request, block.lifted_by, block.is_recorded)
    return facts, [line for line in scene.story() if "freeze" in line]


def scenes(prepare, change):
    """Return a prepared scene, and one in which the change was made undisturbed."""
    scene, undisturbed = three_leads(), three_leads()
    prepare(scene)
    prepare(undisturbed)
    change(undisturbed)
    return scene, undisturbed


@every_change
@every("nth", range(8))
def test_a_change_that_is_killed_anywhere_can_be_repeated(prepare, change, nth):
    scene, undisturbed = scenes(prepare, change)
    repeated_if_killed(scene, nth, change)
    assert settled(scene) == settled(undisturbed)


@every_change
@every("nth", [1, 2])
@every("error, has_effect", LOST)
def test_a_write_without_an_answer_is_completed(prepare, change, nth, error, *, has_effect):
    scene, undisturbed = scenes(prepare, change)
    with loses_answer(scene, "save", error, nth=nth, has_effect=has_effect):
        change(scene)
    facts, story = settled(scene)
    expected_facts, expected_story = settled(undisturbed)
    assert facts[:3] == expected_facts[:3]
    assert story == expected_story
