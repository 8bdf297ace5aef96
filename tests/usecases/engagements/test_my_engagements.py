"""My engagements: a member sees where they may go, and only that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.values import I, Item
from chalicelib.domain.vending.access import AccessFacts, Allowed, SessionRequest, decide
from chalicelib.usecases.engagements.my_engagements import EngagementAccess, my_engagements
from chalicelib.usecases.lists import PAGE_SIZE
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
from tests.fakes import NOON, FakeState, World

HOUR = timedelta(hours=1)


def engagements_of(scene: Scene, member: str = "alice") -> list[EngagementAccess]:
    page = my_engagements(scene.ports, scene.caller(member), limit=50)
    assert not page.cursor
    return list(page.items)


def the_place(*items: Item) -> EngagementAccess:
    scene = a_scene()
    scene.world.add(*items)
    (access,) = engagements_of(scene)
    return access


def test_a_member_sees_their_own_engagements_in_order() -> None:
    scene = a_scene()
    scene.world.add(an_engagement("a-first", external_id="x"), a_grant(engagement="a-first"))
    assert [access.engagement.id for access in engagements_of(scene)] == ["a-first", "acme-prod"]
    assert [access.engagement.id for access in engagements_of(scene, "bob")] == ["globex"]
    assert engagements_of(scene, "lena") == []


def test_a_place_is_open_to_who_has_a_grant() -> None:
    assert the_place() == EngagementAccess(
        engagement=an_engagement(),
        roles=(a_role(),),
        starts_at=BEFORE,
        ends_at=AFTER,
        is_open=True,
        is_granted=True,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("change", "is_open", "is_granted"),
    [
        (an_engagement(revoked_at=NOON), False, True),
        (an_engagement(starts_at=NOON + HOUR), False, True),
        (a_grant(starts_at=NOON + HOUR), True, False),
        (a_member(kind=Kind.AUDITOR), True, False),
    ],
    ids=["revoked", "to come", "the grant is to come", "the member became an auditor"],
)
def test_what_stands_in_the_way_is_told(change: Item, *, is_open: bool, is_granted: bool) -> None:
    access = the_place(change)
    assert (access.is_open, access.is_granted) == (is_open, is_granted)


def test_only_granted_roles_that_have_not_ended_are_shown() -> None:
    access = the_place(
        a_role("deploy"),
        a_role("old", ended_at=NOON),
        a_role("admin"),
        a_grant(roles=frozenset({"readonly", "deploy", "old", "gone"})),
    )
    assert [role.name for role in access.roles] == ["deploy", "readonly"]


@pytest.mark.parametrize("longer", ["engagement", "grant"])
def test_the_time_is_what_grant_and_engagement_have_in_common(longer: str) -> None:
    long = {"starts_at": NOON - 2 * HOUR, "ends_at": NOON + 2 * HOUR}
    short = {"starts_at": NOON - HOUR, "ends_at": NOON + HOUR}
    by_length = (long, short) if longer == "engagement" else (short, long)
    access = the_place(an_engagement(**by_length[0]), a_grant(**by_length[1]))
    assert (access.starts_at, access.ends_at) == (NOON - HOUR, NOON + HOUR)


@settings(max_examples=200)
@given(any_.facts, any_.wishes)
def test_where_a_session_is_vended_the_place_was_open(
    facts: AccessFacts, request: SessionRequest
) -> None:
    if isinstance(decide(facts, presented_by(), request, NOON), Allowed):
        page_ = seen(facts)
        assert any(
            access.is_open and access.is_granted and facts.role in access.roles for access in page_
        )


@settings(max_examples=200)
@given(any_.facts)
def test_a_place_that_is_open_and_granted_gives_sessions(facts: AccessFacts) -> None:
    for access in seen(facts):
        for role in access.roles:
            shown_ = some_facts(
                token=a_token(created_at=NOON),
                member=facts.member,
                engagement=access.engagement,
                grant=facts.grant,
                role=role,
            )
            request = SessionRequest(role=role.name, reason="INC-7")
            decision = decide(shown_, presented_by(), request, NOON)
            if access.is_open and access.is_granted and role.proof(access.engagement):
                soon = timedelta(seconds=905) > access.ends_at - NOON
                assert isinstance(decision, Allowed) or soon


def seen(facts: AccessFacts) -> list[EngagementAccess]:
    """What alice, who has been let in, sees of these facts."""
    member = facts.member
    if member is None or member.id != "alice" or member.suspended_at:
        return []
    world = World()
    world.add(*(item for item in (facts.engagement, facts.role, facts.grant) if item is not None))
    return list(my_engagements(world.ports(), Caller(member, a_token()), limit=50).items)


class Lagging(FakeState):
    """The State port whose list of a member's grants has not been told of a revocation yet."""

    def __init__(self, world: World, *before: Grant) -> None:
        super().__init__(world)
        self._before = {grant.engagement: grant for grant in before}

    def list(self, kind: type[I], **kind_: Any) -> Page[I]:
        page: Any = super().list(kind, **kind_)
        items = tuple(self._before.get(grant_.engagement, grant_) for grant_ in page.items)
        lagging: Page[I] = replace(page, items=items)
        return lagging


def test_a_role_that_is_taken_out_of_a_grant_is_not_shown_because_a_list_lags() -> None:
    scene = a_scene()
    scene.world.add(a_role("deploy"), a_grant(roles=frozenset({"deploy"}), version=2))
    before = a_grant(roles=frozenset({"deploy", "readonly"}))
    ports = replace(scene.ports, state=Lagging(scene.world, before))
    (access,) = my_engagements(ports, scene.caller("alice"), limit=50).items
    assert [role.name for role in access.roles] == ["deploy"]


STATES: dict[str, dict[str, Any]] = {
    "+": {},
    "-": {"revoked_at": NOON},
    "o": {"ends_at": NOON},
    "~": {"revoked_at": NOON},  # and the list does not know it yet
}


@settings(max_examples=300)
@given(st.text("+-o~", max_size=12), st.integers(1, 5))
def test_pages_show_every_place_once_and_name_no_other(grants: str, limit: int) -> None:
    """Whose grant has ended learns nothing, not even from the cursor."""
    scene = a_scene()
    scene.world.items.clear()
    names = [f"place-{number:02}" for number in range(len(grants))]
    given_to = [
        a_grant(engagement=name, **STATES[state]) for name, state in zip(names, grants, strict=True)
    ]
    scene.world.add(a_member(), a_token(), *map(an_engagement, names), *given_to)
    unknown = [
        replace(grant_, revoked_at=None)
        for grant_, state in zip(given_to, grants, strict=True)
        if state == "~"
    ]
    ports = replace(scene.ports, state=Lagging(scene.world, *unknown))
    expected = [name for name, state in zip(names, grants, strict=True) if state == "+"]
    seen: list[str] = []
    cursor = ""
    while True:
        page = my_engagements(ports, scene.caller("alice"), limit=limit, cursor=cursor)
        shown = [access.engagement.id for access in page.items]
        seen += shown
        assert len(shown) <= limit
        assert page.cursor in ("", *shown[-1:])
        if not page.cursor:
            break
        cursor = page.cursor
    assert seen == expected


def test_many_grants_that_have_ended_are_not_read_a_few_at_a_time() -> None:
    """A page that has nothing to show reads on, and not by the few that were asked for."""
    scene = a_scene()
    for number in range(500):
        scene.world.add(a_grant(engagement=f"aa-{number:03}", revoked_at=NOON))
    read: list[int] = []

    class Counted(FakeState):
        def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
            read.append(limit)
            return super().list(kind, limit=limit, cursor=cursor, **by)

    ports = replace(scene.ports, state=Counted(scene.world))
    page = my_engagements(ports, scene.caller("alice"), limit=1)
    assert [access.engagement.id for access in page.items] == ["acme-prod"]
    assert read == [1, PAGE_SIZE]
