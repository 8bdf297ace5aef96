"""Every fault at every call of the job: what is recorded is true, and all is done in the end."""

from contextlib import suppress
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.policies.brake import build_brake_policy, build_canary_session_name
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from tests.builders import role_cut_offs
from tests.fakes import Killed
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import (
    FAULTS,
    NAMES,
    Faults,
    a_scene_with_sessions,
    are_seen,
    assert_records_are_true,
    brake,
    entries_of,
    is_cut_off,
    is_denied,
    revoke,
    run_job,
    run_job_with_failures,
    run_jobs_until_over,
    stored,
)

METHODS = {CutOffMethod.BRAKE: "grant revoked", CutOffMethod.DENY_ALL: "role ended"}


def requested(method):
    """Return a scene in which the job has a cut-off to write. Versions of an earlier cut-off have
    to be deleted first."""
    scene = a_scene_with_sessions(method)
    if method is CutOffMethod.BRAKE:
        for _ in range(2):
            scene.add(with_drill(scene))
            run_job(scene)
    revoke(scene, METHODS[method])
    return scene


def with_drill(scene):
    """Return the role's cut-offs with a pending drill."""
    item = scene.get(RoleCutOffs, "acme-prod", "readonly")
    return replace(item or role_cut_offs(), drill_requested_at=scene.clock)


def every_call():
    """Return each method with the number of each of its calls."""
    rows = []
    for method in METHODS:
        faults = Faults(nth=0)
        scene = requested(method)
        run_job(scene, faults.ports(scene))
        rows += [(method, number) for number in range(1, len(faults.calls) + 1)]
    return rows


def assert_is_finished(scene):
    """No cut-off and no brake is left. A shut role stays listed until the client has detached the
    policy."""
    item = stored(scene)
    assert (item.cut_offs, item.denies) == ((), False)
    is_shut = item.method is CutOffMethod.DENY_ALL
    assert (item.list_key != "", item.shut_at is not None) == (is_shut, is_shut)


def run_with_fault(scene, nth, fault):
    """Run the job with this fault, and then without one. What is recorded is true after both."""
    with suppress(Killed, Exception):
        run_job_with_failures(scene, [], Faults(nth, **FAULTS[fault]).ports(scene))
    assert_records_are_true(scene)
    run_jobs_until_over(scene, minutes=4)
    assert_records_are_true(scene)


@every("fault", FAULTS)
@every("method, nth", every_call)
def test_a_fault_delays_a_cut_off_and_nothing_else(method, nth, fault):
    scene = requested(method)
    run_with_fault(scene, nth, fault)
    assert are_seen(scene)
    assert is_cut_off(scene)
    run_jobs_until_over(scene)
    assert_is_finished(scene)
    if method is CutOffMethod.BRAKE:
        assert not is_cut_off(scene)
        assert len(brake(scene).versions) <= 5


@every("fault", FAULTS)
@every("nth", range(1, 14))
def test_a_fault_delays_a_release_and_nothing_else(nth, fault):
    scene = requested(CutOffMethod.BRAKE)
    run_job(scene)
    scene.later(hours=1, minutes=2)
    run_with_fault(scene, nth, fault)
    assert_is_finished(scene)
    assert not is_cut_off(scene)
    assert entries_of(scene, Action.CUT_OFF_RELEASE, Outcome.DONE)


def looked_at():
    """Return a scene in which a full check requested a look, and the client released the brake."""
    scene = requested(CutOffMethod.BRAKE)
    run_jobs_until_over(scene)
    engagement = scene.stored(Engagement, "acme-prod")
    role = scene.stored(Role, "acme-prod", "readonly")
    item = plan.request_check(
        stored(scene), engagement, role, scene.clock, may_drill=True, is_full=True
    )
    assert item is not None
    scene.add(item)
    brake(scene).add(build_brake_policy(NAMES), scene.clock)
    return scene


def every_call_of_a_look():
    faults, scene = Faults(nth=0), looked_at()
    run_job(scene, faults.ports(scene))
    return list(range(1, len(faults.calls) + 1))


@every("fault", FAULTS)
@every("nth", every_call_of_a_look)
def test_a_fault_delays_what_a_check_requested_and_nothing_else(nth, fault):
    scene = looked_at()
    run_with_fault(scene, nth, fault)
    assert_is_finished(scene)
    assert stored(scene).is_brake_seen
    assert is_denied(scene, build_canary_session_name(stored(scene).canary))
    assert not is_cut_off(scene)
    assert len(brake(scene).versions) <= 5


def run(scene):
    run_job_with_failures(scene, [])


def run_much_later(scene):
    scene.later(seconds=70)
    run(scene)


def revoke_another(scene):
    revoke(scene, "role ended")


def revoke_another_and_run(scene):
    revoke(scene, "role ended")
    run(scene)


def run_ahead(scene):
    """Run the job by a clock that is 5 s ahead."""
    clock = scene.clock
    scene.later(seconds=5)
    run(scene)
    scene.world.clock = clock


@every(
    "meanwhile",
    [run, run_much_later, run_ahead, revoke_another, revoke_another_and_run],
)
@every("when", ["before", "after"])
@every("method, nth", every_call)
def test_whatever_happens_meanwhile_the_last_policy_has_everything(method, nth, when, meanwhile):
    scene = requested(method)
    faults = Faults(nth, **{when: lambda: meanwhile(scene)})
    run_job_with_failures(scene, [], faults.ports(scene))
    assert_records_are_true(scene)
    run_jobs_until_over(scene, minutes=3)
    assert_records_are_true(scene)
    assert are_seen(scene)
    assert is_cut_off(scene)
    has_ended = (
        meanwhile in (revoke_another, revoke_another_and_run) or method is CutOffMethod.DENY_ALL
    )
    assert is_cut_off(scene, "bob") is has_ended
    run_jobs_until_over(scene)
    assert_is_finished(scene)


def test_a_run_with_too_little_time_begins_nothing():
    summary = run_job(requested(CutOffMethod.BRAKE), seconds=80)
    assert (summary.ended, summary.written, summary.pending) == ("out-of-time", 0, 1)


def test_a_run_ends_although_there_is_always_something_new():
    scene = requested(CutOffMethod.BRAKE)
    scene.world.iam.lag = timedelta(days=1)
    began = scene.clock
    run_job(scene)
    assert scene.clock - began < timedelta(seconds=180)
