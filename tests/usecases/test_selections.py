"""A list is read whole, searched, sorted and cut into pages, with few reads."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Kind, Member
from chalicelib.usecases import lists, selections
from chalicelib.usecases.engagements.listing import ENGAGEMENTS
from chalicelib.usecases.lists import PAGE_SIZE, list_all
from chalicelib.usecases.people.members import MEMBERS
from chalicelib.usecases.selections import ListFormat, SearchFilters
from tests.builders import a_member, a_role, a_scene, an_engagement
from tests.fakes import NOON, FakeState, World
from tests.rows import every
from tests.usecases.refusals import refused_field
from tests.usecases.unreadable import calls_of

NAMES = ("Ann Barnes", "Bo Sky", "Cy Skylark", "Dee", "Ed Barnes")


def scene_of(*items):
    scene = a_scene()
    for key in [key for key in scene.items if key[0] in (Engagement, Member)]:
        del scene.items[key]
    scene.add(a_member("lena", kind=Kind.LEAD), *items)
    return scene


def people(*names):
    return scene_of(*(a_member(f"m-{n:02}", name=name) for n, name in enumerate(names)))


def ask(scene, question=MEMBERS, **fields):
    return question.ask(scene.ports, scene.caller(), SearchFilters(**fields))


def ids(page):
    return " ".join(row.member.id for row in page.items)


@every(
    "fields, shown, total",
    [
        ({}, "lena m-00 m-01 m-02 m-03 m-04", 6),
        ({"q": "barnes"}, "m-00 m-04", 2),
        ({"q": "SKY"}, "m-01 m-02", 2),
        ({"q": "m-03"}, "m-03", 1),
        ({"q": "barnes sky"}, "", 0),
        ({"only": "leads"}, "lena", 1),
        ({"only": "members", "q": "barnes"}, "m-00 m-04", 2),
        ({"only": "leads,members"}, "lena m-00 m-01 m-02 m-03 m-04", 6),
        ({"only": "leads,suspended"}, "", 0),  # of each kind one
        ({"sort": "name"}, "m-00 m-01 m-02 m-03 m-04 lena", 6),
        ({"sort": "-name", "limit": 2}, "lena m-04", 6),
        ({"sort": "kind"}, "lena m-00 m-01 m-02 m-03 m-04", 6),
        ({"limit": 2, "cursor": "m-00"}, "m-01 m-02", 6),
        ({"limit": 2, "cursor": "m-00", "only": "leads"}, "", 1),  # the row itself may be left out
        ({"cursor": "nobody", "limit": 1}, "lena", 6),
        ({"format": ListFormat.CSV, "limit": 1}, "lena m-00 m-01 m-02 m-03 m-04", 6),
    ],
)
def test_a_selection_has_the_rows_that_its_fields_choose(fields, shown, total):
    page = ask(people(*NAMES), **fields)
    assert (ids(page), page.total) == (shown, total)


@every("fields, field", [({"sort": "x"}, "sort"), ({"only": "leads,x"}, "only")])
def test_an_unknown_column_or_filter_is_refused(fields, field):
    assert refused_field(ask, a_scene(), **fields) == field


def test_a_chip_says_how_many_rows_it_would_show():
    scene = people(*NAMES)
    scene.add(a_member("m-01", name="Bo Sky", suspended_at=NOON))

    def counts(**fields):
        return {each.chip.name: each.rows for each in ask(scene, **fields).chips}

    assert counts() == {"leads": 1, "members": 5, "active": 5, "suspended": 1}
    assert counts(q="sky") == {"members": 2, "active": 1, "suspended": 1}
    # What is chosen counts for the other kinds. A chosen chip is shown without rows, too.
    assert counts(only="suspended") == {"members": 1, "active": 5, "suspended": 1}
    assert counts(only="auditors", q="dee") == {"members": 1, "auditors": 0}


@given(
    count=st.integers(0, 30),
    limit=st.integers(3, 30),
    sort=st.sampled_from(["", "name", "-name", "kind", "-since", "open_code"]),
    only=st.sampled_from(["", "members", "active,leads"]),
    q=st.sampled_from(["", "b", "sky", "m-0"]),
)
def test_every_selected_row_is_on_one_page(count, limit, sort, only, q):
    scene = people(*(NAMES[n % 5] for n in range(count)))
    whole = ask(scene, q=q, only=only, sort=sort, format=ListFormat.CSV)
    rows = []
    cursor = ""
    while True:
        page = ask(scene, q=q, only=only, sort=sort, limit=limit, cursor=cursor)
        assert (page.first, page.total) == (len(rows), len(whole.items))
        assert len(page.items) <= min(limit, 25)
        rows += page.items
        cursor = page.cursor
        if not cursor:
            break
    assert tuple(rows) == whole.items
    every_id = {row.member.id for row in ask(scene, format=ListFormat.CSV).items}
    assert len(rows) == len({row.member.id for row in rows} & every_id)


def test_a_page_follows_the_last_row_although_that_is_no_longer_selected():
    scene = people(*NAMES)
    first = ask(scene, only="active", limit=3)
    scene.add(a_member("m-01", name="Bo Sky", suspended_at=NOON))
    assert ids(ask(scene, only="active", cursor=first.cursor)) == "m-02 m-03 m-04"


@every(
    "fields, shown, total, cursor",
    [
        ({}, "lena m-00 m-01", None, "m-01"),
        ({"cursor": "m-01"}, "m-02 m-03 m-04", None, "m-04"),
        ({"q": "m-0"}, "m-00 m-01 m-02", None, "m-02"),
        ({"q": "M-03"}, "m-03", 1, ""),
        ({"q": "le", "only": "leads", "sort": "name"}, "lena", 1, ""),
        ({"q": "barnes"}, "", 0, ""),
    ],
)
def test_in_a_list_that_is_too_long_a_search_finds_the_beginning_of_the_id(
    monkeypatch, fields, shown, total, cursor
):
    monkeypatch.setattr(selections, "MAX_ITEMS", 5)
    page = ask(people(*NAMES, *("F",) * 3), limit=3, **fields)
    assert page.is_by_id
    assert (ids(page), page.total, page.cursor) == (shown, total, cursor)


@every("fields", [{"sort": "name"}, {"only": "leads"}, {"format": ListFormat.CSV}])
def test_a_list_that_is_too_long_cannot_be_sorted_before_a_search(monkeypatch, fields):
    monkeypatch.setattr(selections, "MAX_ITEMS", 2)
    assert refused_field(ask, a_scene(), **fields) == "q"


@every("size", [10, 60, 100])
def test_the_number_of_reads_does_not_grow_with_the_list(size):
    scene = scene_of()
    for number in range(size):
        name = f"e-{number:03}"
        scene.add(an_engagement(name), a_role(engagement=name, verification=None))
    names = ("get_many", "get_together", "list_ids", "list")
    reads = [calls_of(scene.ports.state, name) for name in names]
    ask(scene, ENGAGEMENTS, sort="-ends_at")
    *once, lists = map(len, reads)
    assert once == [1, 1, 1]
    assert lists <= 3


# Complete lists


@every("many", [1, 2, 3, 7, 8])
def test_every_item_is_there_once_however_many_a_page_has(monkeypatch, many):
    monkeypatch.setattr(lists, "PAGE_SIZE", many)
    world = World()
    roles = [a_role(f"role-{number}") for number in range(7)]
    world.add(*reversed(roles), a_role(engagement="globex"))
    assert list_all(world.ports().state, Role, engagement="acme-prod") == tuple(roles)


def test_a_read_takes_as_much_as_one_answer_carries():
    items = []

    class Counted(FakeState):
        def list(self, kind, *, limit, cursor="", **by):
            items.append(limit)
            return super().list(kind, limit=limit, cursor=cursor, **by)

    list_all(Counted(World()), Engagement)
    assert items == [PAGE_SIZE]
