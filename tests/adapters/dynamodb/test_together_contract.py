"""Items of several kinds in one read, and lists without stops: the fake and DynamoDB agree."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Leads, Member
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey
from tests.adapters.dynamodb.test_stops_contract import stop_of
from tests.adapters.scene import Kit, everything, put
from tests.builders import a_grant


def keys_of(name: str) -> list[MixedKey]:
    return [
        (Member, (name,)),
        (Engagement, (name,)),
        (Role, (name, "readonly")),
        (Grant, (name, name)),
        (Grant, (name, "no-one")),
        (EmergencyLock, (name,)),
    ]


def test_items_of_several_kinds_are_read_together(kit: Kit, name: str) -> None:
    stored = everything(name)
    put(kit, name, *stored.values())
    items = kit.ports.state.get_together(keys_of(name))
    assert pick(items, Member, name) == stored["member"]
    assert pick(items, Role, name, "readonly") == stored["role"]
    assert pick(items, Grant, name, name) == stored["grant"]
    assert pick(items, Grant, name, "no-one") is None
    assert pick(items, EmergencyLock, name) is None
    assert kit.ports.state.get_together([]) == {}


def test_a_list_without_stops_shows_the_stored_items(kit: Kit, name: str) -> None:
    stored = everything(name)
    put(kit, name, *stored.values(), a_grant(name, engagement=f"{name}-b"))
    kit.ports.state.save(stop_of(stored["grant"], f"{name}-stop"))
    page = kit.ports.state.list_without_stops(Grant, member=name, limit=1)
    assert (page.items, page.cursor) == ((stored["grant"],), name)
    rest = kit.ports.state.list_without_stops(Grant, member=name, limit=9, cursor=page.cursor)
    assert [grant.engagement for grant in rest.items] == [f"{name}-b"]
    with pytest.raises(TypeError):
        kit.ports.state.list_without_stops(Leads, member=name, limit=1)
