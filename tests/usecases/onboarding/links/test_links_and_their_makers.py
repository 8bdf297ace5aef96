"""A link is as good as the lead who made it, who may have kept it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.usecases.onboarding.links import create_link, open_link
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from tests.builders import Scene, a_link
from tests.usecases.changes_table import two_leads


def suspended(scene: Scene) -> None:
    revoke_member(scene.ports, scene.caller("luis"), "lena", why="gone bad")


def suspended_and_back(scene: Scene) -> None:
    suspended(scene)
    scene.world.later(seconds=1)
    reinstate_member(scene.ports, scene.caller("luis"), "lena")


def stepped_down(scene: Scene) -> None:
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.MEMBER))


def stepped_down_and_back(scene: Scene) -> None:
    stepped_down(scene)
    scene.world.later(seconds=1)
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.LEAD))


FATES: list[Callable[[Scene], None]] = [
    suspended,
    suspended_and_back,
    stepped_down,
    stepped_down_and_back,
]


@pytest.mark.parametrize("fate", FATES)
def test_a_link_dies_with_the_lead_who_made_it_for_good(fate: Callable[[Scene], None]) -> None:
    scene = two_leads()
    hers = create_link(scene.ports, scene.caller("lena"), "acme-prod").text
    his = create_link(scene.ports, scene.caller("luis"), "acme-prod").text
    scene.world.later(minutes=1)
    fate(scene)
    with pytest.raises(NotFound, match="no-such-page"):
        open_link(scene.ports, hers)
    assert open_link(scene.ports, his)


def test_what_they_make_once_they_lead_again_is_good() -> None:
    scene = two_leads()
    stepped_down_and_back(scene)
    assert open_link(scene.ports, create_link(scene.ports, scene.caller("lena"), "acme-prod").text)


def test_another_name_does_not_matter() -> None:
    scene = two_leads()
    text = create_link(scene.ports, scene.caller("lena"), "acme-prod").text
    scene.world.later(minutes=1)
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(name="Lena B"))
    assert open_link(scene.ports, text)


def test_a_link_of_somebody_who_is_no_member_leads_nowhere() -> None:
    scene = two_leads()
    scene.world.add(a_link("d" * 52, created_by="nobody"))
    with pytest.raises(NotFound):
        open_link(scene.ports, "d" * 52)
