"""Start the access that a request opened, give it back, and revoke it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.requests.own import start_access
from chalicelib.usecases.requests.revoke import end_own_access, revoke_request
from tests.builders import (
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    an_engagement,
)
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import loses_answer
from tests.usecases.refusals import reason_of, refused
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
from tests.usecases.vending.test_stopping import none_fails

UNSTARTED: dict[str, Any] = {"duration": 3600, "ends_at": NOON + timedelta(hours=24)}
CUT_OFF: dict[str, Any] = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}


def started(scene: Scene, request: str = REQUEST) -> Any:
    return start_access(scene.ports, scene.caller("alice"), request)


NOT_STARTED: dict[str, tuple[dict[str, Any], list[Item]]] = {
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


@pytest.mark.golden
def test_each_start_of_access_is_as_the_file_says() -> None:
    story = Telling()
    for title, (changes, items) in NOT_STARTED.items():
        scene = story.begin(title, a_scene_with_access(**UNSTARTED | changes))
        scene.add(*items)
        story.do(started, scene)
    story.hold("requests/starts")


def test_access_with_a_duration_begins_with_its_start_and_no_later_one_extends_it() -> None:
    scene = a_scene_with_access(**UNSTARTED)
    assert reason_of(scene.vend) is Reason.ACCESS_NOT_STARTED
    scene.later(hours=3)
    end = NOON + 4 * HOUR
    for _ in range(3):
        assert (started(scene).started_at, started(scene).access_ends_at) == (NOON + 3 * HOUR, end)
        assert scene.vend().credentials.expires_at <= end
        scene.later(minutes=15)
    scene.world.clock = end
    assert reason_of(scene.vend) is Reason.APPROVAL_REQUIRED
    assert started(scene).access_ends_at == end
    assert scene.story().count("request.start done") == 1
    fixed = a_scene_with_access()
    assert started(fixed).access_ends_at == NOON + 2 * HOUR
    assert fixed.story() == []


def test_a_start_whose_answer_was_lost_counts_once() -> None:
    scene = a_scene_with_access(**UNSTARTED)
    with loses_answer(scene, "change", has_effect=True):
        assert started(scene).access_ends_at == NOON + HOUR
    assert scene.story() == ["request.start done"]


ENDS: dict[str, Callable[[Scene], Revocation]] = {
    "by a lead": lambda s: revoke_request(s.ports, s.caller(), REQUEST, why="done with it"),
    "by its member": lambda s: end_own_access(s.ports, s.caller("alice"), REQUEST),
}
every_end = every("name", ENDS)


@every("member", ["bob", "lena", "ada"])
def test_no_one_starts_or_gives_back_the_access_of_another(member: str) -> None:
    scene = a_scene_with_access(**UNSTARTED)
    for use in (start_access, end_own_access):
        refusals = [
            refused(use, scene.ports, scene.caller(member), request)
            for request in (REQUEST, a_request_id("nobody"))
        ]
        assert [type(each) for each in refusals] == [NotFound, NotFound]
        assert len({str(each) for each in refusals}) == 1
    assert access(scene).revoked_at is None
    assert access(scene).started_at is None


@every_end
def test_an_end_cuts_off_only_the_sessions_of_its_request(name: str) -> None:
    scene = a_scene_with_access()
    scene.world.add(an_engagement(**CUT_OFF))
    of_the_request = scene.vend()
    add_access(scene, "2", 1, ends_at=NOON + 3 * HOUR)
    of_another = scene.vend()
    response = ENDS[name](scene)
    assert [each.vend for each in response.sessions] == [of_the_request.vend]
    entry = next(e for e in scene.world.entries if e.action is Action.REQUEST_REVOKE)
    assert (entry.details["request"], entry.outcome) == (REQUEST, "done")
    by_lead = ("lena", "alice", "done with it")
    shown = (entry.actor, entry.subject, entry.details.get("said"))
    assert shown == (by_lead if name == "by a lead" else ("alice", "", None))
    (stored,) = scene.world.find(RoleCutOffs)
    assert [each.sessions for each in stored.cut_offs] == [(of_the_request.session_name,)]
    assert scene.vend().vend not in {of_the_request.vend, of_another.vend}
    records = dict(scene.world.items), list(scene.world.entries)
    scene.world.later(minutes=1)
    again = ENDS[name](scene)
    assert (again.revoked_at, again.sessions) == (response.revoked_at, response.sessions)
    assert (dict(scene.world.items), list(scene.world.entries)) == records


@every_end
def test_access_that_is_over_or_never_opened_has_no_end(name: str) -> None:
    over, pending = a_scene_with_access(), a_scene_with_access()
    over.world.later(hours=2)
    pending.world.add(a_request(status=RequestStatus.DENIED, version=2))
    for scene in (over, pending):
        error = refused(ENDS[name], scene)
        assert (type(error), error.reason) == (Conflict, Reason.NO_OPEN_ACCESS)


@every_end
def test_the_end_of_access_ends_no_later_access_with_its_number(name: str) -> None:
    scene = a_scene_with_access()
    ENDS[name](scene)
    later = retaken(scene)
    scene.vend()
    error = refused(ENDS[name], scene)
    assert error.reason is Reason.NO_OPEN_ACCESS
    assert access(scene) == later


@every_end
def test_an_end_that_comes_while_the_number_is_taken_again_ends_only_its_own(name: str) -> None:
    """The access is over between the read and the stop, and a later request takes its number."""
    scene = a_scene_with_access()
    scene.world.later(minutes=119, seconds=59)

    def take_over() -> None:
        scene.world.later(seconds=2)
        retaken(scene)

    scene.world.just_before("save", take_over)
    ENDS[name](scene)
    assert access(scene).revoked_at is None
    scene.vend()


def test_an_interrupted_end_is_finished_before_a_later_access_ends() -> None:
    scene = a_scene_with_access()
    session = scene.vend()
    scene.world.fails_at("record done", Killed())
    with pytest.raises(Killed):
        ENDS["by a lead"](scene)
    scene.world.before = None
    later = retaken(scene)
    revoke_request(scene.ports, scene.caller(), later.request, why="w")
    revoked = [e.details["request"] for e in scene.world.entries if e.action == "request.revoke"]
    assert revoked == [REQUEST, later.request]
    cut_off = [e for e in scene.world.entries if e.action is Action.CUT_OFF_REQUEST]
    assert session.session_name in str(cut_off)


@every("is_retaken", [False, True])
@every_end
def test_the_job_finishes_an_end_wherever_it_is_killed(name: str, *, is_retaken: bool) -> None:
    def a_scene_with_a_session() -> Scene:
        scene = a_scene_with_access()
        scene.world.add(an_engagement(**CUT_OFF))
        scene.vend()
        return scene

    whole = a_scene_with_a_session()
    count = len(whole.world.steps)
    ENDS[name](whole)
    for step in range(len(whole.world.steps) - count):
        scene = a_scene_with_a_session()
        scene.world.killed_after(step)
        with pytest.raises(Killed):
            ENDS[name](scene)
        scene.world.before = None
        if not scene.world.find(Stop):
            continue
        if is_retaken:
            retaken(scene)
        scene.world.later(minutes=4)
        finish_stops(scene.ports, none_fails)
        assert all(stop.is_finished for stop in scene.world.find(Stop))
        (stored,) = scene.world.find(RoleCutOffs)
        assert [each.sessions for each in stored.cut_offs] == [(scene.world.issued[0][1],)]
        assert (access(scene).revoked_at is None) is is_retaken
