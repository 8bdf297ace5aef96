"""The State port: the fake and DynamoDB behave alike."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.requests import DECIDED, AccessRequest
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.lists import find_token_by_id, list_all, pick
from tests.adapters.dynamodb.test_stops_contract import stop_of
from tests.adapters.scene import entry, everything, new_name, put
from tests.builders import (
    NOON,
    a_block,
    a_grant,
    a_member,
    a_request,
    a_request_id,
    a_token,
    an_access_link,
    an_engagement,
    an_enrolment,
    presented_by,
)
from tests.rows import every

KINDS = ["member", "token", "engagement", "role", "grant"]


@every("changes", [{}, {"used_at": NOON}, {"revoked_at": NOON}], name=new_name)
def test_a_member_has_one_code_the_last(kit, name, changes):
    put(kit, name, an_enrolment(name, **changes))
    assert kit.state.get(Enrolment, name) == an_enrolment(name, **changes)
    assert kit.state.get(Enrolment, name + "x") is None
    with pytest.raises(FactsChanged):
        put(kit, name + "b", an_enrolment(name, hash="0" * 64))
    put(kit, name + "c", an_enrolment(name, hash="0" * 64, version=2))
    assert kit.state.get(Enrolment, name) == an_enrolment(name, hash="0" * 64, version=2)
    assert not list_all(kit.state, Token, member=name)


def test_many_items_are_read_by_their_keys(kit, name):
    """Read more keys than one call allows. Missing items are left out."""
    state = kit.state
    ours = [a_member(f"{name}{number}") for number in range(101)]
    for number in range(0, 101, 50):
        put(kit, f"{name}{number}", *ours[number : number + 50])
    names = [(member.id,) for member in ours]
    read = state.get_many(Member, [*names, (name,), names[0]])
    assert read == dict(zip(names, ours, strict=True))
    assert state.get_many(Grant, []) == {}


@every("missing", KINDS, name=new_name)
def test_a_fact_that_does_not_exist_is_none(kit, name, missing):
    items = everything(name)
    del items[missing]
    put(kit, name, *items.values())
    assert kit.state.access_facts(presented_by(name), name, "readonly") == AccessFacts(
        **{missing: None}, **items
    )


def test_facts_have_the_engagements_own_pause(kit, name):
    pause, other = a_block(name), a_block(f"{name}b")
    kit.state.save(pause)
    kit.state.save(other)
    facts = kit.state.access_facts(presented_by(name), name, "readonly")
    assert facts.pause == pause
    assert kit.state.get(Block, f"{name}b") == other


def test_a_token_is_found_by_its_id_among_others(kit, name):
    tokens = [a_token(name, hash=f"{n:012x}{'5' * 52}") for n in (7, 8, 9)]
    put(kit, name, *tokens)
    for token in tokens:
        assert find_token_by_id(kit.state, name, token.id) == token
    assert find_token_by_id(kit.state, name, f"{6:012x}") is None
    assert find_token_by_id(kit.state, name + "b", tokens[0].id) is None


def test_another_members_token_is_not_found_under_this_name(kit, name):
    put(kit, name, a_member(name), a_token(name))
    stolen = replace(presented_by("alice"), member=name)
    assert kit.state.token_and_member(stolen) == (None, a_member(name))


def test_a_change_is_written_over_the_version_before_it_only(kit, name):
    put(kit, name, a_member(name))
    put(kit, name + "b", a_member(name, version=2))
    for version in (1, 2, 4):
        with pytest.raises(FactsChanged):
            put(kit, name + "c", a_member(name, name="Mallory", version=version))
    put(kit, name + "d", a_member(name, name="Alice B", version=3))
    assert kit.state.get(Member, name) == a_member(name, name="Alice B", version=3)


def test_a_change_is_written_whole_or_not_at_all(kit, name):
    put(kit, name, a_member(name))
    items = [an_engagement(name), a_member(name)]
    with pytest.raises(FactsChanged):
        kit.state.change(items, entry(f"{name}b", engagement=name))
    assert kit.state.get(Engagement, name) is None
    assert not is_recorded(kit, name)


def is_recorded(kit, name):
    """Return whether the trail has an entry about the engagement of this name."""
    query = TrailQuery(since=NOON - timedelta(1), until=NOON + timedelta(1), engagement=name)
    return bool(kit.trail.page(query).items)


# A member of the version `there` is stored. The change writes them, or another member if `written`
# is 0. It has read the versions `read`.
PRECONDITIONS = [
    # A changed item may be among the preconditions. It must be unchanged since it was read.
    (2, 3, [2], True),
    (2, 3, [2, 2], True),
    (2, 3, [1], False),
    (2, 3, [3], False),
    # A new item cannot have been read before.
    (0, 1, [], True),
    (0, 1, [1], False),
    (0, 1, [2], False),
    # A precondition may occur twice, but only with the same version.
    (2, 0, [2, 2], True),
    (2, 0, [1, 2], False),
    (2, 0, [2, 1], False),
    (2, 0, [2, 3], False),
    (2, 0, [2, 2, 1], False),
]


@every("row, there, written, read, is_written", [(n, *row) for n, row in enumerate(PRECONDITIONS)])
def test_an_item_is_written_only_if_all_preconditions_are_unchanged(
    kit, name, row, there, written, read, *, is_written
):
    name, state = f"{name}-{row}", kit.state
    for version in range(1, there + 1):
        put(kit, f"{name}{version}", a_member(name, version=version))
    new = a_member(name, name="Alice B", version=written) if written else a_member(name + "x")
    preconditions = [a_member(name, version=version) for version in read]
    before = state.get(Member, new.id)
    with nullcontext() if is_written else pytest.raises(FactsChanged):
        state.change([new], entry(name, engagement=name), preconditions=preconditions)
    assert state.get(Member, new.id) == (new if is_written else before)
    assert is_recorded(kit, name) is is_written


def test_decided_requests_are_listed_apart_the_latest_first(kit, name):
    far = datetime(2999, 1, 1, tzinfo=UTC)  # later than those of other tests
    decided = [
        a_request(
            name, id=a_request_id(name, n), status=status, decided_at=far + timedelta(hours=n)
        )
        for n, status in enumerate(("denied", "withdrawn", "approved"))
    ]
    waiting = a_request(name, id=a_request_id(name, 9), expires_at=far)
    put(kit, name, *decided, waiting)
    listed = kit.state.list(AccessRequest, listed_as=DECIDED, limit=3)
    assert list(listed.items) == decided[::-1]
    undecided = kit.state.list(AccessRequest, limit=100, cursor=format_sortable(far))
    assert waiting in undecided.items
    assert not {request.id for request in decided} & {request.id for request in undecided.items}


@pytest.mark.parametrize("role", ["a" * 1020, "ä" * 600])
def test_a_name_too_long_for_a_key_is_a_bug(kit, name, role):
    """Such a key is a bug, because the names in keys have been validated."""
    with pytest.raises((ValueError, ClientError)):
        kit.state.get(Role, name, role)


def test_an_access_link_and_its_stop_are_among_the_facts_where_it_is_presented(kit, name):
    items, link = everything(name), an_access_link(name, member=name)
    put(kit, name, *items.values(), link)
    state, facts = kit.state, kit.state.access_facts
    by_link = replace(presented_by(name), link=link.hash)
    assert facts(by_link, name, "readonly") == AccessFacts(**items, link=link)
    assert facts(replace(by_link, link="0" * 64), name, "readonly") == AccessFacts(**items)
    assert facts(presented_by(name), name, "readonly").link is None
    state.save(stop_of(link, f"{name}-stop"))
    for read in (
        state.get(AccessLink, link.hash),
        facts(by_link, name, "readonly").link,
        state.get_many(AccessLink, [(link.hash,)])[(link.hash,)],
    ):
        assert read.revoked_at == NOON


def test_items_of_several_kinds_are_read_together(kit, name):
    stored = everything(name)
    put(kit, name, *stored.values())
    keys = [(kind, (name,)) for kind in (Member, Engagement, EmergencyLock)]
    keys += [(Role, (name, "readonly")), (Grant, (name, name)), (Grant, (name, "no-one"))]
    items = kit.state.get_together(keys)
    assert pick(items, Member, name) == stored["member"]
    assert pick(items, Role, name, "readonly") == stored["role"]
    assert pick(items, Grant, name, name) == stored["grant"]
    assert pick(items, Grant, name, "no-one") is None
    assert pick(items, EmergencyLock, name) is None
    assert kit.state.get_together([]) == {}


def test_a_list_ignoring_stops_shows_the_stored_items(kit, name):
    stored = everything(name)
    put(kit, name, *stored.values(), a_grant(name, engagement=f"{name}-b"))
    kit.state.save(stop_of(stored["grant"], f"{name}-stop"))
    page = kit.state.list_ignoring_stops(Grant, member=name, limit=1)
    assert (page.items, page.cursor) == ((stored["grant"],), name)
    rest = kit.state.list_ignoring_stops(Grant, member=name, limit=9, cursor=page.cursor)
    assert [grant.engagement for grant in rest.items] == [f"{name}-b"]
    with pytest.raises(TypeError):
        kit.state.list_ignoring_stops(Leads, member=name, limit=1)
