"""The page of all members: in pages, and by the beginning of an ID."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.usecases.web.people.listing import list_people
from tests.builders import a_member, a_scene, an_enrolment
from tests.fakes import NOON, World
from tests.rows import every
from tests.usecases.web.unreadable import UNAVAILABLE


def walk(world: World, starts_with: str = "") -> list[list[str]]:
    pages, cursor = [], None
    while cursor != "":
        page = list_people(world.ports(), starts_with=starts_with, cursor=cursor or "")
        pages.append([row.member.id for row in page.rows])
        cursor = page.cursor
    return pages


def test_everyone_is_listed_once_in_pages_of_25() -> None:
    world = World()
    names = [f"m-{number:03}" for number in range(60)]
    world.add(*map(a_member, names))
    assert walk(world) == [names[:25], names[25:50], names[50:]]
    world.add(a_member("z-z"))
    assert walk(world, "m-") == [names[:25], names[25:50], names[50:]]


@every(
    "starts_with, members",
    [
        ("b", ["bo", "bo-b", "bob", "bz"]),
        ("bo", ["bo", "bo-b", "bob"]),
        ("bob", ["bob"]),
        ("bo-", ["bo-b"]),
        ("a", ["an"]),
        ("c", []),
        ("an-", []),
        ("", ["an", "bo", "bo-b", "bob", "bz"]),
    ],
)
def test_a_filter_by_the_beginning_of_an_id(starts_with: str, members: list[str]) -> None:
    world = World()
    world.add(*map(a_member, ["an", "bo", "bo-b", "bob", "bz"]))
    assert walk(world, starts_with) == [members]


def test_the_row_says_whether_a_code_is_open() -> None:
    world = a_scene().world
    world.add(an_enrolment("bob", used_at=NOON), an_enrolment("sam"))
    world.add(an_enrolment("ada", expires_at=NOON + timedelta(seconds=1)))
    rows = {row.member.id: row.has_open_code for row in list_people(world.ports()).rows}
    assert rows == {"ada": True, "alice": True, "bob": False, "lena": False, "sam": False}
    world.later(seconds=1)
    assert not list_people(world.ports()).rows[0].has_open_code


def test_if_the_codes_cannot_be_read_the_members_are_shown() -> None:
    world = a_scene().world
    world.fails_at("get_together", UNAVAILABLE)
    assert {row.has_open_code for row in list_people(world.ports()).rows} == {None}
