"""A revocation requests the cut-offs of the sessions that it leaves alive. Nothing else does."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.vending.access_links import make_access_link, revoke_access_link
from chalicelib.usecases.vending.cut_offs.request import TIME_TO_BEGIN, request_cut_offs
from tests.builders import (
    ASKED_IN,
    READONLY,
    ROLE_ARN,
    a_binding,
    a_token,
    a_verification,
    role_cut_offs,
)
from tests.rows import every
from tests.usecases.lost_answers import (
    DOWN,
    LOST,
    are_stops_finished,
    failing,
    finish_stops_later,
    killed,
    loses_answer,
)
from tests.usecases.refusals import reason_of
from tests.usecases.telling import Telling
from tests.usecases.vending.cut_offs.scene import (
    a_scene_with_sessions,
    entries_of,
    is_cut_off,
    run_job,
    stored,
)
from tests.usecases.vending.linking import pressed
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS, a_scene_with_two_roles

NAMES = ["member suspended", "token revoked", "grant revoked", "engagement revoked", "role ended"]
every_revocation = every("name", NAMES)


def requests(scene):
    return entries_of(scene, Action.CUT_OFF_REQUEST)


def revokes(scene, name):
    revocation, kicks = REVOCATIONS[name](scene), len(scene.world.kicks)
    return {"kicks": kicks, "cut-offs": revocation.cut_offs, "until": revocation.cut_off_at}


def gets_another_arn(scene):
    role = scene.stored(Role, "acme-prod", "readonly")
    scene.add(next_version(role, arn=ROLE_ARN + "2", former_arns=(ROLE_ARN,)))


def is_back(scene):
    scene.do(reinstate_member, "alice", why="back")
    scene.add(a_token("alice", created_at=scene.clock))
    scene.later(minutes=1)
    scene.vend()


def test_what_a_revocation_requests_is_as_the_file_says():
    story = Telling()
    for method in CutOffMethod:
        for name in NAMES:
            title = f"{name}, with the method {method}, twice"
            scene = story.begin(title, a_scene_with_sessions(method))
            for _ in range(2):
                scene.later(minutes=10)
                story.do(revokes, scene, name)
    for name in NAMES:
        scene = story.begin("Without a session there is no cut-off", a_scene_with_two_roles())
        story.do(revokes, scene, name)
    scene = story.begin("Sessions of another ARN are left to the client", a_scene_with_sessions())
    story.do(gets_another_arn, scene)
    story.do(revokes, scene, "grant revoked")
    scene = story.begin("A member who is back has a second cut-off", a_scene_with_sessions())
    for act in (revokes, is_back, revokes):
        story.do(act, scene, *["member suspended"] * (act is revokes))
    story.hold("vending/cut-off-requests")


def test_a_request_for_a_new_iam_role_keeps_the_cut_offs_of_the_former_one():
    scene = a_scene_with_sessions()
    REVOCATIONS["token revoked"](scene)
    gets_another_arn(scene)
    role = scene.stored(Role, "acme-prod", "readonly")
    scene.world.roles[role.arn] = scene.world.roles[ROLE_ARN]
    scene.add(next_version(role, verification=a_verification(role_arn=role.arn)))
    scene.vend("bob")
    REVOCATIONS["engagement revoked"](scene)
    assert stored(scene).role_arn == role.arn
    assert {each.role_arn for each in stored(scene).cut_offs} == {None, ROLE_ARN}


@every_revocation
@every("error, has_effect", LOST)
def test_a_lost_answer_of_the_write_is_no_second_request(name, error, *, has_effect):
    scene = a_scene_with_sessions()
    with loses_answer(scene, "change", error, has_effect=has_effect):
        revocation = REVOCATIONS[name](scene)
    assert (revocation.cut_off_count, revocation.cut_offs_missing) == (1, False)
    assert len(requests(scene)) == 1


def revokes_link_of_session(scene):
    """Have alice get a session by a link from Slack, and revoke that link."""
    new = make_access_link(scene.ports, scene.in_slack(), "acme-prod", READONLY, asked_in=ASKED_IN)
    pressed(scene, new.text)
    scene.do(revoke_access_link, new.link.hash, by="alice")


@every("method", [CutOffMethod.BRAKE, CutOffMethod.DENY_ALL])
def test_no_number_of_revocations_by_a_member_cuts_off_anyone_else(method):
    """With `deny-all`, a cut-off of everyone shuts the role until the client opens it again."""
    scene = a_scene_with_sessions(method)
    scene.add(a_binding())
    for _ in range(MAX_CUT_OFFS + 1):
        revokes_link_of_session(scene)
    run_job(scene)
    assert not is_cut_off(scene, "bob")
    assert is_cut_off(scene, "alice") is (method is CutOffMethod.BRAKE)
    widening = [e for e in requests(scene) if "widened_members" in e.details]
    assert [each.details["widened_members"] for each in widening] == ["alice"]


@every("name", ["engagement closed", *CHANGES])
def test_nothing_else_requests_one(name):
    scene = a_scene_with_sessions()
    ends = REVOCATIONS | CHANGES
    ends[name](scene)
    assert (requests(scene), scene.world.kicks) == ([], [])


@every_revocation
@every("step", ["change", "save"])
def test_two_leads_at_once_have_one(name, step):
    scene = a_scene_with_sessions()
    scene.just_before(step, lambda: REVOCATIONS[name](scene))
    scene.later(seconds=1)
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert len(requests(scene)) == 1


@every_revocation
def test_a_conflict_is_retried(name):
    scene = a_scene_with_sessions()
    scene.just_before("change", lambda: scene.add(role_cut_offs(versions=("v2",))))
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert (len(requests(scene)), stored(scene).versions) == (1, ("v2",))


@every_revocation
@every("error", [DOWN, ValueError("a bug")])
def test_the_block_is_answered_and_a_job_requests_it_later(name, error):
    scene = a_scene_with_sessions()
    with failing(scene, "change", error):
        revocation = REVOCATIONS[name](scene)
    assert (revocation.cut_offs_missing, revocation.cut_off_count) == (True, 0)
    assert "could not record every cut-off" in revocation.message
    assert revocation.alive >= 1
    assert scene.world.kicks == []
    with failing(scene, "change"), pytest.raises(AssertionError, match="records-unavailable"):
        finish_stops_later(scene)
    assert not are_stops_finished(scene)
    finish_stops_later(scene)
    assert len(requests(scene)) == len(scene.world.kicks) == 1
    assert requests(scene)[0].actor == "@schedule"
    assert are_stops_finished(scene)
    scene.later(minutes=1)
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert len(requests(scene)) == 1


def every_step():
    """Return each revocation with the number of each of its steps."""
    rows = []
    for name in REVOCATIONS:
        scene = a_scene_with_sessions()
        before = len(scene.steps)
        REVOCATIONS[name](scene)
        rows += [(name, nth) for nth in range(len(scene.steps) - before)]
    return rows


@every("name, nth", every_step)
def test_killed_anywhere_after_the_block_the_job_finishes_it_and_requests_its_cut_off(name, nth):
    scene = a_scene_with_sessions()
    began_at = scene.clock
    with killed(scene, nth):
        REVOCATIONS[name](scene)
    is_blocked = bool(scene.find(Stop))
    assert (reason_of(scene.vend) is not None) is is_blocked
    finish_stops_later(scene)
    ends = [e for e in scene.entries if e.outcome == "done" and e not in requests(scene)]
    assert [(entry.at, entry.actor) for entry in ends] == [(began_at, "lena")] * is_blocked
    assert are_stops_finished(scene)
    assert len(requests(scene)) == (is_blocked and name in NAMES)


def test_while_dynamodb_does_not_answer_no_further_request_begins():
    scene = a_scene_with_sessions()
    revocation = REVOCATIONS["engagement closed"](scene)
    sessions = [replace(s, engagement=f"e-{n}") for s in revocation.sessions for n in range(50)]
    lead = scene.caller()
    attempts = []

    def fail_slowly(step):
        attempts.append(step)
        scene.later(seconds=1)
        raise DOWN

    scene.world.before = fail_slowly
    answer = request_cut_offs(
        scene.ports, lead, revocation, sessions, CutOffScope.EVERYONE, requested_by=lead.actor
    )
    assert answer.cut_offs_missing
    assert len(attempts) <= TIME_TO_BEGIN.total_seconds() + 3
