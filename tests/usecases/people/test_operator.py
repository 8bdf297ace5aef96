"""The operator's operations: create the first lead, once, and recover a lead."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated, Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.usecases.admission import EVERYONE, LEADS, admit
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import NewEnrolment, create_enrolment
from chalicelib.usecases.people.operator import RecoveredLead, create_first_lead, recover_lead
from chalicelib.usecases.ports import Ports, RequestOrigin
from tests.builders import (
    a_member,
    a_scene,
    a_token,
)
from tests.fakes import NOON, World
from tests.rows import every
from tests.usecases.refusals import refusal_of


def made(ports: Ports, id: str = "lena") -> Any:
    return create_first_lead(ports, id=id, name="Lena")


def let_in(ports: Ports, new: NewEnrolment | RecoveredLead) -> Caller:
    """Exchange the code, and return its member as a caller."""
    got = enrol(ports, Enrol(code=new.code, label="laptop"), address="198.51.100.9")
    return admit(ports, RequestOrigin(parse_token(got.text)), LEADS, Action.MEMBER_CREATE)


def test_the_first_leads_code_gives_them_a_token() -> None:
    world = World()
    caller = let_in(world.ports(), made(world.ports()))
    assert caller.member == a_member("lena", kind=Kind.LEAD, created_at=NOON, tokens_from=NOON)
    assert world.ports().state.get(Leads) == Leads(members=frozenset({"lena"}))


def test_it_happens_once() -> None:
    world = World()
    assert refusal_of(Conflict, recover_lead, world.ports(), id="lena") == "no-such-lead"
    made(world.ports())
    before = dict(world.items)
    assert refusal_of(Conflict, made, world.ports(), "luis") == "lead-exists"
    assert (world.items, len(world.entries)) == (before, 1)


def test_one_of_two_first_leads_at_once_wins() -> None:
    world = World()
    world.just_before("change", lambda: made(world.ports(), "luis"))
    assert refusal_of(Conflict, made, world.ports(), "lena") == "lead-exists"
    assert world.ports().state.get(Leads) == Leads(members=frozenset({"luis"}))
    assert world.ports().state.get(Member, "lena") is None
    assert len(world.entries) == 1


def test_nothing_is_made_if_it_cannot_be_recorded() -> None:
    world = World()
    world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        made(world.ports())
    assert (world.items, world.entries) == ({}, [])


# Each reason why a lead has no working token.
DEAD = {
    "revoked": a_token("lena", revoked_at=NOON),
    "expired": a_token("lena", expires_at=NOON),
    "created before a suspension": a_member("lena", kind=Kind.LEAD, tokens_from=NOON),
    "of a suspended lead": a_member("lena", kind=Kind.LEAD, suspended_at=NOON),
}


@every("what", DEAD)
@every("lead", ["lena", "luis"])
def test_no_lead_is_recovered_while_a_lead_has_a_working_token(what: str, lead: str) -> None:
    """Any such lead can send a code, so the operator is not needed."""
    scene = a_scene(a_member("luis", kind=Kind.LEAD), Leads(members=frozenset({"lena", "luis"})))
    before = dict(scene.world.items)
    with pytest.raises(Conflict) as refusal:
        recover_lead(scene.ports, id=lead)
    assert (refusal.value.reason, scene.world.items) == (Reason.LEAD_HAS_TOKEN, before)
    assert (scene.story(), scene.alerts) == ([], [])
    scene.add(DEAD[what])
    assert let_in(scene.ports, recover_lead(scene.ports, id="luis")).member.id == "luis"


def test_lost_tokens_are_revoked_before_a_lead_is_recovered() -> None:
    scene = a_scene(
        a_member("luis", kind=Kind.LEAD),
        a_token("luis"),
        Leads(members=frozenset({"lena", "luis"})),
    )
    new = recover_lead(scene.ports, id="lena", lost=True)
    assert scene.story() == ["lead.recover done", "token.revoke done", "token.revoke done"]
    assert {entry.actor for entry in scene.entries} == {OPERATOR}
    for lead in ("lena", "luis"):
        assert (
            refusal_of(Unauthenticated, admit, scene.ports, scene.origin(lead), LEADS, Action.READ)
            == "token-revoked"
        )
    admit(scene.ports, scene.origin("alice"), EVERYONE, Action.READ)
    assert let_in(scene.ports, new).member.id == "lena"
    assert "Leads' tokens revoked with it: 2." in scene.alerts[0].text


def test_recovery_from_lost_tokens_invalidates_earlier_codes() -> None:
    scene = a_scene(
        a_member("luis", kind=Kind.LEAD),
        Leads(members=frozenset({"lena", "luis"})),
        a_token("luis"),
    )
    kept = scene.do(create_enrolment, "luis")
    scene.later(seconds=1)
    recover_lead(scene.ports, id="lena", lost=True)
    assert (
        refusal_of(
            AccessDenied,
            enrol,
            scene.ports,
            Enrol(code=kept.code, label="laptop"),
            address="203.0.113.9",
        )
        == "enrolment-refused"
    )


def test_the_operators_actions_alert_the_leads() -> None:
    world = World()
    made(world.ports())
    recover_lead(world.ports(), id="lena")
    assert [(event.alert, event.member) for event in world.alerts] == [
        ("lead-made", "lena"),
        ("lead-recovered", "lena"),
    ]
    assert all("operator" in event.text for event in world.alerts)
