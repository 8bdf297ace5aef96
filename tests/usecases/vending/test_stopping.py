"""A revocation holds from its stop on, whatever others do to the item at the same moment."""

from datetime import timedelta
from itertools import permutations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.lists import find_token_by_id
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.people.unfinished_stops import MAX_STOPS, finish_stops
from chalicelib.usecases.vending.revoking import LONGEST_REQUEST
from tests.builders import a_binding, a_scene, a_token, leads
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.lost_answers import (
    DOWN,
    LOST,
    are_stops_finished,
    failing,
    finish_stops_later,
    killed,
    loses_answer,
    none_fails,
)
from tests.usecases.refusals import reason_of
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS, a_scene_with_two_roles

every_revocation = every("name", REVOCATIONS)


def stopped_by(*names):
    """Return a scene in which these revocations could write their stops, and no item."""
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        for name in names:
            REVOCATIONS[name](scene)
    return scene


def is_refused(scene):
    return reason_of(scene.vend) is not None


def stops(scene):
    return scene.find(Stop)


@every_revocation
def test_without_conflicts_the_item_is_written_too(name):
    scene = a_scene_with_two_roles()
    REVOCATIONS[name](scene)
    (stop,) = stops(scene)
    assert stop.is_finished
    (item,) = (item for item in scene.items.values() if getattr(item, "stop", ""))
    assert (item.stop, type(item)) == (stop.id, STOPPABLE_KINDS[stop.kind])
    assert item.key == stop.names


@every_revocation
def test_transactions_on_the_item_starve_no_revocation_and_the_answer_says_until_when(name):
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        answer = REVOCATIONS[name](scene)
    assert answer.revoked_at == NOON
    assert scene.clock - NOON < timedelta(seconds=2)
    assert scene.entries[0].outcome == "done"
    of_a_person = name in ("member suspended", "token revoked")
    assert answer.changes_until == (scene.clock + LONGEST_REQUEST if of_a_person else None)
    assert ("Revoke again after that" in answer.message) is of_a_person
    until = utc_text(answer.changes_until + timedelta(minutes=1)) if answer.changes_until else ""
    assert not of_a_person or until in answer.message
    assert is_refused(scene)
    assert REVOCATIONS[name](scene).changes_until is None


@every("error", [DOWN, FactsChanged(), KeyError("of a later version")])
def test_one_stop_that_cannot_be_finished_does_not_keep_the_job_from_the_others(error):
    scene = stopped_by("grant revoked", "token revoked")
    scene.later(minutes=4)
    met = []

    def fails_once(step):
        if step == "record done" and not met:
            raise error

    scene.world.before = fails_once
    finish_stops(scene.ports, met.append)
    assert [stop.is_finished for stop in stops(scene)] == [False, True]
    assert met == [error]


@every_revocation
def test_the_job_leaves_recent_stops_alone_and_writes_no_item_but_stops(name):
    """It can only take away: its role needs no more."""
    scene = stopped_by(name)
    records = dict(scene.items)
    scene.later(minutes=2)
    finish_stops(scene.ports, none_fails)
    assert scene.items == records
    scene.steps.clear()
    finish_stops_later(scene)
    assert not {"change", "apply"} & {*scene.steps}
    assert is_refused(scene)


@every("names", permutations(["engagement closed", "engagement revoked"]))
def test_an_engagement_that_is_closed_and_revoked_says_both(names):
    scene = stopped_by(*names)
    engagement = scene.stored(Engagement, "acme-prod")
    assert engagement.closed_at is not None
    assert engagement.revoked_at is not None
    scene.do(reopen_engagement, "acme-prod")
    REVOCATIONS["engagement revoked"](scene)
    again = scene.stored(Engagement, "acme-prod")
    assert again.closed_at is None


@every("end", (REVOCATIONS | CHANGES).values())
def test_a_withheld_outcome_records_the_actor_and_the_time(end):
    scene = a_scene_with_two_roles()

    def two_seconds_later():
        scene.later(seconds=2)
        end(scene)

    scene.just_before("put_outcome issued", two_seconds_later)
    assert is_refused(scene)
    (withheld,) = (entry for entry in scene.entries if entry.outcome == "withheld")
    assert withheld.details["closed_by"] in {"lena", "alice"}
    assert withheld.at == NOON + timedelta(seconds=2)


def test_a_suspended_lead_is_no_lead_even_before_that_is_written_into_the_list_of_leads():
    scene = two_leads()
    with failing(scene, "apply"):
        scene.do(revoke_member, "luis")
    assert scene.get(Leads) == Leads(members=frozenset({"lena", "luis"}))
    assert reason_of(scene.do, revoke_member, "lena") == "last-lead"
    scene.do(revoke_member, "luis")
    assert scene.stored(Leads).members == {"lena"}


def test_a_stop_ends_only_requests_that_did_not_read_it():
    scene = a_scene()
    scene.do(revoke_member, "alice")
    (stop,) = stops(scene)
    back = scene.do(reinstate_member, "alice")
    assert with_stop(back, stop) == back
    earlier = scene.items[at(back)]
    assert isinstance(earlier, Member)
    assert with_stop(earlier, None) == earlier


def test_a_hundred_stops_that_cannot_be_finished_do_not_keep_the_job_from_the_others():
    scene = stopped_by("grant revoked")
    (stop,) = stops(scene)
    for number in range(MAX_STOPS):
        old = replace(stop.entry, id=f"old-{number}", at=NOON - timedelta(days=1))
        scene.items[Stop, (str(number),)] = replace(stop, kind="NoSuchKind", entry=old)
    scene.later(minutes=4)
    met = []
    finish_stops(scene.ports, met.append)
    assert len(met) == MAX_STOPS
    assert scene.get(Stop, *scene.items[Grant, ("acme-prod", "alice")].stop_key).is_finished


def stopped_items(scene):
    """Return the item as stored, without its stop."""
    every = scene.find(Stoppable)
    return [item for item in every if scene.get(Stop, *item.stop_key) is not None]


def says_it_itself(item):
    return any(item.stopped_at(action) is not None for action in item.ENDS)


@every_revocation
def test_revoking_again_writes_the_end_into_the_item_also_after_the_job(name):
    scene, revoke = stopped_by(name), REVOCATIONS[name]
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
    assert are_stops_finished(scene)


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
