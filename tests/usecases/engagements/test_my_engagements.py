"""A member sees only the engagements that they have a grant for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import I, Item
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.usecases.engagements.my_engagements import (
    EngagementAccess,
    RoleOnRequest,
    list_my_engagements,
)
from chalicelib.usecases.lists import PAGE_SIZE
from tests.builders import (
    AFTER,
    BEFORE,
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    a_scene,
    a_token,
    an_approved_grant,
    an_engagement,
    presented_by,
    some_facts,
)
from tests.domain import strategies as any_
from tests.fakes import NOON, FakeState, World
from tests.rows import every

HOUR = timedelta(hours=1)


def engagements_of(scene: Scene, member: str = "alice") -> list[EngagementAccess]:
    page = scene.do(list_my_engagements, limit=50, by=member)
    assert not page.cursor
    return list(page.items)


def the_engagement(*items: Item) -> EngagementAccess:
    scene = a_scene(*items)
    (access,) = engagements_of(scene)
    return access


def test_a_member_sees_their_own_engagements_in_order() -> None:
    scene = a_scene(an_engagement("a-first", external_id="x"), a_grant(engagement="a-first"))
    assert [access.engagement.id for access in engagements_of(scene)] == ["a-first", "acme-prod"]
    assert [access.engagement.id for access in engagements_of(scene, "bob")] == ["globex"]
    assert engagements_of(scene, "lena") == []


def test_an_engagement_with_a_grant_is_open() -> None:
    assert the_engagement() == EngagementAccess(
        engagement=an_engagement(),
        roles=(a_role(),),
        starts_at=BEFORE,
        ends_at=AFTER,
        is_open=True,
        block_reason=None,
        is_granted=True,
        now=NOON,
    )


@every(
    "change, is_open, is_granted, block_reason",
    [
        (a_block(), False, True, Reason.FROZEN),
        (a_block("acme-prod"), False, True, Reason.PAUSED_BY_CLIENT),
        (a_block("globex"), True, True, None),
        (a_block(lifted_at=NOON), True, True, None),
        (an_engagement(revoked_at=NOON), False, True, None),
        (an_engagement(starts_at=NOON + HOUR), False, True, None),
        (a_grant(starts_at=NOON + HOUR), True, False, None),
        (a_member(kind=Kind.AUDITOR), True, False, None),
    ],
)
def test_an_engagement_without_access_is_shown_as_such(
    change: Item, block_reason: Reason | None, *, is_open: bool, is_granted: bool
) -> None:
    access = the_engagement(change)
    shown = (access.is_open, access.is_granted, access.block_reason)
    assert shown == (is_open, is_granted, block_reason)


def test_only_granted_roles_that_have_not_ended_are_shown() -> None:
    access = the_engagement(
        a_role("deploy"),
        a_role("old", ended_at=NOON),
        a_role("admin"),
        a_grant(roles=frozenset({"readonly", "deploy", "old", "gone"})),
    )
    assert [role.name for role in access.roles] == ["deploy", "readonly"]


EMERGENCY = frozenset({"readonly"})
UNSTARTED = an_approved_grant(duration=3600)
LATER = an_approved_grant(number="2", request=a_request_id(number=1), starts_at=NOON + HOUR)
CLIENT_APPROVED = an_approved_grant(client_approved=True)
REQUIRES_CLIENT = an_engagement(requires_client_approval=True)


def opened(grant: ApprovedGrant | None, *, allows_emergency: bool = False) -> RoleOnRequest:
    return RoleOnRequest(allows_emergency=allows_emergency, opened=grant)


ON_REQUEST: dict[str, tuple[list[Item], RoleOnRequest | None]] = {
    "standing": ([a_grant()], None),
    "another role is on request": ([a_grant_on_request(on_request=frozenset({"x"}))], None),
    "nothing opened": ([], opened(None)),
    "an emergency is possible": (
        [a_grant_on_request(emergency=EMERGENCY)], opened(None, allows_emergency=True),
    ),
    "the client has to approve emergencies too": (
        [a_grant_on_request(emergency=EMERGENCY), REQUIRES_CLIENT], opened(None),
    ),
    "the client has to approve all access": (
        [a_grant(), REQUIRES_CLIENT, an_approved_grant()], opened(None),
    ),
    "the client approved": (
        [a_grant(), REQUIRES_CLIENT, CLIENT_APPROVED], opened(CLIENT_APPROVED),
    ),
    "the client approved a later time": (
        [a_grant(), REQUIRES_CLIENT, an_approved_grant(), replace(LATER, client_approved=True)],
        opened(replace(LATER, client_approved=True)),
    ),
    "open now, and again later": ([LATER, an_approved_grant()], opened(an_approved_grant())),
    "opens later": ([LATER], opened(LATER)),
    "opens twice later": (
        [replace(LATER, number="1", starts_at=NOON + 2 * HOUR, ends_at=NOON + 3 * HOUR), LATER],
        opened(LATER),
    ),
    "to start": ([UNSTARTED], opened(UNSTARTED)),
    "revoked": ([replace(LATER, revoked_at=NOON)], opened(None)),
    "from before a suspension": ([replace(LATER, stops=("s", "", "", ""))], opened(None)),
}  # fmt: skip


@every("items, expected", ON_REQUEST.values())
def test_a_member_sees_which_roles_need_a_request_and_what_is_open(
    items: list[Item], expected: RoleOnRequest | None
) -> None:
    access = the_engagement(a_grant_on_request(), *items)
    assert access.on_request == ({} if expected is None else {"readonly": expected})


@every("longer", ["engagement", "grant"])
def test_the_time_is_the_overlap_of_grant_and_engagement(longer: str) -> None:
    long = {"starts_at": NOON - 2 * HOUR, "ends_at": NOON + 2 * HOUR}
    short = {"starts_at": NOON - HOUR, "ends_at": NOON + HOUR}
    by_length = (long, short) if longer == "engagement" else (short, long)
    access = the_engagement(an_engagement(**by_length[0]), a_grant(**by_length[1]))
    assert (access.starts_at, access.ends_at) == (NOON - HOUR, NOON + HOUR)


@settings(max_examples=80)
@given(any_.facts, any_.requests)
def test_a_vend_is_only_possible_from_an_open_engagement(
    facts: AccessFacts, request: SessionRequest
) -> None:
    decision = decide_access(facts, presented_by(), request, NOON)
    if isinstance(decision, Allowed):
        shown_to_alice = seen(facts)
        assert any(
            access.is_open and access.is_granted and facts.role in access.roles
            for access in shown_to_alice
        )
        started = [role.opened for access in shown_to_alice for role in access.on_request.values()]
        assert decision.approved is None or decision.approved in started


@settings(max_examples=80)
@given(any_.facts)
def test_an_open_and_granted_engagement_gives_sessions(facts: AccessFacts) -> None:
    for access in seen(facts):
        for role in access.roles:
            all_facts = some_facts(
                token=a_token(created_at=NOON),
                member=facts.member,
                engagement=access.engagement,
                grant=facts.grant,
                role=role,
                approved_grants=facts.approved_grants if role.name == "readonly" else (),
            )
            request = SessionRequest(role=role.name, reason="INC-7")
            decision = decide_access(all_facts, presented_by(), request, NOON)
            if access.is_open and access.is_granted and role.passed_verification(access.engagement):
                ends_at = access.ends_at
                if role.name in access.on_request:
                    approved = access.on_request[role.name].opened
                    if approved is None or not approved.is_current(NOON):
                        assert isinstance(decision, Denied)
                        continue
                    ends_at = min(ends_at, approved.ends_at)
                soon = timedelta(seconds=905) > ends_at - NOON
                assert isinstance(decision, Allowed) or soon


def seen(facts: AccessFacts) -> list[EngagementAccess]:
    """Return the engagements that alice sees with these facts."""
    member = facts.member
    if member is None or member.id != "alice" or member.suspended_at:
        return []
    world = World()
    world.add(*(item for item in (facts.engagement, facts.role, facts.grant) if item is not None))
    world.add(*facts.approved_grants)
    return list(list_my_engagements(world.ports(), Caller(member, a_token()), limit=50).items)


class Lagging(FakeState):
    """A State port whose list of a member's grants lags behind."""

    def __init__(self, world: World, *before: Grant) -> None:
        super().__init__(world)
        self._before = {grant.engagement: grant for grant in before}

    def list(self, kind: type[I], **options: Any) -> Page[I]:
        page: Any = super().list(kind, **options)
        items = tuple(self._before.get(grant.engagement, grant) for grant in page.items)
        lagging: Page[I] = replace(page, items=items)
        return lagging


def test_a_role_removed_from_a_grant_is_not_shown_even_if_the_list_lags() -> None:
    scene = a_scene(a_role("deploy"), a_grant(roles=frozenset({"deploy"}), version=2))
    before = a_grant(roles=frozenset({"deploy", "readonly"}))
    ports = replace(scene.ports, state=Lagging(scene.world, before))
    (access,) = list_my_engagements(ports, scene.caller("alice"), limit=50).items
    assert [role.name for role in access.roles] == ["deploy"]


STATES: dict[str, dict[str, Any]] = {
    "+": {},
    "-": {"revoked_at": NOON},
    "o": {"ends_at": NOON},
    "~": {"revoked_at": NOON},  # not in the list yet
}


@settings(max_examples=100)
@given(st.text("+-o~", max_size=12), st.integers(1, 5))
def test_pages_show_every_engagement_once_and_name_no_other(grants: str, limit: int) -> None:
    """Members with ended grants learn nothing, not even from the cursor."""
    scene = a_scene()
    scene.world.items.clear()
    names = [f"place-{number:02}" for number in range(len(grants))]
    all_grants = [
        a_grant(engagement=name, **STATES[state]) for name, state in zip(names, grants, strict=True)
    ]
    scene.add(a_member(), a_token(), *map(an_engagement, names), *all_grants)
    lagging_grants = [
        replace(grant, revoked_at=None)
        for grant, state in zip(all_grants, grants, strict=True)
        if state == "~"
    ]
    ports = replace(scene.ports, state=Lagging(scene.world, *lagging_grants))
    expected = [name for name, state in zip(names, grants, strict=True) if state == "+"]
    listed: list[str] = []
    cursor: str | None = None
    while cursor != "":
        page = list_my_engagements(ports, scene.caller("alice"), limit=limit, cursor=cursor or "")
        shown = [access.engagement.id for access in page.items]
        listed += shown
        assert len(shown) <= limit
        cursor = page.cursor
        assert cursor in ("", *shown[-1:])
    assert listed == expected


def test_many_ended_grants_are_read_in_large_pages() -> None:
    """A page with nothing to show reads on, in larger pages than requested."""
    scene = a_scene()
    for number in range(500):
        scene.add(a_grant(engagement=f"aa-{number:03}", revoked_at=NOON))
    read: list[int] = []

    class Counted(FakeState):
        def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
            read.append(limit)
            return super().list(kind, limit=limit, cursor=cursor, **by)

    ports = replace(scene.ports, state=Counted(scene.world))
    page = list_my_engagements(ports, scene.caller("alice"), limit=1)
    assert [access.engagement.id for access in page.items] == ["acme-prod"]
    assert read == [1, PAGE_SIZE]
