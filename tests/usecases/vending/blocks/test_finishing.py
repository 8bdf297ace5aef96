"""The job that withholds, counts and records what a freeze or a pause leaves to do."""

from datetime import timedelta

from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.usecases.vending.blocks.freezing import freeze, thaw
from chalicelib.usecases.vending.run_cut_offs import MEMBERS_AT_ONCE, finish_blocks
from tests.builders import a_block, a_grant, a_member, a_token
from tests.rows import every
from tests.usecases.lost_answers import DOWN, failing, killed, none_fails, repeated_if_killed
from tests.usecases.refusals import reason_of
from tests.usecases.telling import Telling, vends
from tests.usecases.vending.blocks.test_freezing import three_leads

HOUR = timedelta(hours=1)


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


def waits(scene, seconds):
    scene.later(seconds=seconds)


def works(scene):
    """Run the job, and return the number of finished blocks and what leads then read."""
    finished = run_job(scene)
    return {
        "finished": finished,
        "text": FreezeStatus.from_block(stored(scene), scene.clock).message,
    }  # fmt: skip


JOB, FREEZE, LATER = (works,), (freezes,), (waits, 40)
STORIES = {
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
    for title, acts in STORIES.items():
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
