"""The first lead: made once, by whoever operates the deployment."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.model import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.tokens import presented
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.usecases.admit import LEADS, admit
from chalicelib.usecases.first_lead import make_first_lead
from chalicelib.usecases.ports import Asking, Ports
from tests.builders import a_member, a_scene
from tests.fakes import NOON, World


def made(ports: Ports, id: str = "lena") -> Any:
    return make_first_lead(ports, id=id, name="Lena")


def test_the_first_leads_token_lets_them_in() -> None:
    world = World()
    new = made(world.ports())
    claimed = presented(new.text)
    assert claimed is not None
    caller = admit(world.ports(), Asking(claimed), LEADS, Action.MEMBER_CREATE)
    assert caller.member == a_member("lena", kind=Kind.LEAD, created_at=NOON, tokens_from=NOON)
    assert caller.token == new.token
    assert world.ports().state.leads() == Leads(members=frozenset({"lena"}))


def test_the_trail_begins_with_the_operator() -> None:
    world = World()
    new = made(world.ports())
    (entry,) = world.entries
    assert (entry.actor, entry.subject, entry.action) == (OPERATOR, "lena", "member.create")
    assert entry.details == {"name": "Lena", "kind": "lead", "token": new.token.id}


def test_it_happens_once() -> None:
    world = World()
    made(world.ports())
    with pytest.raises(Conflict, match="lead-exists"):
        made(world.ports(), "luis")
    assert world.ports().state.member("luis") is None


def test_it_does_not_happen_where_there_are_leads() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(Conflict, match="lead-exists"):
        made(scene.ports, "mallory")
    assert scene.world.items == before
    assert scene.story() == []


def test_of_two_at_once_one_is_first() -> None:
    world = World()
    world.just_before("change", lambda: made(world.ports(), "luis"))
    with pytest.raises(Conflict, match="lead-exists"):
        made(world.ports(), "lena")
    assert world.ports().state.leads() == Leads(members=frozenset({"luis"}))
    assert world.ports().state.member("lena") is None
    assert len(world.entries) == 1


def test_nothing_is_made_if_it_cannot_be_recorded() -> None:
    world = World()
    world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        made(world.ports())
    assert (world.items, world.entries) == ({}, [])
