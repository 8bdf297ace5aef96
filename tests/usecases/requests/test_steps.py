"""One request: who sees it, what each person can do with it, what that will do, and its sessions;
and the withdrawal of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.view import RequestDetail, RequestStep
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.requests.emergencies import review_emergency
from chalicelib.usecases.requests.own import start_access, withdraw_request
from chalicelib.usecases.requests.revoke import end_own_access
from chalicelib.usecases.requests.steps import preview_step, show_request
from chalicelib.usecases.vending.end_session import give_back_session, revoke_session
from tests.builders import (
    Scene,
    a_client_approver,
    a_member,
    an_approval_policy,
    an_approved_grant,
)
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it, review_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    opened,
    refused,
)
from tests.usecases.telling import Telling
from tests.usecases.web.unreadable import fail

STEPS = RequestStep


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def show(scene: Scene, request: str, by: str = "alice") -> RequestDetail:
    return scene.do(show_request, request, by=by)


def may(scene: Scene, request: str, by: str) -> set[str]:
    shown = show(scene, request, by)
    assert {*shown.effects} == {*shown.you_may}
    return {*shown.you_may}


def test_outsiders_learn_nothing_of_a_request(scene: Scene) -> None:
    for request in (ask(scene).id, "alice.0000000000000000"):
        assert refused(show, scene, request, "carol").reason is Reason.NO_SUCH_REQUEST
        entry = scene.last_entry
        assert (entry.actor, entry.outcome) == ("carol", Outcome.REFUSED)
        assert entry.details == {"request": request}


def test_someone_who_decided_still_sees_it_without_the_right(scene: Scene) -> None:
    approved, denied = ask(scene).id, ask(scene).id
    approve(scene, approved, "bob")
    deny(scene, denied, "bob")
    scene.add(an_approval_policy(version=2))
    for request in (approved, denied):
        assert show(scene, request, "bob").id == request


def test_each_person_can_take_their_steps(scene: Scene) -> None:
    request, expired, denied = ask(scene).id, ask(scene).id, ask(scene).id
    assert may(scene, request, "lena") == may(scene, request, "bob") == {"approve", "deny"}
    assert may(scene, request, "alice") == {"withdraw"}
    assert may(scene, request, "ada") == set()
    deny(scene, denied)
    approve(scene, request)
    assert may(scene, request, "alice") == {"start", "end"}
    assert may(scene, request, "lena") == {"revoke"}
    assert may(scene, request, "ada") == may(scene, request, "bob") == set()
    scene.do(start_access, request, by="alice")
    assert may(scene, request, "alice") == {"end"}
    scene.later(hours=2)
    for each in (request, expired, denied):
        assert may(scene, each, "alice") == may(scene, each, "lena") == set()


def test_another_lead_reviews_an_emergency() -> None:
    scene = an_emergency_scene()
    request, by_luis = open_it(scene).id, open_it(scene, by="luis").id
    assert may(scene, request, "lena") == {"revoke", "review"}
    assert show(scene, by_luis, "luis").problem is Reason.OWN_REQUEST
    assert may(scene, by_luis, "ada") == set()
    review_it(scene, request)
    assert may(scene, request, "lena") == {"revoke"}


PERFORM: dict[RequestStep, Any] = {
    STEPS.DENY: lambda scene, request, by: deny(scene, request, by),
    STEPS.APPROVE: lambda scene, request, by: approve(scene, request, by),
    STEPS.WITHDRAW: lambda scene, request, by: scene.do(withdraw_request, request, by=by),
    STEPS.START: lambda scene, request, by: scene.do(start_access, request, by=by),
    STEPS.END: lambda scene, request, by: scene.do(end_own_access, request, by=by),
    STEPS.REVIEW: lambda scene, request, by: scene.do(review_emergency, request, why="w", by=by),
}


def states() -> list[tuple[Scene, str]]:
    """Return a request in each state."""
    scenes = []
    for prepare in (
        lambda scene, request: None,
        lambda scene, request: approve(scene, request),
        lambda scene, request: deny(scene, request),
        lambda scene, request: scene.do(withdraw_request, request, by="alice"),
        lambda scene, request: scene.later(hours=1),
        lambda scene, request: scene.add(a_member("lena", kind=Kind.LEAD, kind_set_at=at())),
        lambda scene, request: scene.do(revoke_grant, "acme-prod", "alice", why="w"),
        lambda scene, request: (
            scene.add(an_approval_policy(people=2, version=2)) or approve(scene, request)
        ),
    ):
        scene = a_scene_of_requests()
        request = ask(scene).id
        prepare(scene, request)
        scenes.append((scene, request))
    scene = an_emergency_scene()
    return [*scenes, (scene, open_it(scene).id)]


def outcome_of(call: Any, *arguments: Any) -> tuple[Reason, str] | None:
    """Return the refusal, or None."""
    try:
        call(*arguments)
    except DaypassError as error:
        return error.reason, str(error)
    return None


@every("step", PERFORM)
def test_a_preview_refuses_what_the_step_refuses_and_in_the_same_words(step: RequestStep) -> None:
    for scene, request in states():
        scene.later(seconds=1)  # a decision that is sent again at once is one decision
        for by in ("lena",) if step is STEPS.REVIEW else ("alice", "lena"):
            expected = outcome_of(preview_step, scene.ports, scene.caller(by), request, step)
            # To withdraw or start again changes nothing.
            is_repeated = step in (STEPS.WITHDRAW, STEPS.START) and expected is not None
            assert outcome_of(PERFORM[step], scene, request, by) in (
                [expected, None] if is_repeated else [expected]
            )


def preview(scene: Scene, request: str, by: str, step: RequestStep) -> tuple[str, ...]:
    return preview_step(scene.ports, scene.caller(by), request, step)[1]


@pytest.mark.golden
def test_what_each_person_reads_of_a_request_is_as_the_file_says(scene: Scene) -> None:
    story = Telling()
    both = an_approval_policy(members=frozenset({"bob"}), client=True)
    begun = story.begin("The client has to approve it too", a_scene_of_requests(both))
    request = ask(begun).id
    begun.add(a_client_approver("max", is_contact=True))
    story.do(preview, begun, request, "lena", STEPS.APPROVE)
    for by in ("lena", "ada", "alice"):
        story.do(show, begun, request, by)
    begun.add(an_approval_policy(version=2))
    story.do(preview, begun, request, "lena", STEPS.APPROVE)
    story.do(show, begun, request, "lena")
    new = {"kind": Kind.LEAD, "kind_set_at": at()}
    story.begin("No right counts before it expires", scene)
    scene.add(an_approval_policy(version=2), a_member("mia", **new))
    story.do(ask, scene)
    scene.add(a_member("lena", **new))
    request = story.do(ask, scene).id
    story.do(show, scene, request)
    for title, fields, hours in (
        ("Not started", {"ends_at": at(hours=24), "duration": 3600}, 24),
        ("Not started yet", {"ends_at": at(hours=24), "duration": 3600}, 1),
        ("Started", {"started_at": at()}, 1),
        ("Over", {}, 2),
        ("Ended", {"revoked_at": at(hours=1)}, 1.5),
        ("Its number is another's", {"request": "alice.0000000000000000"}, 1),
    ):
        scene = story.begin(title, a_scene_of_requests())
        request = ask(scene).id
        approve(scene, request)
        (grant,) = opened(scene)
        changes: Any = {"request": request, "number": grant.number} | fields
        scene.add(an_approved_grant(**changes))
        scene.later(hours=hours)
        shown = story.do(show, scene, request)
        is_open = title in ("Started", "Over")
        times = [shown.is_open(at(hours=n)) for n in (-0.01, 0, 1.99, 2)]
        assert times == [False, is_open, is_open, False]
    story.hold("requests/requests-shown")


# The sessions under a request


def vended(scene: Scene) -> str:
    return scene.vend(request=SessionRequest(role="readonly", reason="INC-7")).vend


def test_a_request_has_the_sessions_that_it_gave(scene: Scene) -> None:
    early = ask(scene, ends_at=at(minutes=30)).id
    approve(scene, early)
    first = vended(scene)
    request = ask(scene, ends_at=at(hours=2)).id
    approve(scene, request)
    scene.later(minutes=1)
    second, third = vended(scene), vended(scene)
    scene.do(give_back_session, second, by="alice")
    scene.do(revoke_session, "alice", third, why="w")
    shown = show(scene, request).sessions or ()
    sessions = {each.vend: each for each in shown}
    assert {each.outcome for each in shown} == {Outcome.ISSUED}
    given_back, revoked = sessions.pop(second), sessions.pop(third)
    assert sessions == {}
    assert (given_back.given_back_at, revoked.revoked_at) == (at(minutes=1), at(minutes=1))
    assert given_back.said == "INC-7"
    assert [each.vend for each in show(scene, early).sessions or ()] == [first]


def test_sessions_of_an_access_that_began_late_are_found(scene: Scene) -> None:
    """The trail is read until the access that starts last has ended, and the last vend after it."""
    request = ask(scene, duration=28_800).id
    approve(scene, request)
    scene.later(hours=23, minutes=59)
    scene.do(start_access, request, by="alice")
    first = vended(scene)
    scene.later(hours=7, minutes=44)
    last = vended(scene)
    assert [each.vend for each in show(scene, request).sessions or ()] == [last, first]


def test_the_end_of_an_access_says_which_sessions_live_on(scene: Scene) -> None:
    request = ask(scene).id
    approve(scene, request)
    end = "No session under it may be alive."
    assert show(scene, request).effects[STEPS.END][1] == end
    scene.do(start_access, request, by="alice")
    vended(scene)
    assert show(scene, request).effects[STEPS.END][1].startswith("1 session under it may work")
    scene.ports.trail.page = fail  # type: ignore[method-assign]
    shown = show(scene, request)
    assert shown.sessions is None
    assert shown.effects[STEPS.END][1].startswith("Daypass could not read the sessions under it.")


def test_an_undecided_request_has_no_sessions_and_reads_none(scene: Scene) -> None:
    scene.ports.trail.page = None  # type: ignore[assignment,method-assign]
    assert show(scene, ask(scene).id).sessions == ()


# Withdrawal


@pytest.mark.golden
def test_a_member_withdraws_their_request_also_without_a_grant(scene: Scene) -> None:
    story = Telling()
    story.begin("Alice's grant was revoked", scene)
    request = ask(scene).id
    scene.do(revoke_grant, "acme-prod", "alice", why="w")
    scene.later(minutes=1)
    for by in ("lena", "bob", "carol", "alice", "alice"):
        story.do(withdraw_request, scene.ports, scene.caller(by), request)
    story.hold("requests/withdrawal")
