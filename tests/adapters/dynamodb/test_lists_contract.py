"""Lists of the State port: the fake and DynamoDB give the same pages."""

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.values import NameCursor, Page, TimeCursor
from tests.adapters.dynamodb.listing import LISTS, written
from tests.adapters.scene import new_name, put
from tests.builders import NOON, a_token, an_engagement
from tests.rows import every

pytestmark = pytest.mark.usefixtures("crowd")
SEVEN = [f"{letter}-{letter}" for letter in "gcaebfd"]


def seven(kit, name, listed):
    """Write seven items out of order, and return them in the order of the list."""
    items = [listed.make(name, f"{name}-{item}") for item in SEVEN]
    written(kit.ports, name, items)
    return sorted(items, key=listed.sort_key)


def walk(kit, name, listed, limit, cursor=""):
    """Return all pages of a list. Of a list that all tests share, only this test's part."""
    pages = []
    cursor = cursor or ("" if listed.of_one else name)
    while True:
        page = listed.page(kit.state, name, limit=limit, cursor=cursor)
        ours = [
            item for item in page.items if listed.of_one or listed.sort_key(item).startswith(name)
        ]
        pages.append(ours)
        assert len(page.items) <= limit
        if not page.cursor or len(ours) < len(page.items):
            return pages
        assert page.cursor != cursor
        cursor = page.cursor


@every("listed", LISTS, name=new_name)
def test_pages_give_every_item_once_and_in_order(kit, name, listed):
    items = seven(kit, name, listed)
    for limit in (1, 2, 3, 6, 7, 8, 1000):
        pages = walk(kit, name, listed, limit)
        assert [item for page in pages for item in page] == items
        if listed.of_one:  # the last page says so itself: no empty one comes after it
            assert len(pages) == -(-7 // limit)
            assert {len(page) for page in pages[:-1]} <= {limit}


PREFIXES = ("", "b", "b-", "b-b", "zz", "Ä", "a\x00")


@every("listed", [each for each in LISTS if each.name not in ("tokens", "links")], name=new_name)
def test_a_prefix_selects_neighbours_and_a_cursor_beyond_them_nothing(kit, name, listed):
    seven(kit, name, listed)
    for typed in PREFIXES:
        prefix = f"{name}-{typed}"
        expected = [f"{name}-{each}" for each in sorted(SEVEN) if each.startswith(typed)]
        for limit in (1, 3, 8):
            listed_names = []
            cursor = None
            while cursor != "":
                span = {"limit": limit, "cursor": cursor or "", "starts_with": prefix}
                page = listed.page(kit.state, name, **span)
                listed_names += [listed.sort_key(each).partition("#")[0] for each in page.items]
                cursor = page.cursor
            assert listed_names == expected
        beyond = {"limit": 8, "cursor": f"{name}-zzz", "starts_with": prefix}
        assert listed.page(kit.state, name, **beyond) == Page((), "")


def test_the_ids_of_a_list_are_those_of_its_items(kit, name):
    state, ids = kit.state, [f"{name}-{each}" for each in SEVEN]
    written(kit.ports, name, [an_engagement(each, external_id=f"daypass-{each}") for each in ids])
    for typed in PREFIXES:
        for limit, cursor in ((1, ""), (3, f"{name}-b-b"), (8, ""), (8, f"{name}-zzz")):
            span = {"limit": limit, "cursor": cursor, "starts_with": f"{name}-{typed}"}
            page = state.list(Engagement, **span)
            ids = tuple(item.id for item in page.items)
            assert state.list_ids(Engagement, **span) == Page(ids, page.cursor)
    for kind in (Role, Grant):
        with pytest.raises(TypeError):
            state.list_ids(kind, limit=1)


@every("listed", [item for item in LISTS if item.name != "all_roles"], name=new_name)
def test_a_cursor_is_valid_for_the_routes_and_shows_no_hash(kit, name, listed):
    items = seven(kit, name, listed)
    start = "" if listed.of_one else name
    page = listed.page(kit.state, name, limit=3, cursor=start)
    declared = TimeCursor if listed.name == "links" else NameCursor
    assert msgspec.convert(page.cursor, declared) == page.cursor
    if isinstance(items[2], Token | SetupLink):
        assert page.cursor.rpartition("#")[2] == items[2].id


@every("listed", LISTS, name=new_name)
def test_items_that_come_between_two_pages_do_not_move_the_rest(kit, name, listed):
    items = seven(kit, name, listed)
    start = "" if listed.of_one else name
    page = listed.page(kit.state, name, limit=3, cursor=start)
    assert list(page.items) == items[:3]
    more = [listed.make(name, f"{name}-{item}") for item in ("0", "c-c0", "dd", "z")]
    written(kit.ports, name + "b", more)
    rest = [item for page in walk(kit, name, listed, 2, page.cursor) for item in page]
    assert [item for item in rest if item in items] == items[3:]
    late = [item for item in more if listed.sort_key(item) > listed.sort_key(items[2])]
    assert rest == sorted(rest, key=listed.sort_key)
    assert rest == sorted([*items[3:], *late], key=listed.sort_key)


@every("listed", [item for item in LISTS if item.of_one], name=new_name)
def test_no_cursor_opens_another_list(kit, name, listed):
    mine, neighbours = f"{name}-b", (f"{name}-a", f"{name}-b-b", f"{name}-bb", f"{name}-c")
    for other in neighbours:
        written(kit.ports, other, [listed.make(other, f"x{other}"[:30])])
    ours = listed.make(mine, f"{name}-m")
    written(kit.ports, mine, [ours])
    moment = "9999-12-31T00:00:00.000000Z#f"
    for cursor in ("", "0", f"{name}-a", f"{name}-b", "z" * 40, "f" * 12, moment):
        page = listed.page(kit.state, mine, limit=9, cursor=cursor)
        assert page in (Page((ours,), ""), Page((), ""))


@every("listed", LISTS, name=new_name)
def test_a_name_that_begins_another_comes_before_it(kit, name, listed):
    names = (f"{name}", f"{name}-a", f"{name}-a-b", f"{name}-a0", f"{name}a")
    items = sorted((listed.make(name, item) for item in names), key=listed.sort_key)
    written(kit.ports, name, items)
    start = "" if listed.of_one else name[:-1]
    matches = [item for page in walk(kit, name, listed, 1, start) for item in page]
    assert matches[: len(items)] == items


def test_tokens_are_found_by_their_enrolment_code(kit, name):
    code = hash_of(name)
    token = a_token(name, enrolment=code)
    put(kit, name, token, a_token(name + "x"))
    assert list(kit.state.list(Token, enrolment=code, limit=1000).items) == [token]
    dead = replace(token, revoked_at=NOON, version=2)
    put(kit, name + "b", dead)
    rotated = a_token(name + "y", enrolment=code)
    put(kit, name + "c", rotated)
    items = kit.state.list(Token, enrolment=code, limit=1000).items
    assert sorted(items, key=lambda token: token.member) == [dead, rotated]
    assert list(kit.state.list(Token, enrolment=code[::-1], limit=1000).items) == []
