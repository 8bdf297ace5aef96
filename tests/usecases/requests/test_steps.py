"""One request: who sees it, what each person can do with it, what that will do, and its sessions;
and the withdrawal of one's own."""

import pytest

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.domain.requests.view import RequestStep
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Page
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.emergencies import confirm_emergency
from chalicelib.usecases.requests.own import (
    end_own_access,
    revoke_request,
    start_access,
    withdraw_request,
)
from chalicelib.usecases.requests.steps import preview_step, show_request
from chalicelib.usecases.vending.end_session import give_back_session, revoke_session
from tests.builders import a_client_approver, a_member, an_approval_policy, an_approved_grant
from tests.rows import every
from tests.usecases.refusals import refused
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, deny, opened
from tests.usecases.telling import Telling
from tests.usecases.unreadable import fail

STEPS = RequestStep


@pytest.fixture(name="scene")
def _scene():
    return a_scene_of_requests()


def show(scene, request, by="alice"):
    return scene.do(show_request, request, by=by)


def test_outsiders_learn_nothing_of_a_request(scene):
    for request in (ask(scene).id, "alice.0000000000000000"):
        assert refused(show, scene, request, "carol").reason is Reason.NO_SUCH_REQUEST
        entry = scene.last_entry
        assert (entry.actor, entry.outcome) == ("carol", Outcome.REFUSED)
        assert entry.details == {"request": request}


def test_someone_who_decided_still_sees_it_without_the_right(scene):
    approved, denied = ask(scene).id, ask(scene).id
    approve(scene, approved, "bob")
    deny(scene, denied, "bob")
    scene.add(an_approval_policy(version=2))
    for request in (approved, denied):
        assert show(scene, request, "bob").id == request


PERFORM = {
    STEPS.DENY: (deny_request,),
    STEPS.APPROVE: (approve_request, ApproveRequest()),
    STEPS.WITHDRAW: (withdraw_request,),
    STEPS.START: (start_access,),
    STEPS.END: (end_own_access,),
    STEPS.CONFIRM: (confirm_emergency,),
    STEPS.REVOKE: (revoke_request,),
}
"""The use case of each step, and what it needs besides the request."""
FOR_LEADS = (STEPS.CONFIRM, STEPS.REVOKE)


def states():
    """Return a request in each state."""
    scenes = []
    for prepare in (
        lambda scene, request: None,
        approve,
        deny,
        lambda scene, request: scene.do(withdraw_request, request, by="alice"),
        lambda scene, request: scene.later(hours=1),
        lambda scene, request: scene.add(a_member("lena", kind=Kind.LEAD, kind_set_at=at())),
        lambda scene, request: scene.do(revoke_grant, "acme-prod", "alice"),
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


def outcome_of(call, *arguments):
    """Return the refusal, or None."""
    try:
        call(*arguments)
    except DaypassError as error:
        return error.reason, str(error)
    return None


@every("step", PERFORM)
def test_a_preview_refuses_what_the_step_refuses_and_in_the_same_words(step):
    for scene, request in states():
        scene.later(seconds=1)  # a decision that is sent again at once is one decision
        for by in ("lena",) if step in FOR_LEADS else ("alice", "lena"):
            shown = show(scene, request, by)
            expected = outcome_of(preview, scene, request, by, step)
            assert (step in shown.you_may) == (step in shown.effects) == (expected is None)
            # To withdraw or start again changes nothing.
            is_repeated = step in (STEPS.WITHDRAW, STEPS.START) and expected is not None
            outcome = outcome_of(perform, scene, request, by, step)
            assert outcome in ([expected, None] if is_repeated else [expected])


def perform(scene, request, by, step):
    use_case, *more = PERFORM[step]
    scene.do(use_case, request, *more, by=by)


def preview(scene, request, by, step):
    return scene.do(preview_step, request, step, by=by)[1]


def test_what_each_person_reads_of_a_request_is_as_the_file_says(scene):
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
        changes = {"request": request, "number": grant.number} | fields
        scene.add(an_approved_grant(**changes))
        scene.later(hours=hours)
        shown = story.do(show, scene, request)
        assert shown.is_open is (title == "Started")
    story.hold("requests/requests-shown")


# The sessions under a request


def vended(scene):
    return scene.vend(request=SessionRequest(role="readonly", reason="INC-7")).vend


def test_a_request_has_the_sessions_that_it_gave(scene):
    early = ask(scene, ends_at=at(minutes=30)).id
    approve(scene, early)
    first = vended(scene)
    request = ask(scene, ends_at=at(hours=2)).id
    approve(scene, request)
    scene.later(minutes=1)
    second, third = vended(scene), vended(scene)
    scene.do(give_back_session, second, by="alice")
    scene.do(revoke_session, "alice", third)
    sessions = {each.vend: each for each in show(scene, request).sessions}
    assert {each.outcome for each in sessions.values()} == {Outcome.ISSUED}
    given_back, revoked = sessions.pop(second), sessions.pop(third)
    assert sessions == {}
    assert (given_back.given_back_at, revoked.revoked_at) == (at(minutes=1), at(minutes=1))
    assert given_back.said == "INC-7"
    assert [each.vend for each in show(scene, early).sessions] == [first]


def test_sessions_of_an_access_that_began_late_are_found(scene):
    """The trail is read until the access that starts last has ended, and the last vend after it."""
    request = ask(scene, duration=28_800).id
    approve(scene, request)
    scene.later(hours=23, minutes=59)
    scene.do(start_access, request, by="alice")
    first = vended(scene)
    scene.later(hours=7, minutes=44)
    last = vended(scene)
    assert [each.vend for each in show(scene, request).sessions] == [last, first]


def test_later_vends_in_another_engagement_hide_no_session(scene):
    """DynamoDB reads them before it leaves them out, so a page of the trail can be empty."""
    request = ask(scene, ends_at=at(hours=2)).id
    approve(scene, request)
    session = vended(scene)
    scene.ports.trail.page = lambda query: Page((), f"{format_sortable(query.since)}#0")
    assert [each.vend for each in show(scene, request).sessions] == [session]


def test_the_end_of_an_access_says_which_sessions_live_on(scene):
    request = ask(scene).id
    approve(scene, request)

    def effect():
        return show(scene, request).effects[STEPS.END][1]

    assert effect() == "No session of this access is still active."
    scene.do(start_access, request, by="alice")
    vended(scene)
    assert effect().startswith("1 session of this access may still")
    scene.ports.trail.vends = fail
    assert show(scene, request).sessions is None
    assert effect().startswith("Daypass could not read the sessions of this access.")


def test_an_undecided_request_has_no_sessions_and_reads_none(scene):
    scene.ports.trail.vends = None
    assert show(scene, ask(scene).id).sessions == ()


# Withdrawal


def test_a_member_withdraws_their_request_also_without_a_grant(scene):
    story = Telling()
    story.begin("Alice's grant was revoked", scene)
    request = ask(scene).id
    scene.do(revoke_grant, "acme-prod", "alice")
    scene.later(minutes=1)
    for by in ("lena", "bob", "carol", "alice", "alice"):
        story.do(withdraw_request, scene.ports, scene.caller(by), request)
    story.hold("requests/withdrawal")
