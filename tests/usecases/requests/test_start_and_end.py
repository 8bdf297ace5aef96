"""Start the access that a request opened, give it back, and revoke it."""

from datetime import timedelta

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.requests.own import end_own_access, revoke_request, start_access
from tests.builders import (
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    an_engagement,
    doing,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.lost_answers import are_stops_finished, finish_stops_later, killed, loses_answer
from tests.usecases.refusals import refused
from tests.usecases.telling import Telling
from tests.usecases.vending.approving import (
    HOUR,
    REQUEST,
    a_scene_with_access,
    access,
    add_access,
    retaken,
)
from tests.usecases.vending.cut_offs.scene import CUT_OFF_ID

UNSTARTED = {"duration": 3600, "ends_at": NOON + timedelta(hours=24)}
CUT_OFF = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}


def started(scene, request=REQUEST):
    return scene.do(start_access, request, by="alice")


NOT_STARTED = {
    "The shortest lasts a little longer": ({"duration": 900}, []),
    "An hour": ({}, []),
    "Its member was suspended": ({}, [a_member(stop="s")]),
    "The engagement was closed": ({}, [an_engagement(stop="s")]),
    "The role was ended": ({}, [a_role(stop="s")]),
    "The grant was revoked": ({}, [a_grant(stop="s")]),
    "The engagement is closed": ({}, [an_engagement(closed_at=NOON)]),
    "There is no current grant": ({}, [a_grant_on_request(ends_at=NOON)]),
    "Everything is frozen": ({}, [a_block()]),
    "The client has paused it": ({}, [a_block("acme-prod")]),
    "It is revoked": ({"revoked_at": NOON}, []),
    "It was not started in time": ({"ends_at": NOON}, []),
    "It is another request's": ({"request": a_request_id(number=9)}, []),
    "It still waits": ({}, [a_request()]),
}


def test_each_start_of_access_is_as_the_file_says():
    story = Telling()
    for title, (changes, items) in NOT_STARTED.items():
        scene = story.begin(title, a_scene_with_access(**UNSTARTED | changes))
        scene.add(*items)
        story.do(started, scene)
    story.hold("requests/starts")


def vends(scene):
    return {"expires_at": scene.vend().credentials.expires_at}


def waits(scene, hours):
    scene.later(hours=hours)


def gets_more(scene):
    """Open access of another request, which ends later."""
    add_access(scene, "2", 1, ends_at=NOON + 3 * HOUR)


def is_denied(scene):
    scene.add(a_request(status=RequestStatus.DENIED, version=2))


def takes_the_number(scene):
    retaken(scene)


def use(scene, member, request=REQUEST):
    """Start the access, and give it back."""
    starting = refused(scene.do, start_access, request, by=member)
    ending = refused(scene.do, end_own_access, request, by=member)
    return {"start": str(starting), "end": str(ending)}


VENDS, STARTED = (vends,), (started,)


def test_what_starts_and_ends_access_is_as_the_file_says():
    story = Telling()
    for title, changes, acts in [
        (
            "Access with a duration begins with its start, and no later one extends it", UNSTARTED,
            [VENDS, (waits, 3), STARTED, VENDS, (waits, 0.75), STARTED, VENDS, (waits, 0.25),
             VENDS, STARTED],
        ),
        ("A start of access with a fixed time changes nothing", {}, [STARTED]),
        (
            "No one starts or gives back the access of another", UNSTARTED,
            [(use, member, request) for member in ("bob", "lena", "ada")
             for request in (REQUEST, a_request_id("nobody"))],
        ),
        *(
            (title, {}, acts)
            for name in ENDS
            for end in [(ended, name)]
            for title, acts in (
                ("An end cuts off only the sessions of its request",
                 [VENDS, (gets_more,), VENDS, end, VENDS, (waits, 0.1), end]),
                ("Access that is over has no end", [(waits, 2), end]),
                ("A request that was denied has no end", [(is_denied,), end]),
                ("It ends no later access with its number",
                 [end, (takes_the_number,), VENDS, end, VENDS]),
            )
        ),
    ]:  # fmt: skip
        scene = a_scene_with_access(**changes)
        scene.add(an_engagement(**CUT_OFF))
        story.tell(title, scene, acts)
    story.hold("requests/start-and-end")


def test_a_start_whose_answer_was_lost_counts_once():
    scene = a_scene_with_access(**UNSTARTED)
    with loses_answer(scene, "change", has_effect=True):
        assert started(scene).access_ends_at == NOON + HOUR
    assert scene.story() == ["request.start done"]


ENDS = {
    "by a lead": doing(revoke_request, REQUEST, why="done with it"),
    "by its member": doing(end_own_access, REQUEST, by="alice"),
}
every_end = every("name", ENDS)


def ended(scene, how):
    return ENDS[how](scene)


@every_end
def test_an_end_that_comes_while_the_number_is_taken_again_ends_only_its_own(name):
    """The access is over between the read and the stop, and a later request takes its number."""
    scene = a_scene_with_access()
    scene.later(minutes=119, seconds=59)

    def take_over():
        scene.later(seconds=2)
        retaken(scene)

    scene.just_before("save", take_over)
    ENDS[name](scene)
    assert access(scene).revoked_at is None
    scene.vend()


def test_an_interrupted_end_is_finished_before_a_later_access_ends():
    scene = a_scene_with_access()
    session = scene.vend()
    with killed(scene, "record done"):
        ENDS["by a lead"](scene)
    later = retaken(scene)
    scene.do(revoke_request, later.request)
    revoked = [e.details["request"] for e in scene.entries if e.action == "request.revoke"]
    assert revoked == [REQUEST, later.request]
    cut_off = [e for e in scene.entries if e.action is Action.CUT_OFF_REQUEST]
    assert session.session_name in str(cut_off)


def a_scene_with_a_session():
    scene = a_scene_with_access()
    scene.add(an_engagement(**CUT_OFF))
    scene.vend()
    return scene


@every("is_retaken", [False, True])
@every_end
def test_the_job_finishes_an_end_wherever_it_is_killed(name, *, is_retaken):
    whole = a_scene_with_a_session()
    count = len(whole.steps)
    ENDS[name](whole)
    for step in range(len(whole.steps) - count):
        scene = a_scene_with_a_session()
        with killed(scene, step):
            ENDS[name](scene)
        if not scene.find(Stop):
            continue
        if is_retaken:
            retaken(scene)
        finish_stops_later(scene)
        assert are_stops_finished(scene)
        (stored,) = scene.find(RoleCutOffs)
        assert [each.sessions for each in stored.cut_offs] == [(scene.world.issued[0][1],)]
        assert (access(scene).revoked_at is None) is is_retaken
