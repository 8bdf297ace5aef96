"""The job writes a cut-off, sees it work, and releases the brake when no session needs it."""

import itertools
import json
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement, Grant
from chalicelib.domain.policies.brake import build_canary_session_name, build_denial
from chalicelib.domain.policies.documents import document
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS, CutOffProblem
from chalicelib.usecases.engagements.grants import revoke_grant
from tests.builders import NOON, ROLE_ARN
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import (
    CUT_OFF_ID,
    HOUR,
    NAMES,
    a_scene_with_sessions,
    are_seen,
    assert_records_are_true,
    brake,
    entries_of,
    is_cut_off,
    is_denied,
    revoke,
    run_job,
    run_jobs_until_over,
    stored,
    vended,
)
from tests.usecases.vending.revocations import REVOCATIONS

DONE, FAILED, INTENDED = Outcome.DONE, Outcome.FAILED, Outcome.INTENDED
SPARED = {
    "member suspended": ["bob"],
    "token revoked": ["bob"],
    "grant revoked": ["bob"],
    "role ended": [],
    "engagement revoked": [],
}


def story(scene):
    """Return action, outcome and reason of each entry about a cut-off."""
    return [line for line in scene.story() if line.startswith("cut-off")]


@every("name", SPARED)
def test_a_revocation_ends_its_sessions_within_seconds_and_no_others(name):
    scene = a_scene_with_sessions()
    revoke(scene, name)
    summary = run_job(scene)
    for member in ("alice", "bob"):
        assert is_cut_off(scene, member) is (member not in SPARED[name])
    assert are_seen(scene)
    assert story(scene) == [
        "cut-off.request done",
        "cut-off.write intended",
        "cut-off.write done",
        "cut-off.see done",
    ]
    assert (summary.written, summary.seen, summary.failed, summary.pending) == (1, 1, 0, 0)
    assert scene.clock - NOON < timedelta(seconds=10)
    assert not is_denied(scene, "alice.0123456789abcdef", scene.clock + HOUR)
    assert_records_are_true(scene)


def test_the_brake_is_released_when_the_last_session_has_expired():
    scene = a_scene_with_sessions()
    revoke(scene)
    run_jobs_until_over(scene)
    assert not is_cut_off(scene)
    item = stored(scene)
    assert (item.cut_offs, item.denies, item.list_key) == ((), False, "")
    assert story(scene)[4:] == [
        "cut-off.end done",
        "cut-off.release intended",
        "cut-off.release done",
    ]
    (ended,) = entries_of(scene, Action.CUT_OFF_END)
    assert ended.at >= NOON + HOUR
    canary = build_canary_session_name(item.canary)
    assert is_denied(scene, canary)
    entries = len(scene.entries)
    run_jobs_until_over(scene, minutes=5)
    assert len(scene.entries) == entries


def test_versions_never_run_out():
    scene = a_scene_with_sessions()
    for _ in range(12):
        revoke(scene)
        run_jobs_until_over(scene, minutes=66)
        assert len(brake(scene).versions) <= 4
        grant = scene.stored(Grant, "acme-prod", "alice")
        scene.add(replace(grant, revoked_at=None, version=grant.version + 1))
        vended(scene)
    assert len(entries_of(scene, Action.CUT_OFF_RELEASE, DONE)) == 12


@every("by_hand", [1, 2, 3, 4, 30])
def test_five_versions_in_use_by_hand_are_no_obstacle(by_hand):
    scene = a_scene_with_sessions()
    released = brake(scene).versions["v1"]
    for _ in range(by_hand):
        assert brake(scene).add(released, NOON)
        if len(versions := brake(scene).versions) > 5:
            del versions[next(iter(versions))]
    revoke(scene)
    run_jobs_until_over(scene, minutes=10)
    assert are_seen(scene)
    assert len(brake(scene).versions) <= 5
    assert_records_are_true(scene)


def test_the_versions_between_two_batches_are_found():
    """Daypass deletes five versions at once, and then tries to write again."""
    scene = a_scene_with_sessions()
    released = brake(scene).versions["v1"]
    brake(scene).versions = dict.fromkeys(["v6", "v12", "v18", "v21", "v22"], released)
    brake(scene).default, brake(scene).numbers = "v22", itertools.count(23)
    revoke(scene)
    run_job(scene)
    assert len(entries_of(scene, Action.CUT_OFF_WRITE, INTENDED)) == 1
    assert are_seen(scene)


@every(
    "count, recorded_by",
    [(20, None), (50, Action.CUT_OFF_WRITE), (MAX_CUT_OFFS + 1, Action.CUT_OFF_REQUEST)],
)
def test_more_members_than_fit_are_everyone_by_date(count, recorded_by):
    names = [f"m{chr(97 + n // 26)}{chr(97 + n % 26)}{'m' * 29}" for n in range(count)]
    scene = a_scene_with_sessions(CutOffMethod.BRAKE, *names)
    for name in names:
        scene.do(revoke_grant, "acme-prod", name)
    run_job(scene)
    assert all(is_cut_off(scene, name) for name in names)
    assert is_cut_off(scene, "bob") is (recorded_by is not None)
    assert not is_denied(scene, "bob.0123456789abcdef", NOON + timedelta(minutes=2))
    widened = {e.action for e in scene.entries if e.details.get("widened") == "everyone"}
    assert widened == ({recorded_by} if recorded_by else set())
    assert_records_are_true(scene)


@every("lag, runs", [(timedelta(seconds=20), 1), (timedelta(minutes=4, seconds=30), 6)])
def test_iam_takes_a_while_to_apply_a_version(lag, runs):
    """Daypass waits, reports nothing as missing or late, and sees the first version at last."""
    scene = a_scene_with_sessions()
    scene.world.iam.lag = lag
    revoke(scene)
    for _ in range(runs):
        assert run_job(scene).late == 0
    assert are_seen(scene)
    assert len(entries_of(scene, Action.CUT_OFF_WRITE, DONE)) == 1
    assert entries_of(scene, Action.CUT_OFF_SEE, FAILED) == []
    assert_records_are_true(scene)


def test_an_earlier_version_that_iam_applies_late_still_counts():
    """Each revocation writes a new version, before IAM has applied the last one. What shows one
    version shows nothing about a member of the next one."""
    scene = a_scene_with_sessions()
    scene.world.iam.lag = timedelta(minutes=3)
    began_at = scene.clock
    revoke(scene)
    run_job(scene)
    scene.do(revoke_grant, "acme-prod", "bob")
    seen_after = {}
    for _ in range(8):
        run_job(scene)
        for cut_off in stored(scene).cut_offs:
            if cut_off.seen_at is not None:
                seen_after.setdefault(cut_off.member, cut_off.seen_at - began_at)
                assert is_cut_off(scene, cut_off.member)
    assert len(entries_of(scene, Action.CUT_OFF_WRITE, DONE)) == 2
    assert timedelta(minutes=3) <= seen_after["alice"] < timedelta(minutes=3, seconds=10)
    assert seen_after["bob"] > timedelta(minutes=4)
    assert entries_of(scene, Action.CUT_OFF_SEE, FAILED) == []
    assert_records_are_true(scene)


def role_gone(scene):
    scene.world.iam.cut_off_roles.clear()


def brake_gone(scene):
    scene.world.iam.brakes.clear()


def denied(scene):
    scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn].permissions = document()


def detached(scene):
    scene.world.roles[ROLE_ARN].boundary = ""


def canary_refused(scene):
    scene.world.roles[ROLE_ARN].external_id = "another"


OBSTACLES = [
    (CutOffMethod.BRAKE, "grant revoked", role_gone, CutOffProblem.CUT_OFF_ROLE_REFUSED),
    (CutOffMethod.BRAKE, "grant revoked", brake_gone, CutOffProblem.BRAKE_MISSING),
    (CutOffMethod.BRAKE, "grant revoked", denied, CutOffProblem.NOT_PERMITTED),
    (CutOffMethod.BRAKE, "grant revoked", detached, CutOffProblem.NOT_IN_FORCE),
    (CutOffMethod.BRAKE, "grant revoked", canary_refused, CutOffProblem.CANARY_REFUSED),
    (CutOffMethod.DENY_ALL, "role ended", role_gone, CutOffProblem.CUT_OFF_ROLE_REFUSED),
    (CutOffMethod.DENY_ALL, "role ended", denied, CutOffProblem.NOT_PERMITTED),
]


@every("method, name, obstruct, problem", OBSTACLES)
def test_an_obstacle_is_told_tried_again_and_given_up_in_words(method, name, obstruct, problem):
    scene = a_scene_with_sessions(method)
    obstruct(scene)
    revoke(scene, name)
    run_jobs_until_over(scene, minutes=6)
    (cut_off,) = stored(scene).cut_offs
    assert (stored(scene).reported_problem, cut_off.seen_at) == (problem, None)
    first, *again = (e for e in scene.entries if e.outcome is FAILED)
    assert {entry.reason for entry in (first, *again)} == {problem}
    assert "again" not in first.details
    assert all("again" in entry.details for entry in again)
    run_jobs_until_over(scene, minutes=66)
    attempts = entries_of(scene, Action.CUT_OFF_WRITE, INTENDED)
    assert 5 < len(attempts) < 25
    (ended,) = entries_of(scene, Action.CUT_OFF_END)
    assert (ended.outcome, ended.reason) == (FAILED, problem)
    assert stored(scene).cut_offs == ()


@every("method, name, obstruct, problem", OBSTACLES)
def test_when_the_client_removes_the_obstacle_it_works(method, name, obstruct, problem):
    """The end of the cut-offs lets no session work again."""
    scene, whole = a_scene_with_sessions(method), a_scene_with_sessions(method)
    obstruct(scene)
    revoke(scene, name)
    run_jobs_until_over(scene, minutes=6)
    assert stored(scene).reported_problem == problem
    scene.world.iam, role = whole.world.iam, whole.world.roles[ROLE_ARN]
    scene.world.roles[ROLE_ARN] = role
    run_jobs_until_over(scene, minutes=12)
    assert are_seen(scene)
    assert is_cut_off(scene)
    run_jobs_until_over(scene)
    is_shut = method is CutOffMethod.DENY_ALL
    assert is_cut_off(scene) is is_shut
    assert "cut-off.end done" in story(scene)


def test_a_role_that_the_client_denied_before_is_not_seen_as_shut():
    scene = a_scene_with_sessions(CutOffMethod.DENY_ALL)
    scene.world.roles[ROLE_ARN].policies.append(document(build_denial([], None)))
    revoke(scene, "role ended")
    run_jobs_until_over(scene, minutes=5)
    assert stored(scene).cut_offs[0].seen_at is None


def test_a_denial_of_everything_in_the_brake_is_not_seen_as_ours():
    scene = a_scene_with_sessions()
    scene.world.iam.lag = timedelta(days=1)
    brake(scene).defaults[0] = (brake(scene).defaults[0][0], document(build_denial([], None)))
    revoke(scene)
    run_jobs_until_over(scene, minutes=3)
    assert stored(scene).cut_offs[0].seen_at is None


@every("name", SPARED)
def test_what_the_client_writes_is_seen(name):
    scene = a_scene_with_sessions(CutOffMethod.NONE)
    (view,) = REVOCATIONS[name](scene).cut_offs
    run_job(scene)
    assert stored(scene).cut_offs[0].problem == "client-must-write"
    assert "open_canary" in scene.steps
    scene.world.roles[ROLE_ARN].policies.append(json.loads(view.policy))
    scene.later(minutes=1)
    run_job(scene)
    (cut_off,) = stored(scene).cut_offs
    assert (cut_off.status, cut_off.problem, cut_off.written_at) == ("seen", None, None)
    for member in ("alice", "bob"):
        assert is_cut_off(scene, member) is (member not in SPARED[name])
    run_jobs_until_over(scene)
    assert story(scene) == ["cut-off.request done", "cut-off.see done", "cut-off.end done"]


def test_a_method_that_is_chosen_later_is_used():
    scene = a_scene_with_sessions(CutOffMethod.NONE)
    revoke(scene)
    run_job(scene)
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    engagement = scene.stored(Engagement, "acme-prod")
    scene.add(replace(engagement, cut_off=CutOffMethod.BRAKE, cut_off_external_id=CUT_OFF_ID))
    scene.later(minutes=1)
    run_job(scene)
    assert are_seen(scene)


def test_a_cut_off_that_was_never_tried_comes_before_those_that_failed():
    """Otherwise, roles that fail slowly would take all the time of every run."""
    scene = a_scene_with_sessions()
    revoke(scene)
    role_gone(scene)
    run_job(scene, seconds=86)
    scene.later(minutes=1)
    failed = stored(scene)
    scene.add(replace(failed, role="deploy", tried_at=None, try_count=0, version=1))
    run_job(scene)
    attempts = [each.role for each in entries_of(scene, Action.CUT_OFF_WRITE, INTENDED)]
    assert attempts[:3] == ["readonly", "deploy", "readonly"]
