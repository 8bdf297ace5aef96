"""My engagements: a member sees where they may go, and only that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Item
from chalicelib.domain.vending.access import Allowed, Facts, Wish, decide
from chalicelib.usecases.engagements.my_engagements import Place, my_engagements
from tests.builders import (
    AFTER,
    BEFORE,
    Scene,
    a_grant,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_engagement,
    presented_by,
    some_facts,
)
from tests.domain import strategies as any_
from tests.fakes import NOON, World

HOUR = timedelta(hours=1)


def places(scene: Scene, member: str = "alice") -> list[Place]:
    return my_engagements(scene.ports, scene.caller(member))


def the_place(*items: Item) -> Place:
    scene = a_scene()
    scene.world.add(*items)
    (place,) = places(scene)
    return place


def test_a_member_sees_their_own_engagements_in_order() -> None:
    scene = a_scene()
    scene.world.add(an_engagement("a-first", external_id="x"), a_grant(engagement="a-first"))
    assert [place.engagement.id for place in places(scene)] == ["a-first", "acme-prod"]
    assert [place.engagement.id for place in places(scene, "bob")] == ["globex"]
    assert places(scene, "lena") == []


def test_a_place_is_open_to_who_has_a_grant() -> None:
    assert the_place() == Place(
        engagement=an_engagement(),
        roles=(a_role(),),
        starts_at=BEFORE,
        ends_at=AFTER,
        is_open=True,
        is_granted=True,
    )


@pytest.mark.parametrize(
    "engagement",
    [
        an_engagement(closed_at=NOON),
        an_engagement(revoked_at=NOON),
        an_engagement(ends_at=NOON),
        an_engagement(starts_at=NOON + HOUR),
    ],
    ids=["closed", "revoked", "over", "to come"],
)
def test_an_engagement_that_is_not_open_says_so(engagement: Item) -> None:
    place = the_place(engagement)
    assert (place.is_open, place.is_granted) == (False, True)


def test_a_grant_that_is_to_come_says_so() -> None:
    place = the_place(a_grant(starts_at=NOON + HOUR))
    assert (place.is_open, place.is_granted) == (True, False)


@pytest.mark.parametrize(
    "grant", [a_grant(revoked_at=NOON), a_grant(ends_at=NOON)], ids=["revoked", "over"]
)
def test_whose_grant_has_ended_is_an_outsider_and_learns_nothing(grant: Item) -> None:
    scene = a_scene()
    scene.world.add(grant)
    assert my_engagements(scene.ports, scene.caller("alice")) == []


def test_only_granted_roles_that_have_not_ended_are_shown() -> None:
    place = the_place(
        a_role("deploy"),
        a_role("old", ended_at=NOON),
        a_role("admin"),
        a_grant(roles=frozenset({"readonly", "deploy", "old", "gone"})),
    )
    assert [role.name for role in place.roles] == ["deploy", "readonly"]


@pytest.mark.parametrize("longer", ["engagement", "grant"])
def test_the_time_is_what_grant_and_engagement_have_in_common(longer: str) -> None:
    long = {"starts_at": NOON - 2 * HOUR, "ends_at": NOON + 2 * HOUR}
    short = {"starts_at": NOON - HOUR, "ends_at": NOON + HOUR}
    by_length = (long, short) if longer == "engagement" else (short, long)
    place = the_place(an_engagement(**by_length[0]), a_grant(**by_length[1]))
    assert (place.starts_at, place.ends_at) == (NOON - HOUR, NOON + HOUR)


def test_a_grant_for_what_is_not_there_is_no_place() -> None:
    scene = a_scene()
    scene.world.add(a_grant(engagement="gone"))
    assert [place.engagement.id for place in places(scene)] == ["acme-prod"]


def test_a_member_made_auditor_may_go_nowhere() -> None:
    assert not the_place(a_member(kind=Kind.AUDITOR)).is_granted


@settings(deadline=None, max_examples=200, derandomize=True)
@given(any_.facts, any_.wishes)
def test_where_a_session_is_vended_the_place_was_open(facts: Facts, wish: Wish) -> None:
    if isinstance(decide(facts, presented_by(), wish, NOON), Allowed):
        found = seen(facts)
        assert any(
            place.is_open and place.is_granted and facts.role in place.roles for place in found
        )


@settings(deadline=None, max_examples=200, derandomize=True)
@given(any_.facts)
def test_a_place_that_is_open_and_granted_gives_sessions(facts: Facts) -> None:
    for place in seen(facts):
        for role in place.roles:
            told = some_facts(
                token=a_token(created_at=NOON),
                member=facts.member,
                engagement=place.engagement,
                grant=facts.grant,
                role=role,
            )
            wish = Wish(role=role.name, reason="INC-7")
            decision = decide(told, presented_by(), wish, NOON)
            if place.is_open and place.is_granted and role.proof(place.engagement):
                soon = timedelta(seconds=905) > place.ends_at - NOON
                assert isinstance(decision, Allowed) or soon


def seen(facts: Facts) -> list[Place]:
    """What alice, who has been let in, sees of these facts."""
    member = facts.member
    if member is None or member.id != "alice" or member.suspended_at:
        return []
    world = World()
    world.add(*(item for item in (facts.engagement, facts.role, facts.grant) if item is not None))
    return my_engagements(world.ports(), Caller(member, a_token()))
