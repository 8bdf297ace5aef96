"""Complete lists."""

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.usecases import lists
from chalicelib.usecases.lists import PAGE_SIZE, list_all
from tests.builders import a_role, a_scene
from tests.fakes import FakeState, World


@pytest.mark.parametrize("many", [1, 2, 3, 7, 8])
def test_every_item_is_there_once_however_many_a_page_has(monkeypatch, many):
    monkeypatch.setattr(lists, "PAGE_SIZE", many)
    world = World()
    roles = [a_role(f"role-{number}") for number in range(7)]
    world.add(*reversed(roles), a_role(engagement="globex"))
    assert list_all(world.ports().state, Role, engagement="acme-prod") == tuple(roles)


def test_a_list_without_anything_is_empty():
    assert list_all(a_scene().ports.state, SetupLink, engagement="globex") == ()


def test_a_read_takes_as_much_as_one_answer_carries():
    items = []

    class Counted(FakeState):
        def list(self, kind, *, limit, cursor="", **by):
            items.append(limit)
            return super().list(kind, limit=limit, cursor=cursor, **by)

    list_all(Counted(World()), Engagement)
    assert items == [PAGE_SIZE]
