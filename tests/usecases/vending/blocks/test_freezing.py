"""Any lead freezes everything, and two leads lift the freeze. A job withholds, counts and records
what a freeze or a pause leaves to do."""

from datetime import timedelta

from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.vending.blocks.freezing import find_freeze, freeze, thaw
from chalicelib.usecases.vending.run_cut_offs import MEMBERS_AT_ONCE, finish_blocks
from tests.builders import NOON, a_block, a_grant, a_member, a_scene, a_token, leads
from tests.rows import every
from tests.usecases.lost_answers import (
    DOWN,
    LOST,
    failing,
    killed,
    loses_answer,
    none_fails,
    repeated_if_killed,
)
from tests.usecases.refusals import reason_of
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


HOUR = 3600


def waits(scene, seconds):
    scene.later(seconds=seconds)


LENA, LUIS = (thawed_by, "lena"), (thawed_by, "luis")
FROZEN = (frozen_by,)
STORIES = {
    "Everyone is refused, once": [FROZEN, (vends,), (waits, HOUR), (frozen_by, "luis")],
    "Two leads lift it": [FROZEN, LENA, (waits, HOUR), LENA, (vends,), LUIS, (vends,)],
    "A request counts for a day": [FROZEN, LENA, (waits, 24 * HOUR - 4), LUIS],
    "After a day it is the first request again": [FROZEN, LENA, (waits, 24 * HOUR), LUIS, LENA],
    "The request of a lead who was suspended does not count": [
        FROZEN, LENA, (waits, HOUR), (suspends_lena,), LUIS,
    ],
    "Nor after a reinstatement": [
        FROZEN, LENA, (suspends_lena,), (waits, HOUR), (reinstates_lena,), LUIS,
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


def run_job(scene, seconds=60.0):
    return finish_blocks(scene.ports, time_left=lambda: seconds, report_failure=none_fails)


def stored(scene):
    return scene.stored(Block, "")


def crowd(count, longer=0):
    """Return a scene in which this many members have a session each, before lena freezes. Each
    session is so many seconds longer than the one before."""
    scene = three_leads()
    for number in range(count):
        member = f"m{number:03}"
        scene.add(a_member(member), a_token(member), a_grant(member))
        scene.vend(member, duration=min(3600, 900 + longer * number))
    scene.vend("bob", "globex")
    scene.do(freeze)
    scene.later(seconds=40)
    return scene


def vends_without_outcome(scene):
    with failing(scene, "put_outcome issued"):
        assert reason_of(scene.vend) is DOWN.reason


def freezes(scene):
    scene.do(freeze, why="stolen laptop")


def freezes_and_is_killed(scene):
    with killed(scene, "record done"):
        freezes(scene)


def thaws(scene):
    for lead in ("lena", "luis"):
        scene.do(thaw, why="by mistake", by=lead)


def works(scene):
    """Run the job, and return the number of finished blocks and what leads then read."""
    finished = run_job(scene)
    return {
        "finished": finished,
        "text": FreezeStatus.from_block(stored(scene), scene.clock).message,
    }  # fmt: skip


JOB, FREEZE, LATER = (works,), (freezes,), (waits, 40)
JOB_STORIES = {
    "It waits until no vend from before can be running": [
        FREEZE, (waits, 34), JOB, (waits, 1), JOB, JOB,
    ],
    "It counts what may be active": [(vends,), (vends, "bob", "globex"), FREEZE, LATER, JOB],
    "It withholds what was left open": [(vends_without_outcome,), FREEZE, LATER, JOB],
    "It records a freeze that was killed": [(freezes_and_is_killed,), JOB],
    "It lists no freeze that is lifted": [FREEZE, LATER, (thaws,), JOB],
    "It cuts off nothing where no session is active": [FREEZE, LATER, JOB],
}  # fmt: skip


def test_what_the_job_finishes_is_as_the_file_says():
    story = Telling()
    for title, acts in JOB_STORIES.items():
        story.tell(title, three_leads(), acts)
    story.hold("vending/finished-blocks")


MANY = 2 * MEMBERS_AT_ONCE + 2
ALL = MANY + 1  # with bob


def test_a_run_without_time_left_stops_and_the_next_one_goes_on():
    scene = crowd(MANY)
    times = iter([60.0, 60.0, 0.0])
    finish_blocks(scene.ports, time_left=lambda: next(times), report_failure=none_fails)
    assert stored(scene).listing.listed_at is None
    assert 0 < stored(scene).listing.alive < ALL
    run_job(scene, seconds=0.0)
    assert stored(scene).listing.listed_at is None
    run_job(scene)
    assert stored(scene).listing.alive == ALL


@every("nth", range(0, 70, 5))
def test_a_run_that_is_killed_anywhere_is_completed_by_the_next(nth):
    scene = crowd(MANY)
    repeated_if_killed(scene, nth, run_job)
    assert stored(scene).listing.alive == ALL
    assert scene.story().count("freeze.list done") == 1
    assert stored(scene).is_recorded


def test_two_runs_at_once_count_each_session_once():
    scene = crowd(MANY)
    scene.just_before("save", lambda: run_job(scene))
    run_job(scene)
    assert stored(scene).listing.alive == ALL
    assert scene.story().count("freeze.list done") == 1


def test_a_failure_with_one_block_is_reported_and_stops_no_other():
    scene = crowd(0)
    scene.add(a_block("acme-prod"))
    failures = []
    with failing(scene, "vends"):
        finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=failures.append)
    assert len(failures) == 2
    assert run_job(scene) == 2


def cut_offs(scene):
    roles = scene.find(RoleCutOffs)
    return [cut_off for role in roles for cut_off in role.cut_offs]


def test_each_role_with_live_sessions_gets_one_cut_off_that_outlasts_them_all():
    """The members of the first page have sessions that end sooner than the others'."""
    scene = crowd(MANY, longer=60)
    run_job(scene)
    block = stored(scene)
    assert block.listing.last_moment is not None
    requested = cut_offs(scene)
    assert len(requested) == 2
    for cut_off in requested:
        assert cut_off.is_for_everyone
        assert cut_off.issued_until == block.issued_until >= block.no_session_after
        assert cut_off.needed_until > block.listing.last_moment
    assert scene.story().count("cut-off.request done") == 2


def test_cut_offs_that_cannot_be_recorded_are_requested_by_the_next_run():
    scene = crowd(3)
    failures = []
    with failing(scene, "change"):
        finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=failures.append)
    assert len(failures) == 1
    assert stored(scene).listing.listed_at is None
    run_job(scene)
    assert stored(scene).listing.alive == 4
    assert len(cut_offs(scene)) == 2
