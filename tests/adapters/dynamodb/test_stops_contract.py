"""Stops: the fake and DynamoDB behave alike. Every read shows that an item is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import find_token_by_id, list_all
from chalicelib.usecases.ports import State
from tests.adapters.scene import Kit, entry, everything, new_name, put
from tests.builders import NOON, a_grant, presented_by
from tests.rows import every

ENDED_BY = {
    "member": Action.MEMBER_REVOKE,
    "token": Action.TOKEN_REVOKE,
    "engagement": Action.ENGAGEMENT_REVOKE,
    "role": Action.ROLE_END,
    "grant": Action.GRANT_REVOKE,
}


def stop_of(item: Stoppable, id: str, action: Action | None = None) -> Stop:
    action = action or next(iter(item.ENDS))
    revocation = entry(id, action=action)
    return Stop(kind=type(item).__name__, names=item.key, entry=revocation)


READS: dict[str, list[Callable[[State, str], Any]]] = {
    "member": [
        lambda s, n: s.get(Member, n),
        lambda s, n: s.token_and_member(presented_by(n))[1],
        lambda s, n: s.access_facts(presented_by(n), n, "readonly").member,
        lambda s, n: s.get_many(Member, [(n,)])[(n,)],
        lambda s, n: s.get_together([(Member, (n,))])[Member, (n,)],
        lambda s, n: next(item for item in list_all(s, Member) if item.id == n),
    ],
    "token": [
        lambda s, n: find_token_by_id(s, n, list_all(s, Token, member=n)[0].id),
        lambda s, n: s.token_and_member(presented_by(n))[0],
        lambda s, n: s.access_facts(presented_by(n), n, "readonly").token,
        lambda s, n: list_all(s, Token, member=n)[0],
        lambda s, n: s.get_many(Token, [(n, presented_by(n).hash)])[(n, presented_by(n).hash)],
    ],
    "engagement": [
        lambda s, n: s.get(Engagement, n),
        lambda s, n: s.get_together([(Engagement, (n,))])[Engagement, (n,)],
        lambda s, n: s.access_facts(presented_by(n), n, "readonly").engagement,
        lambda s, n: s.get_many(Engagement, [(n,)])[(n,)],
        lambda s, n: next(item for item in list_all(s, Engagement) if item.id == n),
    ],
    "role": [
        lambda s, n: s.get(Role, n, "readonly"),
        lambda s, n: s.access_facts(presented_by(n), n, "readonly").role,
        lambda s, n: s.get_many(Role, [(n, "readonly")])[(n, "readonly")],
        lambda s, n: s.get_together([(Role, (n, "readonly"))])[Role, (n, "readonly")],
        lambda s, n: list_all(s, Role, engagement=n)[0],
        lambda s, n: next(item for item in list_all(s, Role) if item.engagement == n),
    ],
    "grant": [
        lambda s, n: s.get(Grant, n, n),
        lambda s, n: s.access_facts(presented_by(n), n, "readonly").grant,
        lambda s, n: s.get_many(Grant, [(n, n)])[(n, n)],
        lambda s, n: s.get_together([(Grant, (n, n))])[Grant, (n, n)],
        lambda s, n: list_all(s, Grant, member=n)[0],
        lambda s, n: list_all(s, Grant, engagement=n)[0],
        lambda s, n: s.find_grants_since(n, NOON)[0],
    ],
}


@every("of", READS, name=new_name)
def test_every_read_shows_the_stop_until_the_item_has_noted_it(
    kit: Kit, name: str, of: str
) -> None:
    items, state = everything(name), kit.ports.state
    put(kit, name, *items.values())
    item: Any = items[of]
    state.save(stop_of(item, f"{name}-stop", ENDED_BY[of]))
    shown = [read(state, name) for read in READS[of]]
    expected = {(NOON, f"{name}-stop", item.version)}
    assert {(e.stopped_at(ENDED_BY[of]), e.stop, e.version) for e in shown} == expected
    back = next_version(item, stop=f"{name}-stop")  # it was reinstated after the stop
    put(kit, f"{name}2", back)
    assert [read(state, name) for read in READS[of]] == [back] * len(READS[of])


def test_a_closed_engagement_is_closed_and_not_revoked(kit: Kit, name: str) -> None:
    item = everything(name)["engagement"]
    put(kit, name, item)
    kit.ports.state.save(stop_of(item, f"{name}-stop", Action.ENGAGEMENT_CLOSE))
    read = kit.ports.state.get(Engagement, name)
    assert read is not None
    assert (read.closed_at, read.revoked_at) == (NOON, None)


def test_a_stop_is_put_over_what_was_read_and_found_again(kit: Kit, name: str) -> None:
    item = everything(name)["grant"]
    put(kit, name, item)
    state = kit.ports.state
    assert state.get(Stop, *item.stop_key) is None
    first = stop_of(item, f"{name}-1")
    state.save(first)
    assert state.get(Stop, *item.stop_key) == first
    with pytest.raises(FactsChanged):
        state.save(stop_of(item, f"{name}-2"))
    second = replace(stop_of(item, f"{name}-2"), version=2)
    state.save(second)
    assert state.get(Stop, *item.stop_key) == second


def test_unfinished_stops_are_listed_oldest_first(kit: Kit, name: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    state = kit.ports.state
    made = []
    for number, of in enumerate(("grant", "token", "role")):
        stop = stop_of(items[of], f"{name}-{number}")
        made.append(replace(stop, entry=replace(stop.entry, at=NOON - timedelta(days=number))))
        state.save(made[-1])
    state.save(next_version(made[1], is_finished=True))
    listed = [stop for stop in list_all(state, Stop) if stop.id.startswith(name)]
    assert listed == [made[2], made[0]]


def test_a_stop_is_applied_to_several_items_together_or_to_none(kit: Kit, name: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    state = kit.ports.state
    member = next_version(items["member"], suspended_at=NOON)
    with pytest.raises(FactsChanged):
        state.apply([member, replace(items["grant"], version=5)])
    assert state.get(Member, name) == items["member"]
    state.apply([member, next_version(items["grant"], revoked_at=NOON)])
    assert state.get(Member, name) == member
    assert state.get(Grant, name, name) == next_version(items["grant"], revoked_at=NOON)


SECOND = timedelta(seconds=1)
GRANTS = [
    ("ends-later", {"ends_at": NOON + SECOND}, True),
    ("ends-just-then", {"ends_at": NOON}, True),
    ("has-ended", {"ends_at": NOON - SECOND}, False),
    ("ended-a-moment-before", {"ends_at": NOON - SECOND - timedelta(microseconds=1)}, False),
    ("revoked-since", {"revoked_at": NOON + timedelta(microseconds=1)}, True),
    ("revoked-before", {"revoked_at": NOON - SECOND}, False),
    ("revoked-and-ended-before", {"ends_at": NOON - SECOND, "revoked_at": NOON + SECOND}, False),
    ("will-begin", {"starts_at": NOON + SECOND}, True),
]


def test_grants_since_a_moment_are_those_open_at_that_moment(kit: Kit, name: str) -> None:
    put(kit, name, *(a_grant(member, engagement=name, **facts) for member, facts, _ in GRANTS))
    members = {grant.member for grant in kit.ports.state.find_grants_since(name, NOON)}
    assert members == {member for member, _, is_open in GRANTS if is_open}
    assert kit.ports.state.find_grants_since(f"{name}-x", NOON) in ((), [])
