"""The result of a stop, read again, is its answer, and then what has changed since."""

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.stops.kinds import STOPS
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.vending.stops.results import read_result
from tests.builders import ROLE_ARN
from tests.rows import every
from tests.usecases.lost_answers import failing
from tests.usecases.telling import Telling, as_json
from tests.usecases.unreadable import Down
from tests.usecases.vending.cut_offs.scene import NAMES, run_job
from tests.usecases.vending.stops.stopping import CUT_OFF_ID, a_busy_scene, stop, target_of

BRAKE = CutOffMethod.BRAKE
WITH_PAGE = [name for name, kind in STOPS.items() if kind.has_page]


@every("method", CutOffMethod)
@every("name", [name for name in WITH_PAGE if name != "freeze"])
def test_it_is_the_answer(method, name):
    scene = a_busy_scene(method)
    target = target_of(scene, name)
    assert read_result(scene.ports, target).record is None
    answer = stop(scene, target)
    result = read_result(scene.ports, target)
    assert set(result.sessions) == set(answer.sessions)
    assert result.are_all
    assert result.sessions[0].ends_by == answer.last_moment
    assert set(result.cut_offs) == set(answer.cut_offs)
    assert (result.unread, result.is_read) == ((), True)
    if name == "revoke-client":
        assert [part.blocked_at for part in result.engagements] == [answer.revoked_at]
    else:
        assert (result.record.at, result.record.by) == (answer.revoked_at, "lena")
        assert result.record.reason == "stolen laptop"
        assert result.record.is_in_force
        assert result.record.is_finished


def reads(scene, target):
    result = read_result(scene.ports, target)
    shown = {name: getattr(result, name) for name in ("refresh_seconds", "alive_text", "cut_offs")}
    return shown | as_json(result)


def stops(scene, target):
    stop(scene, target)


def closes(scene, _):
    stop(scene, target_of(scene, "close-engagement"))


def stops_in_part(scene, target):
    with failing(scene, "apply"):
        stop(scene, target)


def loses_the_list(scene, _):
    scene.entries.clear()


def cuts_off(scene, _):
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    run_job(scene)


def reinstates(scene, _):
    scene.do(reinstate_member, "bob", why="back")


def reopens(scene, _):
    scene.do(reopen_engagement, "acme-prod", why="false alarm")
    scene.vend("bob")


def waits(scene, _):
    scene.later(seconds=30)


def waits_an_hour(scene, _):
    scene.later(hours=1)


# The stop, the cut-off method, and the steps
STORIES = {
    "Daypass still counts a freeze's sessions": ("freeze", BRAKE, [reads, stops, reads]),
    "A cut-off is requested, then seen, then over": (
        "revoke-engagement", BRAKE, [stops, reads, cuts_off, waits, reads, waits_an_hour, reads],
    ),
    "A cut-off for the client alone is not in progress": (
        "revoke-member", CutOffMethod.NONE, [stops, waits, reads],
    ),
    "Right after the stop, the list of an engagement may miss sessions": (
        "revoke-engagement", BRAKE, [stops, loses_the_list, reads, waits, reads],
    ),
    "A reopened engagement is not blocked, and its new sessions are not concerned": (
        "revoke-engagement", BRAKE, [stops, waits, reopens, reads],
    ),
    "A revocation that a closing followed is still found": (
        "revoke-engagement", BRAKE, [stops, waits, closes, reads],
    ),
    "A stop that was interrupted is not finished": (
        "revoke-member", BRAKE, [stops_in_part, reads],
    ),
    "Access that the suspended member approved is shown": (
        "revoke-member", BRAKE, [stops, reads, reinstates, reads],
    ),
    "Who leaves gives the list for each client": ("member-leaves", BRAKE, [stops, reads]),
}  # fmt: skip


def test_what_a_result_shows_is_as_the_file_says():
    story = Telling()
    for title, (name, method, steps) in STORIES.items():
        scene = story.begin(title, a_busy_scene(method))
        target = target_of(scene, name, member="bob")
        for step in steps:
            story.do(step, scene, target)
    story.hold("vending/results")


@every("port", ["state", "trail"])
@every("name", WITH_PAGE)
def test_what_cannot_be_read_is_said(port, name):
    scene = a_busy_scene()
    result = read_result(replace(scene.ports, **{port: Down()}), target_of(scene, name))
    assert result.unread
    assert result.refresh_seconds
    if port == "trail":
        assert "Some may still be active" in result.alive_text
    elif name != "revoke-client":
        assert not result.is_read
