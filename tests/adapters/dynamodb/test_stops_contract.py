"""Stops: the fake and DynamoDB behave alike. Every read shows that an item is stopped."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import find_token_by_id, list_all
from tests.adapters.scene import entry, everything, new_name, put
from tests.builders import NOON, a_grant, presented_by
from tests.rows import every

ENDED_BY = {
    "member": Action.MEMBER_REVOKE,
    "token": Action.TOKEN_REVOKE,
    "engagement": Action.ENGAGEMENT_REVOKE,
    "role": Action.ROLE_END,
    "grant": Action.GRANT_REVOKE,
}


def stop_of(item, id, action=None):
    action = action or next(iter(item.ENDS))
    revocation = entry(id, action=action)
    return Stop(kind=type(item).__name__, names=item.key, entry=revocation)


LISTED = {
    "member": [{}],
    "token": [{"member"}],
    "engagement": [{}],
    "role": [{"engagement"}, {}],
    "grant": [{"member"}, {"engagement"}],
}
"""The fields that select the items of a list; none, if the list has all items of the kind."""
OTHER_READS = {
    "member": lambda s, n: [s.token_and_member(presented_by(n))[1]],
    "token": lambda s, n: [
        s.token_and_member(presented_by(n))[0],
        find_token_by_id(s, n, list_all(s, Token, member=n)[0].id),
    ],
    "grant": lambda s, n: list(s.find_grants_since(n, NOON)),
}


def read_in_every_way(state, name, of, item):
    """Return the item from each read that gives it."""
    kind, key = type(item), item.key
    lists = (
        list_all(state, kind, **dict.fromkeys(fields, name))  # all are named alike
        for fields in LISTED[of]
    )
    return [
        state.get(kind, *key),
        state.get_many(kind, [key])[key],
        state.get_together([(kind, key)])[kind, key],
        getattr(state.access_facts(presented_by(name), name, "readonly"), of),
        *(next(each for each in listed if each.key == key) for listed in lists),
        *OTHER_READS.get(of, lambda *_: [])(state, name),
    ]


@every("of", ENDED_BY, name=new_name)
def test_every_read_shows_the_stop_until_the_item_has_noted_it(kit, name, of):
    items, state = everything(name), kit.state
    put(kit, name, *items.values())
    item = items[of]
    state.save(stop_of(item, f"{name}-stop", ENDED_BY[of]))
    shown = read_in_every_way(state, name, of, item)
    expected = {(NOON, f"{name}-stop", item.version)}
    assert {(e.stopped_at(ENDED_BY[of]), e.stop, e.version) for e in shown} == expected
    back = next_version(item, stop=f"{name}-stop")  # it was reinstated after the stop
    put(kit, f"{name}2", back)
    assert read_in_every_way(state, name, of, item) == [back] * len(shown)


def test_a_closed_engagement_is_closed_and_not_revoked(kit, name):
    item = everything(name)["engagement"]
    put(kit, name, item)
    kit.state.save(stop_of(item, f"{name}-stop", Action.ENGAGEMENT_CLOSE))
    read = kit.state.get(Engagement, name)
    assert (read.closed_at, read.revoked_at) == (NOON, None)


def test_a_stop_is_put_over_what_was_read_and_found_again(kit, name):
    item = everything(name)["grant"]
    put(kit, name, item)
    state = kit.state
    assert state.get(Stop, *item.stop_key) is None
    first = stop_of(item, f"{name}-1")
    state.save(first)
    assert state.get(Stop, *item.stop_key) == first
    with pytest.raises(FactsChanged):
        state.save(stop_of(item, f"{name}-2"))
    second = replace(stop_of(item, f"{name}-2"), version=2)
    state.save(second)
    assert state.get(Stop, *item.stop_key) == second


def test_unfinished_stops_are_listed_oldest_first(kit, name):
    items = everything(name)
    put(kit, name, *items.values())
    state = kit.state
    made = []
    for number, of in enumerate(("grant", "token", "role")):
        stop = stop_of(items[of], f"{name}-{number}")
        made.append(replace(stop, entry=replace(stop.entry, at=NOON - timedelta(days=number))))
        state.save(made[-1])
    state.save(next_version(made[1], is_finished=True))
    listed = [stop for stop in list_all(state, Stop) if stop.id.startswith(name)]
    assert listed == [made[2], made[0]]


def test_a_stop_is_applied_to_several_items_together_or_to_none(kit, name):
    items = everything(name)
    put(kit, name, *items.values())
    state = kit.state
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


def test_grants_since_a_moment_are_those_open_at_that_moment(kit, name):
    put(kit, name, *(a_grant(member, engagement=name, **facts) for member, facts, _ in GRANTS))
    members = {grant.member for grant in kit.state.find_grants_since(name, NOON)}
    assert members == {member for member, _, is_open in GRANTS if is_open}
    assert kit.state.find_grants_since(f"{name}-x", NOON) in ((), [])
