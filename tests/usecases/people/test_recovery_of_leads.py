"""The operator recovers a former lead, and can suspend the other leads with it."""

import pytest

from chalicelib.domain.errors import AccessDenied, Conflict, Unavailable
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Leads, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.usecases.admission import LEADS, admit
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    revoke_member,
)
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.people.unfinished_stops import finish_stops
from tests.builders import (
    a_grant,
    a_member,
    a_scene,
    a_token,
)
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import none_fails
from tests.usecases.people.test_members import leads, let_in
from tests.usecases.refusals import reason_of, refusal_of

SUSPEND = OtherLeads.SUSPEND
LEADING = frozenset({"lena", "luis", "mallory"})
BOTH = frozenset({"lena", "mallory"})


def locked_out(*, by="suspended"):
    """mallory has suspended every other lead, or made them members."""
    scene = a_scene(
        *(a_member(name, kind=Kind.LEAD) for name in LEADING),
        *map(a_token, LEADING),
        a_grant("mallory"),
        Leads(members=LEADING),
    )
    for name in ("lena", "luis"):
        if by == "suspended":
            scene.do(revoke_member, name, why="hush", by="mallory")
        else:
            change = ChangeMember(kind=Kind(by))
            scene.do(change_member, name, change, by="mallory")
    scene.later(minutes=1)
    scene.alerts.clear()
    scene.entries.clear()
    return scene


def beside_mallory():
    """lena leads, and so does mallory."""
    return a_scene(a_member("mallory", kind=Kind.LEAD), a_token("mallory"), Leads(members=BOTH))


def refusal(scene, lead):
    """Return why the lead is not admitted with the token of the scene; None if they are."""
    return reason_of(admit, scene.ports, scene.origin(lead), LEADS, Action.READ)


def recoveries():
    """Yield scenes, who is recovered how, whether they are reinstated, and who leads then."""
    for by in ("suspended", "member", "auditor"):
        for name in ("lena", "luis"):
            yield locked_out(by=by), name, {"others": SUSPEND}, True, frozenset({name})
    for lost in (False, True):  # their own tokens end only if all are lost
        facts = {"others": SUSPEND, "lost": lost}
        yield beside_mallory(), "lena", facts, False, frozenset({"lena"})
    yield locked_out(), "lena", {"lost": True}, True, BOTH
    scene = locked_out()  # by default no one is suspended
    scene.add(a_token("mallory", revoked_at=NOON))
    yield scene, "lena", {}, True, BOTH
    for listed in (frozenset(), frozenset({"mallory"}), LEADING):  # whatever the list says
        suspended = [
            a_member(name, kind=Kind.LEAD, suspended_at=NOON, left_at=NOON) for name in LEADING
        ]
        scene = a_scene(*suspended, *map(a_token, LEADING), Leads(members=listed))
        yield scene, "lena", {}, True, frozenset({"lena"})


@every("scene, id, facts, reinstated, leading", recoveries)
def test_the_recovered_lead_leads_and_no_suspended_one_does(
    scene, id, facts, leading, *, reinstated
):
    lead = recover_lead(scene.ports, id=id, **facts)
    suspended = ("mallory",) if "others" in facts else ()
    assert (lead.reinstated, lead.suspended, leads(scene)) == (reinstated, suspended, leading)
    mallorys = "token-revoked" if "mallory" in leading else "member-suspended"
    assert refusal(scene, "mallory") == mallorys
    if not reinstated:
        assert refusal(scene, id) == ("token-revoked" if facts["lost"] else None)
    caller = let_in(scene.ports, lead)
    assert (caller.member.id, caller.member.kind) == (id, Kind.LEAD)
    assert (caller.member.suspended_at, caller.member.left_at) == (None, None)


def test_a_recovery_is_one_change_and_alerts_every_lead():
    scene = locked_out()
    recovered(scene)
    assert scene.steps.count("change") == 1
    results = [(event.alert, event.member) for event in scene.alerts]
    assert results == [("lead-ended", "mallory"), ("lead-recovered", "lena")]
    assert all("The operator" in event.text for event in scene.alerts)


def test_recovery_restores_no_tokens_or_codes():
    """The recovered lead's earlier tokens and codes stay invalid."""
    scene = beside_mallory()
    kept = scene.do(create_enrolment, "alice")
    scene.do(revoke_member, "lena", why="hush", by="mallory")
    mallorys = scene.do(create_enrolment, "bob", by="mallory")
    scene.later(seconds=1)
    recover_lead(scene.ports, id="lena", others=SUSPEND)
    assert refusal(scene, "lena") == "token-revoked"
    for code in (kept, mallorys):
        request = Enrol(code=code.code, label="laptop")
        assert reason_of(enrol, scene.ports, request, address="") == "enrolment-refused"


def test_a_suspended_members_vend_in_progress_is_withheld():
    scene = locked_out()
    scene.just_before("put_outcome issued", lambda: recovered(scene))
    assert refusal_of(AccessDenied, scene.vend, "mallory") == "member-suspended"


def recovered(scene):
    return recover_lead(scene.ports, id="lena", others=SUSPEND)


@every("id", ["alice", "ada", "sam", "nobody"])
@every("facts", [{}, {"lost": True}, {"others": SUSPEND}])
def test_a_member_who_never_led_cannot_be_recovered(id, facts):
    scene = locked_out()
    before = dict(scene.items)
    assert refusal_of(Conflict, recover_lead, scene.ports, id=id, **facts) == "no-such-lead"
    assert scene.items == before


def test_a_lead_who_changes_their_own_item_without_end_does_not_even_delay_it():
    scene = locked_out()
    tries = []

    def rename(step):
        if step in ("change", "apply"):
            (mallory,) = scene.find(Member, where=lambda member: member.id == "mallory")
            scene.add(next_version(mallory))
            tries.append(step)

    scene.world.before = rename
    assert recovered(scene).suspended == ("mallory",)
    assert tries.count("change") == 1
    assert scene.get(Member, "mallory").suspended_at


def test_a_lead_created_meanwhile_is_suspended_too():
    scene = locked_out()
    mallory = scene.caller("mallory")
    accomplice = CreateMember(id="eve", name="Eve", kind=Kind.LEAD)
    scene.just_before("change", lambda: create_member(scene.ports, mallory, accomplice))
    assert recovered(scene).suspended == ("eve", "mallory")
    assert leads(scene) == {"lena"}


def steps_of_a_recovery():
    scene = locked_out()
    scene.steps.clear()
    recovered(scene)
    return range(len(scene.steps))


@every("nth", steps_of_a_recovery)
def test_a_killed_recovery_completes_when_repeated(nth):
    scene = locked_out()
    scene.world.killed_after(nth)
    with pytest.raises(Killed):
        recovered(scene)
    scene.world.before = None
    scene.later(minutes=4)
    lead = recovered(scene)
    finish_stops(scene.ports, none_fails)
    assert let_in(scene.ports, lead).member.id == "lena"
    assert leads(scene) == {"lena"}
    done = [entry.subject for entry in scene.entries if entry.action == "member.revoke"]
    assert done == ["mallory"]
    assert {event.member for event in scene.alerts} >= {"mallory", "lena"}


def test_a_lead_who_is_suspended_meanwhile_is_recovered():
    both = Leads(members=frozenset({"lena", "luis"}))
    scene = a_scene(a_token("lena", expires_at=NOON), a_member("luis", kind=Kind.LEAD), both)
    suspended = a_member("luis", kind=Kind.LEAD, suspended_at=NOON, version=2)
    left = Leads(members=frozenset({"lena"}), version=2)
    scene.just_before("change", lambda: scene.add(suspended, left))
    assert recover_lead(scene.ports, id="luis").reinstated
    assert leads(scene) == {"lena", "luis"}


def test_records_that_fail_for_a_moment_hide_nothing_of_it():
    scene = locked_out()

    def fail(step):
        if step == "vends":
            scene.world.before = None
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.before = fail
    assert recovered(scene).suspended == ("mallory",)
    assert [entry.action for entry in scene.entries] == ["member.revoke", "lead.recover"]
