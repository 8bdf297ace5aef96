"""Cut-offs that a job requests, and the person or client who requested each."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.vending.cut_off import plan
from chalicelib.usecases.onboarding.client_pause import pause_by_client
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.vending.run_cut_offs import (
    MAX_STOPS,
    request_missing_cut_offs,
    run_cut_offs,
)
from tests.builders import (
    LIFT_CODE,
    LINK_TEXT,
    NOON,
    ROLE_ARN,
    a_binding,
    a_cut_off,
    a_link,
    a_token,
    role_cut_offs,
)
from tests.fakes import MINUTE
from tests.rows import every
from tests.usecases.lost_answers import are_stops_finished, failing, finish_stops_later, none_fails
from tests.usecases.vending.blocks.test_freezing import run_job as run_job_of_blocks
from tests.usecases.vending.cut_offs.scene import (
    RUN,
    a_scene_with_sessions,
    entries_of,
    is_cut_off,
    revoke,
    run_job,
    stored,
)
from tests.usecases.vending.revocations import REVOCATIONS

REQUESTING = [name for name in REVOCATIONS if name != "engagement closed"]


def interrupted(name):
    """Return a scene in which a revocation could not record its cut-off."""
    scene = a_scene_with_sessions()
    scene.add(a_binding("alice", made_with=a_token("alice").id))
    with failing(scene, "change"):
        assert REVOCATIONS[name](scene).cut_offs_missing
    return scene


def try_request_missing(scene, report_failure=none_fails):
    request_missing_cut_offs(scene.ports, time_left=lambda: RUN, report_failure=report_failure)


def request_missing(scene):
    """Request what is missing, and return how many requests are on the trail."""
    try_request_missing(scene)
    return len(entries_of(scene, Action.CUT_OFF_REQUEST))


@every("name", REQUESTING)
def test_a_missing_cut_off_is_requested_once_and_works(name):
    scene = interrupted(name)
    assert request_missing(scene) == 0
    scene.later(minutes=4)
    assert request_missing(scene) == 1
    scene.later(minutes=1)
    assert request_missing(scene) == 1
    run_job(scene)
    assert is_cut_off(scene)
    finish_stops_later(scene)
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1
    assert are_stops_finished(scene)
    assert len(stored(scene).cut_offs) == 1


def test_a_closed_engagement_misses_none():
    scene = a_scene_with_sessions()
    with failing(scene, "apply"):
        REVOCATIONS["engagement closed"](scene)
    scene.later(minutes=4)
    assert request_missing(scene) == 0


def test_what_was_undone_is_not_cut_off():
    scene = interrupted("member suspended")
    scene.later(minutes=1)
    scene.do(reinstate_member, "alice")
    scene.later(minutes=4)
    assert request_missing(scene) == 0


def test_after_the_last_session_nothing_is_missing():
    scene = interrupted("grant revoked")
    scene.later(hours=1, minutes=5)
    assert request_missing(scene) == 0


def test_a_failure_with_one_revocation_is_reported_and_blocks_no_other():
    scene = interrupted("grant revoked")
    with failing(scene, "change"):
        assert REVOCATIONS["role ended"](scene).cut_offs_missing
    scene.later(minutes=4)
    failures = []

    def fail():
        raise ValueError("once")

    scene.just_before("vends", fail)
    try_request_missing(scene, failures.append)
    assert [str(failure) for failure in failures] == ["once"]
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1


@every("age, kind", [(timedelta(days=1), "Grant"), (timedelta(minutes=1), "NoSuchKind")])
def test_revocations_that_are_over_or_fail_do_not_keep_the_job_from_the_others(age, kind):
    scene = interrupted("grant revoked")
    (stop,) = scene.find(Stop)
    for number in range(MAX_STOPS):
        earlier = replace(stop.entry, id=f"old-{number}", at=stop.entry.at - age)
        scene.items[Stop, (str(number),)] = replace(stop, kind=kind, entry=earlier)
    scene.later(minutes=4)
    try_request_missing(scene, [].append)
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1


def test_revocations_that_take_long_leave_time_to_write_and_get_their_turns():
    """After a flood of vends, the vends of each revoked item take long to read."""
    scene = a_scene_with_sessions()
    names = ["grant revoked", "role ended", "member suspended", "token revoked"]
    for name in names:
        with failing(scene, "change"):
            assert REVOCATIONS[name](scene).cut_offs_missing
    scene.later(minutes=4)
    revoke(scene, "engagement revoked")
    scene.world.before = lambda step: scene.later(seconds=30) if step == "vends" else None

    for _ in range(2 * len(names)):
        next_run, end = scene.clock + MINUTE, scene.clock + timedelta(seconds=RUN)
        run_cut_offs(
            scene.ports,
            time_left=lambda end=end: (end - scene.clock).total_seconds(),
            report_failure=none_fails,
        )
        assert scene.clock <= end
        assert is_cut_off(scene)
        scene.world.clock = max(scene.clock, next_run)
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1 + len(names)


def pause(scene):
    scene.add(a_link())
    pause_by_client(scene.ports, LINK_TEXT, LIFT_CODE, address="203.0.113.7")


def interrupted_pause(scene):
    with failing(scene, "change"):
        pause(scene)
    run_job_of_blocks(scene)


def completed_by(job):
    """Return a revocation whose cut-off a job requests."""

    def revoke(scene):
        with failing(scene, "change"):
            assert REVOCATIONS["engagement revoked"](scene).cut_offs_missing
        scene.later(minutes=4)
        job(scene)

    return revoke


def freeze_everything(scene):
    scene.do(freeze)
    scene.later(seconds=40)
    run_job_of_blocks(scene)


WAYS = [
    (lambda scene: revoke(scene, "engagement revoked"), "lena"),
    (lambda scene: revoke(scene, "role ended"), "lena"),
    (completed_by(try_request_missing), "lena"),
    (completed_by(finish_stops_later), "lena"),
    (freeze_everything, "lena"),
    (pause, CLIENT),
    (interrupted_pause, CLIENT),
]


@every("request_it, by", WAYS)
def test_a_shut_role_says_who_requested_it(request_it, by):
    scene = a_scene_with_sessions(CutOffMethod.DENY_ALL)
    request_it(scene)
    assert [each.requested_by for each in stored(scene).cut_offs] == [by]
    run_job(scene)
    assert stored(scene).shut_at is not None
    assert stored(scene).shut_by == by


LENAS, PAUSE = (
    a_cut_off(id=by, requested_by=by, issued_until=NOON, problem=None) for by in ("lena", CLIENT)
)
ITEM = role_cut_offs(method=CutOffMethod.DENY_ALL)


@every(
    "cut_offs, ids, by",
    [
        ((LENAS,), ("lena",), "lena"),
        ((LENAS, PAUSE), ("lena", CLIENT), CLIENT),  # the later one
        ((LENAS, PAUSE), ("lena",), "lena"),  # the pause came during the attempt
        ((), ("lena",), ""),  # it was over, and dropped, meanwhile
    ],
)
def test_a_shut_role_is_for_the_last_cut_off_of_its_attempt(cut_offs, ids, by):
    item = plan.record_written(replace(ITEM, cut_offs=cut_offs, shut_by="bob"), ids, NOON)
    assert (item.shut_at, item.shut_by) == (NOON, by)


def test_a_brake_shuts_no_role():
    item = plan.record_written(role_cut_offs(LENAS), ("lena",), NOON)
    assert (item.shut_at, item.shut_by) == (None, "")


def test_the_shut_role_says_nothing_about_the_next_role():
    item = replace(ITEM, shut_at=NOON, shut_by="lena")
    assert item.for_role(ROLE_ARN, CutOffMethod.DENY_ALL).shut_by == "lena"
    moved = item.for_role(f"{ROLE_ARN}2", CutOffMethod.DENY_ALL)
    assert (moved.shut_at, moved.shut_by) == (None, "")
