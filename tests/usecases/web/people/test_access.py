"""The page of a person says of each role of each grant what a vend would decide, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Denied, SessionRequest, decide_access
from chalicelib.usecases.vending.facts import read_access_facts
from chalicelib.usecases.web.people.access import RoleAccess
from chalicelib.usecases.web.people.person import read_person
from tests.builders import (
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_role,
    a_scene,
    an_approved_grant,
    an_engagement,
    presented_by,
)
from tests.fakes import NOON, World
from tests.rows import every

PAST, SOON = NOON - timedelta(days=1), NOON + timedelta(days=1)
WITH_CLIENT = {"requires_client_approval": True}


def access_of(world: World, member: str = "alice") -> RoleAccess:
    page = read_person(world.ports(), member)
    (grant,) = page.grants.current
    (role,) = grant.roles
    return role


STATES: list[tuple[list[Any], Reason | None, str]] = [
    ([], None, "Works now."),
    ([a_member(suspended_at=PAST)], Reason.MEMBER_SUSPENDED, "Suspended."),
    ([a_member(kind=Kind.AUDITOR)], Reason.NOT_A_MEMBER, "Auditors get no sessions."),
    ([an_engagement(revoked_at=PAST)], Reason.ENGAGEMENT_REVOKED, "The engagement was revoked."),
    ([an_engagement(closed_at=PAST)], Reason.ENGAGEMENT_CLOSED, "The engagement is closed."),
    ([an_engagement(ends_at=PAST)], Reason.ENGAGEMENT_CLOSED, "The engagement has ended."),
    (
        [an_engagement(starts_at=SOON)],
        Reason.ENGAGEMENT_CLOSED,
        "The engagement begins on 25 November 2026, 12:00 UTC.",
    ),
    (
        [a_grant(starts_at=SOON)],
        Reason.GRANT_NOT_CURRENT,
        "The grant begins on 25 November 2026, 12:00 UTC.",
    ),
    (
        [a_grant(roles=frozenset({"never-made"}))],
        Reason.ROLE_NOT_GRANTED,
        "The engagement has no such role.",
    ),
    ([a_role(ended_at=PAST)], Reason.ROLE_NOT_GRANTED, "The role has ended."),
    ([a_role(verification=None)], Reason.ROLE_UNVERIFIED, "The role has not passed its check."),
    ([a_block()], Reason.FROZEN, "A lead has frozen everything."),
    ([a_block("acme-prod")], Reason.PAUSED_BY_CLIENT, "The client has paused access."),
    (
        [a_grant(ends_at=NOON + timedelta(minutes=9))],
        Reason.ENDS_TOO_SOON,
        "It ends in less than 15 minutes, AWS's shortest session.",
    ),
    ([a_grant_on_request()], Reason.APPROVAL_REQUIRED, "Only with an approved request."),
    ([a_grant_on_request(), an_approved_grant()], None, "Works now."),
    (
        [a_grant_on_request(), an_approved_grant(duration=3600)],
        Reason.ACCESS_NOT_STARTED,
        "Approved: it begins when they start it.",
    ),
    (
        [a_grant_on_request(), an_approved_grant(revoked_at=NOON)],
        Reason.APPROVAL_REVOKED,
        "The approved access was revoked or given back.",
    ),
    (
        [an_engagement(**WITH_CLIENT)],
        Reason.CLIENT_APPROVAL_REQUIRED,
        "Only with the client's approval.",
    ),
    ([an_engagement(**WITH_CLIENT), an_approved_grant(client_approved=True)], None, "Works now."),
    ([a_role(requires_reason=True, allows_links=False)], None, "Works now."),
]


@every("items, reason, text", STATES)
def test_each_role_says_whether_it_works_now_and_why_not_as_a_vend_would(
    items: list[Any], reason: Reason | None, text: str
) -> None:
    scene = a_scene(*items)
    role = access_of(scene.world)
    assert (role.reason, role.text) == (reason, text)
    facts = read_access_facts(scene.ports, presented_by(), "acme-prod", role.name)
    request = SessionRequest(role=role.name, reason="INC-7")
    decision = decide_access(facts, presented_by(), request, NOON)
    if reason is None:
        assert role.ends_at == decision.deadline
    else:
        assert decision == Denied(reason)


def test_a_grant_of_an_engagement_that_is_missing_is_shown_as_unknown() -> None:
    world = a_scene().world
    del world.items[type(an_engagement()), ("acme-prod",)]
    page = read_person(world.ports(), "alice")
    (grant,) = page.grants.current
    assert grant.engagement is None
    assert grant.roles[0].text == "Unknown: the engagement could not be read."


def test_the_page_shows_conditions_and_open_emergencies() -> None:
    world = a_scene().world
    conditions = {"on_request": frozenset({"readonly"}), "emergency": frozenset({"readonly"})}
    world.add(a_grant(**conditions), an_approved_grant(is_emergency=True))
    role = access_of(world)
    assert (role.is_on_request, role.allows_emergency, role.is_emergency) == (True, True, True)
    assert role.ends_at == an_approved_grant().ends_at
    world.add(an_engagement(**WITH_CLIENT))
    assert (access_of(world).allows_emergency, access_of(world).waits) == (False, True)


def test_ended_grants_are_apart() -> None:
    world = a_scene().world
    ended = [
        a_grant(engagement="globex", revoked_at=PAST),
        a_grant(engagement="initech", ends_at=PAST),
    ]
    world.add(*ended)
    page = read_person(world.ports(), "alice")
    assert list(page.grants.ended) == ended
    assert [access.grant.engagement for access in page.grants.current] == ["acme-prod"]


@every("count", [1, 8, 26, 60])
def test_pages_give_each_grant_once(count: int) -> None:
    world = a_scene().world
    names = [f"client-{number:02}" for number in range(count)]
    roles = frozenset(f"role-{letter}" for letter in "abcdefghijklmnopqrst")
    for name in names:
        world.add(an_engagement(name), a_grant("bob", engagement=name, roles=roles))
    listed: list[str] = []
    cursor = None
    while cursor != "":
        grants = read_person(world.ports(), "bob", grants_cursor=cursor or "").grants
        assert 0 < len(grants.current) <= 25
        listed += [access.grant.engagement for access in grants.current]
        cursor = grants.cursor
    assert listed == [*names, "globex"]


def test_a_second_read_shows_what_has_changed_since_the_list_was_made() -> None:
    """The list by member lags behind. The grant itself decides."""
    world = a_scene().world
    listed = a_grant(roles=frozenset({"gone"}))
    world.add(listed)
    world.just_before("get_together", lambda: world.add(replace(listed, revoked_at=NOON)))
    page = read_person(world.ports(), "alice")
    assert [grant.revoked_at for grant in page.grants.ended] == [NOON]
