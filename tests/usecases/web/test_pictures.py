"""The page *Pictures*: its days, its edges and its pages."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.web.access_edges import EdgeChange, EdgeFilter
from chalicelib.usecases.web.pictures import read_access_comparison, read_daily_sessions
from tests.builders import NOON, Scene, a_grant, a_member, a_scene
from tests.rows import every
from tests.usecases.web.test_overview import run

TODAY = NOON.date()
DAY = timedelta(days=1)
ALL = EdgeFilter()


def with_two_days() -> Scene:
    """Return a scene on the day after alice had access, with another grant since."""
    scene = a_scene()
    run(scene)
    scene.later(days=1)
    scene.add(a_grant("alice", revoked_at=NOON), a_grant("lena"))
    run(scene)
    return scene


def test_before_the_first_overview_there_is_no_picture() -> None:
    scene = a_scene()
    access = read_access_comparison(scene.ports, ALL)
    assert (access.day, access.taken_at, access.edges) == (TODAY, None, ())
    sessions = read_daily_sessions(scene.ports)
    assert sessions.counted_at is None
    assert (len(sessions.days), sessions.days[-1]) == (90, (TODAY, None))


def test_the_first_day_has_nothing_to_compare_with() -> None:
    scene = a_scene()
    run(scene)
    access = read_access_comparison(scene.ports, ALL)
    assert (access.taken_at, access.before_taken_at) == (NOON, None)
    assert access.changes == {EdgeChange.SAME: 2}
    assert read_daily_sessions(scene.ports).counted_at == NOON


def test_today_is_compared_with_yesterday() -> None:
    access = read_access_comparison(with_two_days().ports, ALL)
    assert (access.day, access.before) == (TODAY + DAY, TODAY)
    assert (access.taken_at, access.before_taken_at) == (NOON + DAY, NOON)
    assert {edge.member: edge.change for edge in access.edges} == {
        "alice": EdgeChange.GONE,
        "bob": EdgeChange.SAME,
        "lena": EdgeChange.NEW,
    }


def test_until_today_has_a_record_yesterday_is_shown() -> None:
    scene = with_two_days()
    scene.later(hours=12)
    access = read_access_comparison(scene.ports, ALL)
    assert (access.day, access.before) == (TODAY + DAY, TODAY)
    assert access.changes[EdgeChange.NEW] == 1


def test_a_day_of_the_query_is_not_replaced() -> None:
    scene = with_two_days()
    scene.later(days=1)
    access = read_access_comparison(scene.ports, ALL, day=TODAY + 2 * DAY)
    assert (access.day, access.taken_at) == (TODAY + 2 * DAY, None)
    access = read_access_comparison(scene.ports, ALL, day=TODAY, before=TODAY + DAY)
    assert {edge.member: edge.change for edge in access.edges}["alice"] is EdgeChange.NEW


@every("page, shown, count", [(1, 1, 60), (2, 2, 60), (3, 3, 2), (4, 3, 2), (10_000, 3, 2)])
def test_a_page_has_sixty_edges_and_a_page_after_the_last_is_the_last(
    page: int, shown: int, count: int
) -> None:
    scene = a_scene()
    members = [f"m{number:03}" for number in range(120)]
    scene.add(*map(a_member, members), *map(a_grant, members))
    run(scene)
    access = read_access_comparison(scene.ports, ALL, page=page)
    assert (access.page, access.page_count, access.edge_count) == (shown, 3, 122)
    assert len(access.edges) == count


def test_a_filter_that_selects_nothing_has_one_empty_page() -> None:
    scene = with_two_days()
    access = read_access_comparison(scene.ports, EdgeFilter(member="ada"), page=2)
    assert (access.edges, access.page, access.page_count) == ((), 1, 1)
