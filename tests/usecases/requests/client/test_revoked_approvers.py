"""An approver who is revoked takes along what they approved."""

from datetime import timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.vending.revoking import LONGEST_REQUEST
from tests.fakes import NOON, FakeState
from tests.rows import every
from tests.usecases.lost_answers import DOWN, finish_stops_later, killed, loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.approving import OTHER_TEXT, an_approval_scene
from tests.usecases.requests.client.scene import API_URL
from tests.usecases.telling import Telling

LATER = NOON + timedelta(hours=3)


def revoked(scene):
    return scene.do(revoke_approver, "acme-prod", "jo", why="left")


def refusal(scene):
    return reason_of(scene.vend)


def revoked_while_busy(scene):
    """Revoke while a transaction of someone else is always in progress on the items."""
    always = {"has_effect": False, "times": 1000}
    with loses_answer(scene, "change", **always), loses_answer(scene, "apply", **always):
        return revoked(scene)


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
    open_grants = [scene.get(ApprovedGrant, *grant.key) for grant in grants]
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
    with killed(scene, steps):
        revoked(scene)
    is_stored = bool(scene.find(Stop))
    (revoked if completed_by == "another" else finish_stops_later)(scene)
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
    answer = revoked_while_busy(scene)
    assert answer.ended.alive == 1
    assert answer.ended.changes_until == scene.clock + LONGEST_REQUEST
    assert "may still be recorded, and give access, until" in answer.ended.message
    assert not answer.approver.is_active
    assert refusal(scene) is Reason.APPROVAL_REVOKED
    assert reason_of(scene.page) is Reason.NO_SUCH_PAGE
    assert revoked(scene).ended.changes_until is None
    (stored,) = scene.find(ClientApprover, where=lambda person: person.id == "jo")
    assert not stored.is_active


def test_an_approval_that_is_written_during_the_revocation_ends_too():
    """It was admitted before the stop, and written before the approver's item."""
    scene = an_approval_scene()
    request = scene.request(ends_at=LATER)
    scene.just_before("change", lambda: revoked(scene))
    assert reason_of(scene.approve, request) is Reason.NO_SUCH_PAGE
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
        raise DOWN

    scene.just_before("save", lambda: monkeypatch.setattr(FakeState, "get", fail), nth=2)
    answer = revoked(scene)
    assert (answer.approver.name, answer.approver.is_active) == ("Jo Doe", False)


def test_a_stop_does_not_end_the_right_of_someone_who_is_named_again_later():
    scene = an_approval_scene()
    revoked_while_busy(scene)
    scene.later(seconds=1)
    again = NameApprover(id="jo", name="Jo Roe", email="jo@acme.example")
    scene.do(name_approver, "acme-prod", again, api_url=API_URL)
    stored = scene.stored(ClientApprover, "acme-prod", "jo")
    assert (stored.is_active, stored.name) == (True, "Jo Roe")
    finish_stops_later(scene)
    assert scene.get(ClientApprover, "acme-prod", "jo") == stored
