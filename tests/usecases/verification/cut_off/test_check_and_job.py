"""A check and the job that writes cut-offs together: the brake is tried, watched and repaired."""

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.policies.brake import build_brake_policy, build_canary_denial
from chalicelib.domain.policies.documents import document
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.cut_off.cut_offs import (
    RoleCutOffs,
)
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.cut_offs.work import work_cut_offs
from chalicelib.usecases.verification.cut_off import check_cut_off
from tests.builders import ROLE_ARN, a_cut_off
from tests.fakes import HOUR, NOON
from tests.fakes.cut_offs import decide
from tests.rows import every
from tests.usecases.lost_answers import failing, killed
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.cut_off.braked import (
    NAMES,
    TRUSTED,
    braked,
    cut_offs_of,
    proof_of,
)
from tests.usecases.verification.probing import is_vended_from

DETAILS = ("passed", "failed", "problem", "changed", "released")
ALICE = "alice.0123456789abcdef"


def check(scene, *, is_full=False):
    actor = SystemActor(SCHEDULE)
    check_cut_off(scene.ports, actor, "acme-prod", "readonly", is_full=is_full)


def work(scene, *, minutes=1):
    """Run the job once a minute."""
    failures = []
    for _ in range(minutes):
        began_at = scene.clock

        def time_left(began_at=began_at):
            return 600.0 - (scene.clock - began_at).total_seconds()

        work_cut_offs(scene.ports, time_left=time_left, report_failure=failures.append)
        scene.later(minutes=1)


def reported(scene):
    report = build_last_report(scene.ports, "acme-prod", "readonly")
    assert report.cut_off is not None
    return report.cut_off


def titles(scene):
    notifications = map(build_notification, scene.entries)
    return [notification.title for notification in notifications if notification is not None]


def looks(scene):
    """Return the outcome, the reason and some details of each requested look."""
    return [
        (each.outcome, each.reason, {n: each.details[n] for n in DETAILS if n in each.details})
        for each in scene.entries
        if each.action == "cut-off.check" and each.details["role_arn"] == ROLE_ARN
    ]


def with_cut_off(scene):
    """Request that alice's sessions end that were issued until now, and return that time."""
    stored, now = cut_offs_of(scene), scene.clock
    times = {"issued_until": now, "requested_at": now, "needed_until": now + HOUR}
    cut_off = a_cut_off(member="alice", **times)
    scene.add(replace(stored, cut_offs=(cut_off,), tried_at=None, version=stored.version + 1))
    return now


def proven():
    """Return a scene in which a check and the job have proven the brake, a day ago."""
    scene = braked()
    check(scene)
    work(scene)
    assert reported(scene).proven
    scene.later(hours=24)
    return scene


def test_checks_request_one_drill_and_the_job_proves_the_brake_with_it_and_notifies_no_one():
    scene = braked()
    before = dict(scene.world.iam.brakes[NAMES.brake_arn].versions)
    check(scene)
    assert proof_of(scene).results == TRUSTED
    assert scene.last_entry.details["drill"] == "requested"
    check(scene, is_full=True)
    stored = cut_offs_of(scene)
    assert (stored.drill_requested_at, stored.version) == (NOON, 1)
    assert not reported(scene).proven
    assert scene.world.iam.brakes[NAMES.brake_arn].versions == before  # the job writes
    work(scene)
    report = reported(scene)
    assert (report.proven, titles(scene)) == (True, [])
    assert report.brake_seen_at is not None
    stored = cut_offs_of(scene)
    assert (stored.drill_requested_at, stored.list_key) == (None, "")
    # Released: no member's session is denied.
    assert decide(scene.world, ROLE_ARN, ALICE, scene.clock) == "allowed"


@every("is_full", [False, True])
def test_a_daily_check_looks_and_a_full_one_makes_a_drill_as_well(*, is_full):
    scene = proven()
    before = cut_offs_of(scene)
    check(scene, is_full=is_full)
    assert "open_canary" not in scene.steps[-8:]  # the job looks
    work(scene)
    stored = cut_offs_of(scene)
    assert looks(scene) == [("done", "", {"passed": "true"})]
    assert (stored.canary == before.canary) is not is_full
    assert (stored.look_requested_at, stored.drill_requested_at) == (None, None)
    assert stored.brake_seen_at >= NOON + 24 * HOUR
    assert (reported(scene).proven, titles(scene)) == (True, [])


def by_hand(world):
    """Release the brake, as the client's administrator can."""
    world.iam.brakes[NAMES.brake_arn].add(build_brake_policy(NAMES), world.clock)


def replaced(world):
    """Attach another policy in the brake's place."""
    other = "arn:aws:iam::987654321098:policy/Boundary"
    world.iam.brakes[other] = type(world.iam.brakes[NAMES.brake_arn]).of(build_brake_policy(NAMES))
    world.roles[ROLE_ARN].boundary = other


def replaced_by_one_that_denies(world):
    """Another policy in the brake's place denies everything, which is not our brake's doing."""
    canary = next(e for e in world.items.values() if isinstance(e, RoleCutOffs)).canary
    replaced(world)
    policy = build_brake_policy(NAMES, build_canary_denial(canary))
    world.iam.brakes[world.roles[ROLE_ARN].boundary].add(policy, world.clock)


def detached(world):
    world.roles[ROLE_ARN].boundary = ""


def deleted(world):
    """The policy is gone, and with it what the boundary allows."""
    del world.iam.brakes[NAMES.brake_arn]


@every("drift", [by_hand, replaced, replaced_by_one_that_denies, detached, deleted])
@every("is_full", [True, False])
def test_a_brake_that_is_not_in_force_any_more_is_told_and_written_again(drift, *, is_full):
    scene = proven()
    issued_at = with_cut_off(scene)

    def is_denied():
        return decide(scene.world, ROLE_ARN, ALICE, issued_at) == "boundary"

    work(scene)
    assert is_denied()
    drift(scene.world)
    assert not is_denied()
    scene.later(minutes=6)
    check(scene, is_full=is_full)
    check(scene, is_full=is_full)
    before = scene.clock
    work(scene)
    announced = {
        "passed": "false",
        "failed": "brake",
        "problem": "not-in-force",
        "changed": "true",
        "released": "true",
    }
    assert looks(scene) == [("done", "", announced)]
    assert "The cut-off for acme-prod/readonly failed its check" in titles(scene)
    report, (cut_off,) = reported(scene), cut_offs_of(scene).cut_offs
    seen = report.proven, cut_off.status == "seen", is_denied()
    # The report still says when the brake was last seen, and members still get sessions.
    assert (*seen, report.brake_seen_at >= before) == (drift is by_hand,) * 4
    assert is_vended_from(scene)


def test_a_brake_that_was_never_seen_was_not_released_by_hand():
    scene = proven()
    scene.add(replace(cut_offs_of(scene), canary_seen_at=None))
    detached(scene.world)
    check(scene)
    work(scene)
    ((_, _, details),) = looks(scene)
    assert ("released" in details, details["failed"]) == (False, "brake")


UNCLEAR = {
    "aws-unreachable": lambda world: world.fails_at(
        "open_canary", Unavailable(Reason.AWS_UNREACHABLE)
    ),
    "aws-unreachable because another policy denies everything": lambda world: world.roles[
        ROLE_ARN
    ].attached.append("arn:aws:iam::aws:policy/AWSDenyAll"),
    "canary-refused": lambda world: world.roles.pop(ROLE_ARN) and None,
}


@every("how", UNCLEAR)
def test_without_a_clear_answer_what_is_known_stays(how):
    scene = proven()
    before = cut_offs_of(scene)
    check(scene)
    UNCLEAR[how](scene.world)
    work(scene)
    assert looks(scene) == [("failed", how.partition(" ")[0], {})]
    assert cut_offs_of(scene) == replace(before, version=before.version + 2, tried_at=None)
    assert reported(scene).proven


def test_a_cut_off_that_is_requested_during_a_check_is_never_lost():
    scene = proven()
    before = proof_of(scene)
    scene.just_before("change", lambda: with_cut_off(scene))
    assert refusal_of(Conflict, check, scene) == "changed-meanwhile"
    (cut_off,) = cut_offs_of(scene).cut_offs
    assert (cut_off.status, proof_of(scene)) == ("requested", before)


def test_a_cut_off_that_is_requested_after_a_check_comes_first():
    scene = proven()
    check(scene, is_full=True)
    issued_at = with_cut_off(scene)
    by_hand(scene.world)
    work(scene)
    assert decide(scene.world, ROLE_ARN, ALICE, issued_at) == "boundary"
    stored = cut_offs_of(scene)
    assert stored.cut_offs[0].status == "seen"
    # The look at the cut-off was the one that the check requested.
    assert (looks(scene), stored.look_requested_at) == ([], None)


def gone(world):
    del world.iam.cut_off_roles[NAMES.cut_off_role_arn]


def denied(world):
    world.iam.cut_off_roles[NAMES.cut_off_role_arn].permissions = document()


def full_of_versions(world):
    """The client wrote versions of its own, with numbers far above ours."""
    brake = world.iam.brakes[NAMES.brake_arn]
    for _ in range(500):
        next(brake.numbers)
    brake.versions.clear()
    for _ in range(5):
        brake.add(build_brake_policy(NAMES), world.clock)


DAMAGES = [
    (gone, "cut-off-role", None),
    (denied, "brake", "not-permitted"),
    (deleted, "brake", "brake-missing"),
    (detached, "brake", "not-in-force"),
    (full_of_versions, "brake", "too-many-versions"),
]


@every("damage, failed, problem", DAMAGES)
def test_damage_is_detected_told_and_given_up_in_words(damage, failed, problem):
    scene = braked()
    damage(scene.world)
    check(scene)
    work(scene, minutes=60)
    report = reported(scene)
    assert [line.check for line in report.failed_checks] == [failed]
    assert all(line.fix for line in report.failed_checks)
    (title,) = titles(scene)
    assert title in (
        "The cut-off for acme-prod/readonly failed its check",
        "The brake on acme-prod/readonly does not work",
    )
    stored = cut_offs_of(scene)
    assert (stored and stored.problem) == problem
    assert stored is None or stored.drill_requested_at is None  # given up
    assert is_vended_from(scene)


@every("step", ["record intended", "probe", "change"])
def test_a_check_that_is_killed_anywhere_loses_nothing(step):
    scene = proven()
    before = cut_offs_of(scene), proof_of(scene)
    with killed(scene, step):
        check(scene)
    assert (cut_offs_of(scene), proof_of(scene)) == before


@every("step", ["assume_cut_off_role", "write_version", "look", "open_canary"])
def test_a_drill_outlives_an_aws_that_does_not_answer_for_a_while(step):
    scene = braked()
    check(scene)
    with failing(scene, step, Unavailable(Reason.AWS_UNREACHABLE)):
        work(scene, minutes=2)
    work(scene, minutes=5)
    report = reported(scene)
    assert report.proven
    assert report.checks[-1].result is Result.PASSED
