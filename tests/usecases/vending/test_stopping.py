"""A revocation holds from its stop on, whatever others do to the item at the same moment."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.unfinished_stops import MAX_STOPS, finish_stops
from chalicelib.usecases.vending.revoking import LONGEST_REQUEST
from tests.builders import a_scene
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.lost_answers import DOWN, failing, finish_stops_later, none_fails
from tests.usecases.refusals import reason_of
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS, a_scene_with_two_roles

every_revocation = every("revoke", REVOCATIONS.values())


def is_refused(scene):
    return reason_of(scene.vend) is not None


def stops(scene):
    return scene.find(Stop)


@every_revocation
def test_without_conflicts_the_item_is_written_too(revoke):
    scene = a_scene_with_two_roles()
    revoke(scene)
    (stop,) = stops(scene)
    assert stop.is_finished
    (item,) = (item for item in scene.items.values() if getattr(item, "stop", ""))
    assert (item.stop, type(item)) == (stop.id, STOPPABLE_KINDS[stop.kind])
    assert item.key == stop.names


@every("name", REVOCATIONS)
def test_transactions_on_the_item_starve_no_revocation_and_the_answer_says_until_when(name):
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        answer = REVOCATIONS[name](scene)
    assert answer.revoked_at == NOON
    assert scene.clock - NOON < timedelta(seconds=2)
    assert scene.entries[0].outcome is Outcome.DONE
    of_a_person = name in ("member suspended", "token revoked")
    assert answer.changes_until == (scene.clock + LONGEST_REQUEST if of_a_person else None)
    assert ("Revoke again after that" in answer.message) is of_a_person
    until = utc_text(answer.changes_until + timedelta(minutes=1)) if answer.changes_until else ""
    assert not of_a_person or until in answer.message
    assert is_refused(scene)
    assert REVOCATIONS[name](scene).changes_until is None


@every(
    "error",
    [DOWN, FactsChanged(), KeyError("of a later version")],
)
def test_one_stop_that_cannot_be_finished_does_not_keep_the_job_from_the_others(error):
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        REVOCATIONS["grant revoked"](scene)
        REVOCATIONS["token revoked"](scene)
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
def test_the_job_leaves_recent_stops_alone_and_writes_no_item_but_stops(revoke):
    """It can only take away: its role needs no more."""
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        revoke(scene)
    records = dict(scene.items)
    scene.later(minutes=2)
    finish_stops(scene.ports, none_fails)
    assert scene.items == records
    scene.steps.clear()
    finish_stops_later(scene)
    assert not {"change", "apply"} & {*scene.steps}
    assert is_refused(scene)


@every("first", ["engagement closed", "engagement revoked"])
def test_an_engagement_that_is_closed_and_revoked_says_both(first):
    scene = a_scene_with_two_roles()
    (second,) = {"engagement closed", "engagement revoked"} - {first}
    with failing(scene, "apply"):
        REVOCATIONS[first](scene)
        REVOCATIONS[second](scene)
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
    (withheld,) = (entry for entry in scene.entries if entry.outcome is Outcome.WITHHELD)
    assert withheld.details["closed_by"] in {"lena", "alice"}
    assert withheld.at == NOON + timedelta(seconds=2)


def test_a_suspended_lead_is_no_lead_even_before_that_is_written_into_the_list_of_leads():
    scene = two_leads()
    with failing(scene, "apply"):
        scene.do(revoke_member, "luis")
    assert scene.get(Leads) == Leads(members=frozenset({"lena", "luis"}))
    assert reason_of(scene.do, revoke_member, "lena") is Reason.LAST_LEAD
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
    scene = a_scene_with_two_roles()
    with failing(scene, "apply"):
        REVOCATIONS["grant revoked"](scene)
    (stop,) = stops(scene)
    for number in range(MAX_STOPS):
        old = replace(stop.entry, id=f"old-{number}", at=NOON - timedelta(days=1))
        scene.items[Stop, (str(number),)] = replace(stop, kind="NoSuchKind", entry=old)
    scene.later(minutes=4)
    met = []
    finish_stops(scene.ports, met.append)
    assert len(met) == MAX_STOPS
    assert scene.get(Stop, *scene.items[Grant, ("acme-prod", "alice")].stop_key).is_finished
