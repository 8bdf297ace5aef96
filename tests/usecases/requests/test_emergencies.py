"""A member opens a role in an emergency, and a lead confirms it, also while something fails or
someone else acts."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.people.members import change_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.requests.emergencies import confirm_emergency, open_emergency
from chalicelib.usecases.requests.own import end_own_access, revoke_request
from chalicelib.usecases.vending.blocks.freezing import freeze
from tests.builders import a_request, a_request_id, a_token, doing
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.rows import every
from tests.usecases.lost_answers import DOWN, failing, killed, loses_answer
from tests.usecases.refusals import reason_of, refused
from tests.usecases.requests.emergency_scene import (
    WORDS,
    an_emergency_scene,
    confirm_it,
    count_of,
    entries_of,
    lock_of,
    open_it,
    opened_grants,
    reinstate_with_token,
    vended,
)
from tests.usecases.telling import Telling

NONE = frozenset()


def test_each_step_of_an_emergency_is_as_the_file_says():
    story = Telling()
    scene = story.begin("Alice opens the role, and lena confirms it", an_emergency_scene())
    assert vended(scene) is Reason.APPROVAL_REQUIRED
    view = story.do(open_it, scene, duration=1800)
    assert vended(scene) is None
    (issued,) = entries_of(scene, Action.VEND, Outcome.ISSUED)
    (intended,) = entries_of(scene, Action.VEND, Outcome.INTENDED)
    assert (intended.details["request"], intended.details["emergency"]) == (view.id, "true")
    assert issued.details["expires_at"] <= "2026-11-24T12:30:00Z"
    scene.later(minutes=29)
    story.do(open_it, scene, reason="INC-7, once more")  # what is open
    story.do(open_it, scene, "globex")
    scene.later(minutes=1)
    assert vended(scene) is Reason.APPROVAL_REQUIRED
    story.do(open_it, scene)
    story.do(confirm_it, scene, view.id)
    story.do(confirm_it, scene, view.id)
    for by, why in (("luis", WORDS), ("lena", "Other words.")):
        story.do(confirm_it, scene, view.id, by, why)
    story.do(open_it, scene, "globex", duration=900)
    scene = story.begin("Another lead confirms a lead's", an_emergency_scene())
    view = story.do(open_it, scene, by="luis")
    for by in ("luis", "lena"):
        story.do(confirm_it, scene, view.id, by)
    scene = story.begin("Only an emergency is confirmed", an_emergency_scene())
    story.do(confirm_it, scene, a_request_id())
    scene.add(a_request())
    story.do(confirm_it, scene, a_request_id())
    for title, grant, opening in (
        ("Without the right", an_emergency_grant(emergency=frozenset()), {}),
        ("By an agent", an_emergency_grant(), {"caller": CallerKind.AGENT}),
        ("A role that is open", an_emergency_grant(on_request=NONE, emergency=NONE), {}),
    ):
        scene = story.begin(title, an_emergency_scene())
        scene.add(grant)
        story.do(open_it, scene, **opening)
    story.hold("requests/emergencies")


@every("engagement, recorded", [("acme-prod", "acme-prod"), ("initech", "")])
def test_an_outsider_gets_the_same_answer_whether_the_engagement_exists_or_not(
    engagement, recorded
):
    scene = an_emergency_scene()
    assert reason_of(open_it, scene, engagement, by="bob") is Reason.NOT_A_MEMBER
    (entry,) = entries_of(scene, Action.EMERGENCY_BEGIN, Outcome.REFUSED)
    assert (entry.engagement, entry.details.get("asked_for", recorded)) in (
        (recorded, recorded), (recorded, engagement),
    )  # fmt: skip


@every("end, by", [(end_own_access, "alice"), (revoke_request, "lena")])
def test_an_emergency_that_was_ended_early_still_has_to_be_confirmed(end, by):
    scene = an_emergency_scene()
    view = open_it(scene)
    assert vended(scene) is None
    assert scene.do(end, view.id, by=by).alive == 1
    assert vended(scene) is Reason.APPROVAL_REVOKED
    assert reason_of(open_it, scene) is Reason.EMERGENCY_UNCONFIRMED
    confirm_it(scene, view.id)
    again = open_it(scene)
    assert again.access_revoked_at is None
    assert [(grant.number, grant.request) for grant in opened_grants(scene)] == [("1", again.id)]
    assert vended(scene) is None
    with pytest.raises(Conflict):  # the access of the first one is over
        scene.do(end, view.id, by=by)
    assert vended(scene) is None


def test_the_confirmation_of_an_earlier_emergency_does_not_unlock_a_later_one():
    scene = an_emergency_scene()
    earlier = open_it(scene)
    confirm_it(scene, earlier.id)
    later = open_it(scene, "globex")
    stored = scene.stored(AccessRequest, "alice", earlier.id)
    scene.add(replace(stored, confirmed_at=None, confirmed_by=None, confirmation=""))
    confirm_it(scene, earlier.id)
    assert lock_of(scene) == later.id


def open_as(scene, caller):
    opening = OpenEmergency(reason="INC-7")
    return open_emergency(scene.ports, caller, "acme-prod", "readonly", opening)


def check_one(scene, request):
    """Check that exactly this emergency exists, and that it opens the role."""
    assert [grant.request for grant in opened_grants(scene)] == [request]
    assert (lock_of(scene), count_of(scene)) == (request, 1)
    assert len(entries_of(scene, Action.EMERGENCY_BEGIN)) == 1
    assert vended(scene) is None


@every("has_effect", [False, True])
def test_asking_again_after_no_answer_at_all_finds_the_role_open_or_opens_it(*, has_effect):
    scene = an_emergency_scene()
    caller = scene.caller("alice")
    with (
        failing(scene, "token_and_member"),  # so the function does not try again
        loses_answer(scene, "change", has_effect=has_effect),
    ):
        assert refused(open_as, scene, caller) is DOWN
    assert (lock_of(scene) is not None) is has_effect
    check_one(scene, open_it(scene).id)


def test_of_two_confirmations_at_once_one_is_written_and_the_other_learns_by_whom():
    scene = an_emergency_scene()
    view = open_it(scene)
    scene.just_before("change", lambda: confirm_it(scene, view.id, "luis", "Fine."))
    error = refused(confirm_it, scene, view.id)
    assert (type(error), error.reason) == (Conflict, Reason.EMERGENCY_CONFIRMED)
    assert "luis confirmed this emergency" in str(error)
    stored = scene.stored(AccessRequest, "alice", view.id)
    assert (stored.confirmed_by, stored.confirmation) == ("luis", "Fine.")


@every(
    "end",
    [
        doing(revoke_member, "lena", by="luis"),
        doing(change_member, "lena", ChangeMember(kind=Kind.MEMBER), by="luis"),
    ],
)
def test_a_lead_who_may_no_longer_confirm_confirms_nothing(end):
    scene = an_emergency_scene()
    view = open_it(scene)
    lena = scene.caller("lena")
    scene.just_before("change", lambda: end(scene))
    with pytest.raises(Conflict):
        confirm_emergency(scene.ports, lena, view.id, why=WORDS)
    assert lock_of(scene) == view.id


def test_a_revocation_whose_item_is_not_updated_yet_ends_it_too():
    """The stop is stored before the item changes. A transaction does not see it."""
    scene = an_emergency_scene()

    def suspend_and_be_killed():
        with killed(scene, "apply"):
            scene.do(revoke_member, "alice")

    scene.just_before("change", suspend_and_be_killed)
    open_it(scene)
    scene.do(revoke_member, "alice")
    reinstate_with_token(scene)
    assert vended(scene) is Reason.APPROVAL_REQUIRED


def test_a_token_that_is_revoked_meanwhile_opens_nothing():
    scene = an_emergency_scene()
    scene.just_before("change", lambda: scene.do(revoke_token, "alice", a_token().id))
    with pytest.raises(Conflict):
        open_it(scene)
    assert opened_grants(scene) == []


def test_a_freeze_meanwhile_refuses_each_session():
    scene = an_emergency_scene()
    scene.just_before("change", lambda: scene.do(freeze))
    open_it(scene)
    assert vended(scene) is Reason.FROZEN
