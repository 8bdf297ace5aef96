"""An interrupted revocation is completed by the job, and by revoking again."""

from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.usecases.lists import find_token_by_id
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from tests.builders import a_binding, a_scene, a_token, leads
from tests.rows import every
from tests.usecases.lost_answers import LOST, failing, finish_stops_later, killed, loses_answer
from tests.usecases.vending.revocations import REVOCATIONS, a_scene_with_two_roles


def stopped_items(scene):
    """Return the item as stored, without its stop."""
    every = scene.find(Stoppable)
    return [item for item in every if scene.get(Stop, *item.stop_key) is not None]


def says_it_itself(item):
    return any(item.stopped_at(action) is not None for action in item.ENDS)


@every("revoke", REVOCATIONS.values())
def test_revoking_again_writes_the_end_into_the_item_also_after_the_job(revoke):
    """Return the state after a rollback to a version without stops."""
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        revoke(scene)
    finish_stops_later(scene)
    assert [says_it_itself(item) for item in stopped_items(scene)] == [False]
    assert revoke(scene).changes_until is None
    assert [says_it_itself(item) for item in stopped_items(scene)] == [True]
    records = dict(scene.items)
    revoke(scene)
    assert scene.items == records


def a_scene_with_a_binding():
    return a_scene(a_binding("alice", made_with=a_token("alice").id))


def end_token(scene):
    scene.do(revoke_token, "alice", a_token("alice").id)


def binding(scene):
    token = find_token_by_id(scene.ports.state, "alice", a_binding("alice").id)
    assert token is not None
    return token


def steps_of_the_end():
    scene = a_scene_with_a_binding()
    end_token(scene)
    return len(scene.steps)


@every("nth", lambda: range(steps_of_the_end()))
def test_a_binding_ends_with_its_token_wherever_the_revocation_is_killed(nth):
    scene = a_scene_with_a_binding()
    with killed(scene, nth):
        end_token(scene)
    was_stopped = scene.get(Stop, *a_token("alice").stop_key) is not None
    finish_stops_later(scene)
    assert (binding(scene).revoked_at is not None) is was_stopped


def test_a_binding_records_that_it_ended_with_its_token():
    scene = a_scene_with_a_binding()
    end_token(scene)
    assert [says_it_itself(item) for item in stopped_items(scene)] == [True, True]
    assert all(stop.is_finished for stop in scene.find(Stop))


@every("revocation", ["suspended luis", "revoked luis's token"])
def test_an_interrupted_revocation_of_a_lead_is_still_notified(revocation):
    """Notices come from the last minutes of the trail: this entry is older than that."""
    scene = a_scene(*leads("luis"))
    revocations = {
        "suspended luis": (revoke_member, "luis"),
        "revoked luis's token": (revoke_token, "luis", a_token("luis").id),
    }
    with killed(scene, "record done"):
        scene.do(*revocations[revocation])
    assert scene.alerts == []
    finish_stops_later(scene)
    (event,) = scene.alerts
    assert (event.alert, event.member) == ("lead-ended", "luis")
    assert event.text.startswith(f"lena {revocation}")


@every("error, has_effect", LOST)
def test_revoking_ones_own_token_succeeds_although_the_answer_to_the_stop_was_lost(
    error, *, has_effect
):
    """They are unknown from the stop on, and could not ask again."""
    scene = a_scene_with_a_binding()
    alice = scene.caller("alice")
    with loses_answer(scene, "save", error, has_effect=has_effect):
        revoke_token(scene.ports, alice, "alice", alice.token.id, why="lost my laptop")
    assert scene.story() == ["token.revoke done", "token.revoke done"]
    assert binding(scene).revoked_at is not None
