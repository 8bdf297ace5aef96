"""The State port: the fake and DynamoDB, told the same, answer the same."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.keys import key_of
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token, presented
from chalicelib.domain.trail import Question
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.lists import every, token_with_id
from tests.adapters.scene import Kit, entry, everything, put
from tests.builders import (
    NOON,
    a_grant,
    a_member,
    a_role,
    a_token,
    a_verification,
    an_engagement,
    an_enrolment,
    an_override,
    presented_by,
    results,
    token_text_of,
)

THERE = ["member", "token", "engagement", "role", "grant"]


def test_what_was_written_is_read_back_as_it_was(kit: Kit, name: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    state = kit.ports.state
    assert state.get(Member, name) == items["member"]
    assert state.get(Engagement, name) == items["engagement"]
    assert state.get(Role, name, "readonly") == items["role"]
    assert state.get(Grant, name, name) == items["grant"]
    assert token_with_id(state, name, items["token"].id) == items["token"]
    assert every(state, Token, member=name) == (items["token"],)
    assert every(state, Role, engagement=name) == (items["role"],)
    assert every(state, Grant, member=name) == (items["grant"],)
    assert every(state, Grant, engagement=name) == (items["grant"],)
    assert items["member"] in every(state, Member)
    assert items["engagement"] in every(state, Engagement)


def test_every_optional_fact_is_kept(kit: Kit, name: str) -> None:
    moment = NOON + timedelta(microseconds=1)
    items = [
        a_member(name, suspended_at=moment, leads_from=moment),
        a_token(name, revoked_at=moment, made_from="2001:db8::1", enrolment="0" * 64),
        an_engagement(
            name,
            next_external_id=f"daypass-{name}2",
            former_external_id=f"daypass-{name}1",
            retired_external_ids=(f"daypass-{name}2", f"daypass-{name}3"),
            chosen_elsewhere=True,
            closed_at=moment,
            revoked_at=moment,
            left_at=moment,
        ),
        a_role(engagement=name, ended_at=moment, verification=None, asks_reason=True),
        a_role(
            "deploy",
            engagement=name,
            allows_chaining=True,
            allows_links=False,
            former_arns=("arn:aws:iam::987654321098:role/Former",),
            override=an_override(until=moment),
            verification=a_verification(results=results(*Check), causes=tuple(Cause)),
        ),
        a_grant(name, engagement=name, revoked_at=moment, roles=frozenset({"a1", "b2"})),
    ]
    put(kit, name, *items)
    state = kit.ports.state
    assert [
        state.get(Member, name),
        *every(state, Token, member=name),
        state.get(Engagement, name),
        state.get(Role, name, "readonly"),
        state.get(Role, name, "deploy"),
        state.get(Grant, name, name),
    ] == items


@pytest.mark.parametrize("changes", [{}, {"used_at": NOON}, {"revoked_at": NOON}])
def test_a_member_has_one_code_the_last(kit: Kit, name: str, changes: dict[str, object]) -> None:
    put(kit, name, an_enrolment(name, **changes))
    assert kit.ports.state.get(Enrolment, name) == an_enrolment(name, **changes)
    assert kit.ports.state.get(Enrolment, name + "x") is None
    with pytest.raises(FactsChanged):
        put(kit, name + "b", an_enrolment(name, hash="0" * 64))
    put(kit, name + "c", an_enrolment(name, hash="0" * 64, version=2))
    assert kit.ports.state.get(Enrolment, name) == an_enrolment(name, hash="0" * 64, version=2)
    assert not every(kit.ports.state, Token, member=name)


def test_many_are_read_by_what_they_are_known_by(kit: Kit, name: str) -> None:
    """More than DynamoDB gives in one call, and those that there are."""
    state = kit.ports.state
    ours = [a_member(f"{name}{number}") for number in range(101)]
    for number in range(0, 101, 50):
        put(kit, f"{name}{number}", *ours[number : number + 50])
    names = [(member.id,) for member in ours]
    assert state.get_many(Member, [*names, (name,), names[0]]) == dict(
        zip(names, ours, strict=True)
    )
    items = everything(name)
    put(kit, name, *items.values(), an_enrolment(name))
    assert state.get_many(Grant, [(name, name)]) == {(name, name): items["grant"]}
    assert state.get_many(Role, [(name, "readonly"), (name, "deploy")]) == {
        (name, "readonly"): items["role"]
    }
    assert state.get_many(Engagement, [(name,)]) == {(name,): items["engagement"]}
    assert state.get_many(Enrolment, [(name,)]) == {(name,): an_enrolment(name)}
    assert state.get_many(Grant, []) == {}


def test_an_identity_is_found_by_its_hash(kit: Kit, name: str) -> None:
    state, known_by = kit.ports.state, hashlib.sha256(name.encode()).hexdigest()
    identity = Identity(hash=known_by, member=name, token="0" * 64)
    assert state.get(Identity, known_by) is None
    put(kit, name, identity)
    assert state.get(Identity, known_by) == identity


def test_facts_come_all_at_once(kit: Kit, name: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    assert kit.ports.state.facts(presented_by(name), name, "readonly") == Facts(**items)
    assert kit.ports.state.who(presented_by(name)) == (items["token"], items["member"])


@pytest.mark.parametrize("missing", THERE)
def test_a_fact_that_does_not_exist_is_none(kit: Kit, name: str, missing: str) -> None:
    items = everything(name)
    del items[missing]
    put(kit, name, *items.values())
    assert kit.ports.state.facts(presented_by(name), name, "readonly") == Facts(
        **{missing: None}, **items
    )


def test_nothing_is_found_where_nothing_is(kit: Kit, name: str) -> None:
    state = kit.ports.state
    assert state.get(Member, name) is None
    assert state.get(Engagement, name) is None
    assert state.get(Role, name, "readonly") is None
    assert state.get(Grant, name, name) is None
    assert state.get(Enrolment, name) is None
    assert token_with_id(state, name, "000000000000") is None
    assert not every(state, Token, member=name)
    assert not every(state, Role, engagement=name)
    assert not every(state, Grant, member=name)
    assert not every(state, Grant, engagement=name)


def test_a_token_is_found_by_its_id_among_others(kit: Kit, name: str) -> None:
    tokens = [replace(a_token(name), hash=f"{n:012x}{'5' * 52}") for n in (7, 8, 9)]
    put(kit, name, *tokens)
    for token in tokens:
        assert token_with_id(kit.ports.state, name, token.id) == token
    assert token_with_id(kit.ports.state, name, f"{6:012x}") is None
    assert token_with_id(kit.ports.state, name + "b", tokens[0].id) is None


def test_another_members_token_is_not_found_under_this_name(kit: Kit, name: str) -> None:
    put(kit, name, a_member(name), a_token(name))
    other = presented(token_text_of("alice"))
    assert other is not None
    stolen = replace(other, member=name)
    assert kit.ports.state.who(stolen) == (None, a_member(name))


def test_a_new_item_does_not_replace_one_that_is_there(kit: Kit, name: str) -> None:
    put(kit, name, a_member(name))
    with pytest.raises(FactsChanged):
        put(kit, name + "b", a_member(name, name="Mallory"))
    assert kit.ports.state.get(Member, name) == a_member(name)


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_change_is_written_over_the_version_before_it_only(
    kit: Kit, name: str, version: int
) -> None:
    put(kit, name, a_member(name))
    put(kit, name + "b", a_member(name, version=2))
    with pytest.raises(FactsChanged):
        put(kit, name + "c", a_member(name, name="Mallory", version=version))
    put(kit, name + "d", a_member(name, name="Alice B", version=3))
    assert kit.ports.state.get(Member, name) == a_member(name, name="Alice B", version=3)


def test_a_change_is_written_whole_or_not_at_all(kit: Kit, name: str) -> None:
    put(kit, name, a_member(name))
    with pytest.raises(FactsChanged):
        put(kit, name + "b", an_engagement(name), a_member(name))
    assert kit.ports.state.get(Engagement, name) is None
    assert name + "b" not in entries(kit)


def entries(kit: Kit) -> set[str]:
    """Of all tests' entries, since they share the table."""
    question = Question(since=NOON - timedelta(1), until=NOON + timedelta(1), member="lena")
    found: set[str] = set()
    while True:
        page = kit.ports.trail.page(question)
        found |= {one.id for one in page.items}
        if not page.cursor:
            return found
        question = question.after(page.cursor)


def test_a_change_and_its_entry_come_together(kit: Kit, name: str) -> None:
    put(kit, name, a_member(name))
    assert name in entries(kit)


@pytest.mark.parametrize("kind", THERE)
def test_a_change_needs_what_it_stands_on(kit: Kit, name: str, kind: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    standing = items[kind]
    moved = replace(standing, version=2)
    put(kit, name + "b", moved)
    other = a_member(name + "x")
    with pytest.raises(FactsChanged):
        kit.ports.state.change([other], entry(name + "c"), standing=[standing])
    kit.ports.state.change([other], entry(name + "d"), standing=[moved])
    assert kit.ports.state.get(Member, other.id) == other


def test_what_is_changed_may_be_among_what_has_to_stand(kit: Kit, name: str) -> None:
    put(kit, name, a_member(name))
    new = a_member(name, name="Alice B", version=2)
    kit.ports.state.change([new], entry(name + "b"), standing=[a_member(name)])
    assert kit.ports.state.get(Member, name) == new


@pytest.mark.parametrize("read", [1, 3])
def test_what_is_changed_has_to_stand_as_it_was_read(kit: Kit, name: str, read: int) -> None:
    """Read twice at different moments: what it is written over, and what has to stand, differ."""
    old, new = a_member(name, version=2), a_member(name, name="Alice B", version=3)
    put(kit, name, a_member(name))
    put(kit, name + "b", old)
    with pytest.raises(FactsChanged):
        kit.ports.state.change([new], entry(name + "c"), standing=[replace(old, version=read)])
    assert kit.ports.state.get(Member, name) == old
    assert name + "c" not in entries(kit)


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_new_cannot_have_been_read_before(kit: Kit, name: str, version: int) -> None:
    read = a_member(name, version=version)
    with pytest.raises(FactsChanged):
        kit.ports.state.change([a_member(name)], entry(name), standing=[read])
    assert kit.ports.state.get(Member, name) is None
    assert name not in entries(kit)


def test_what_has_to_stand_may_have_been_read_twice(kit: Kit, name: str) -> None:
    old, other = a_member(name), a_member(name + "x")
    put(kit, name, old)
    kit.ports.state.change([other], entry(name + "b"), standing=[old, a_member(name)])
    assert kit.ports.state.get(Member, other.id) == other
    new = a_member(name, name="Alice B", version=2)
    kit.ports.state.change([new], entry(name + "c"), standing=[old, a_member(name)])
    assert kit.ports.state.get(Member, name) == new
    assert {name + "b", name + "c"} <= entries(kit)


@pytest.mark.parametrize("read", [(1, 2), (2, 1), (2, 3), (2, 2, 1)])
def test_but_not_as_two_different_things(kit: Kit, name: str, read: tuple[int, ...]) -> None:
    put(kit, name, a_member(name))
    put(kit, name + "b", a_member(name, version=2))
    other = a_member(name + "x")
    standing = [a_member(name, version=version) for version in read]
    with pytest.raises(FactsChanged):
        kit.ports.state.change([other], entry(name + "c"), standing=standing)
    assert kit.ports.state.get(Member, other.id) is None
    assert name + "c" not in entries(kit)


def test_the_leads_are_one_item(kit: Kit, name: str) -> None:
    state = kit.ports.state
    old = state.get(Leads)
    version = old.version if old else 0
    new = Leads(members=frozenset({name, "lena"}), version=version + 1)
    put(kit, name, new)
    assert state.get(Leads) == new
    with pytest.raises(FactsChanged):
        put(kit, name + "b", replace(new, members=frozenset({name})))


def test_no_two_items_share_a_place(name: str) -> None:
    items = [*everything(name).values(), a_role("deploy", engagement=name)]
    assert len({key_of(item) for item in items}) == len(items)
