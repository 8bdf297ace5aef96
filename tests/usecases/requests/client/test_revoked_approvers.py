"""An approver who is revoked takes along what they approved."""

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.errors import AccessDenied, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.requests.client.approvers import (
    name_approver,
    revoke_approver,
)
from chalicelib.usecases.vending.revoking import LONGEST_REQUEST
from tests.fakes import NOON, FakeState, Killed
from tests.rows import every
from tests.usecases.requests.client.approving import OTHER_TEXT, an_approval_scene
from tests.usecases.requests.client.scene import API_URL
from tests.usecases.telling import Telling
from tests.usecases.vending.test_stopping import none_fails

LATER = NOON + timedelta(hours=3)


def revoked(scene):
    return scene.do(revoke_approver, "acme-prod", "jo", why="left")


def refusal(scene):
    with pytest.raises(AccessDenied) as error:
        scene.vend()
    return error.value.reason


def keep_busy(scene):
    """Let a transaction of someone else always be in progress on the items in question."""

    def fail(step):
        if step in ("change", "apply"):
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.before = fail


def test_a_revoked_approver_takes_along_what_they_approved_and_no_one_elses():
    story = Telling()
    scene = story.begin("Jo and pat approved one request each", an_approval_scene())
    mine, pats = (scene.request(ends_at=LATER) for _ in range(2))
    scene.approve(mine)
    scene.approve(pats, OTHER_TEXT)
    scene.vend()
    for _ in range(2):  # the second keeps the first one's time
        story.do(revoked, scene)
        scene.later(minutes=1)
    grants = scene.find(ApprovedGrant)
    open_grants = [scene.ports.state.get(ApprovedGrant, *grant.key) for grant in grants]
    assert {g.request: g.revoked_at is None for g in open_grants if g} == {mine: False, pats: True}
    scene = story.begin("Jo approved a request that waits", an_approval_scene(leads=True, people=1))
    scene.approve(scene.request())
    story.do(revoked, scene)
    (waiting,) = scene.page(OTHER_TEXT).pending
    assert (waiting.needs_client, waiting.view.waiting_for) == (True, ("a lead", "the client"))
    story.hold("requests/revoked-approvers")


def steps_of_the_revocation():
    scene = an_approval_scene()
    scene.approve(scene.request(ends_at=LATER))
    count = len(scene.steps)
    revoked(scene)
    return len(scene.steps) - count


@every("steps", lambda: range(steps_of_the_revocation()))
@every("completed_by", ["another", "the job"])
def test_a_revocation_that_was_killed_is_completed(steps, completed_by):
    scene = an_approval_scene()
    scene.approve(scene.request(ends_at=LATER))
    scene.world.killed_after(steps)
    with pytest.raises(Killed):
        revoked(scene)
    scene.world.before = None
    is_stored = bool(scene.find(Stop))
    if completed_by == "another":
        revoked(scene)
    else:
        scene.later(minutes=4)
        finish_stops(scene.ports, none_fails)
    if completed_by == "another" or is_stored:
        assert refusal(scene) is Reason.APPROVAL_REVOKED
        assert scene.story().count("approver.revoke done") == 1
        (stop,) = scene.find(Stop, where=lambda s: s.kind == "ClientApprover")
        assert stop.is_finished
    else:
        scene.vend()


def test_transactions_on_the_approver_cannot_starve_the_revocation():
    """Each press of a button on their page is such a transaction."""
    scene = an_approval_scene()
    scene.approve(scene.request(ends_at=LATER))
    scene.vend()
    keep_busy(scene)
    answer = revoked(scene)
    assert answer.ended.alive == 1
    assert answer.ended.changes_until == scene.clock + LONGEST_REQUEST
    assert "may still be recorded, and give access, until" in answer.ended.message
    scene.world.before = None
    assert not answer.approver.is_active
    assert refusal(scene) is Reason.APPROVAL_REVOKED
    with pytest.raises(NotFound):
        scene.page()
    assert revoked(scene).ended.changes_until is None
    (stored,) = scene.find(ClientApprover, where=lambda person: person.id == "jo")
    assert not stored.is_active


def test_an_approval_that_is_written_during_the_revocation_ends_too():
    """It was admitted before the stop, and written before the approver's item."""
    scene = an_approval_scene()
    request = scene.request(ends_at=LATER)
    scene.just_before("change", lambda: revoked(scene))
    with pytest.raises(NotFound, match="no-such-page"):
        scene.approve(request)
    other = an_approval_scene()
    request = other.request(ends_at=LATER)
    other.world.just_before("save", lambda: other.approve(request))
    revoked(other)
    assert refusal(other) is Reason.APPROVAL_REVOKED


def test_the_answer_says_what_was_revoked_although_they_are_named_again_meanwhile():
    scene = an_approval_scene()
    lead = scene.caller()
    again = NameApprover(id="jo", name="Jo Roe", email="jo@acme.example")
    # The second thing to be saved is the finished stop, after all else is done.
    scene.just_before(
        "save",
        lambda: name_approver(scene.ports, lead, "acme-prod", again, api_url=API_URL),
        nth=2,
    )
    answer = revoked(scene)
    assert (answer.approver.name, answer.approver.email) == ("Jo Doe", "jo@acme.example")
    assert answer.approver.revoked_at == answer.ended.revoked_at == scene.clock
    stored = scene.stored(ClientApprover, "acme-prod", "jo")
    assert (stored.is_active, stored.name) == (True, "Jo Roe")


def test_a_revocation_that_is_done_needs_no_further_read(monkeypatch):
    scene = an_approval_scene()

    def fail(*_):
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.just_before("save", lambda: monkeypatch.setattr(FakeState, "get", fail), nth=2)
    answer = revoked(scene)
    assert (answer.approver.name, answer.approver.is_active) == ("Jo Doe", False)


def test_a_stop_does_not_end_the_right_of_someone_who_is_named_again_later():
    scene = an_approval_scene()
    keep_busy(scene)
    revoked(scene)
    scene.world.before = None
    scene.later(seconds=1)
    again = NameApprover(id="jo", name="Jo Roe", email="jo@acme.example")
    scene.do(name_approver, "acme-prod", again, api_url=API_URL)
    stored = scene.stored(ClientApprover, "acme-prod", "jo")
    assert (stored.is_active, stored.name) == (True, "Jo Roe")
    scene.later(minutes=4)
    finish_stops(scene.ports, none_fails)
    assert scene.ports.state.get(ClientApprover, "acme-prod", "jo") == stored
