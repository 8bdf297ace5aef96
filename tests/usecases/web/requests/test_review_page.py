"""The page of the access review: the grants of one engagement, or of one member."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.reviews import Decision
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.web.overview.unused import UnusedGrant, UnusedGrants
from chalicelib.usecases.engagements.review import list_reviews
from chalicelib.usecases.web.requests.review_page import (
    ROWS,
    ReviewPage,
    UnusedPage,
    read_engagement_review,
    read_member_review,
    read_unused_review,
)
from tests.builders import (
    BEFORE,
    Scene,
    a_grant,
    a_member,
    a_scene,
    an_emergency_lock,
    an_emergency_record,
    an_engagement,
    an_intent,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import refused
from tests.usecases.web.unreadable import fail


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene()


def members(page: ReviewPage) -> list[str]:
    return [row.grant.member for row in page.rows]


def test_engagements_follow_one_another(scene: Scene) -> None:
    page = read_engagement_review(scene.ports)
    assert page.engagement == an_engagement()
    assert members(page) == ["alice", "sam"]
    page = read_engagement_review(scene.ports, cursor=page.next_engagement)
    assert (page.engagement.id, members(page), page.next_engagement) == ("globex", ["bob"], "")
    page = read_engagement_review(scene.ports, cursor="globex")
    assert (page.engagement, page.rows, page.next_engagement) == (None, (), "")


def test_an_engagement_that_is_over_is_left_out(scene: Scene) -> None:
    scene.add(an_engagement(closed_at=BEFORE))
    page = read_engagement_review(scene.ports)
    assert page.engagement.id == "globex"


def test_if_all_that_were_read_are_over_the_page_leads_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.usecases.web.requests.review_page._ENGAGEMENTS_READ", 1)
    scene.add(an_engagement(closed_at=BEFORE))
    page = read_engagement_review(scene.ports)
    assert (page.engagement, page.next_engagement) == (None, "acme-prod")


def test_it_agrees_with_the_review_of_the_api(scene: Scene) -> None:
    scene.add(an_emergency_record("alice"), an_emergency_lock("alice"))
    scene.entries.append(an_intent())
    expected = {(r.engagement, r.member): r for r in list_reviews(scene.ports, limit=25).items}
    by_engagement = [
        read_engagement_review(scene.ports, engagement=name) for name in ("acme-prod", "globex")
    ]
    by_member = [read_member_review(scene.ports, name) for name in ("alice", "bob", "sam")]
    for pages in (by_engagement, by_member):
        rows = [row for page in pages for row in page.rows]
        assert {row.grant.key: row.review for row in rows} == expected
        assert {row.member.id for row in rows if row.member} == {"alice", "bob", "sam"}
    assert expected["acme-prod", "alice"].last_used_at == NOON
    assert expected["acme-prod", "alice"].proposal is Decision.KEEP


def test_an_engagement_with_many_grants_has_pages(scene: Scene) -> None:
    names = [f"m-{n:03}" for n in range(2 * ROWS + 3)]
    scene.add(an_engagement("mega"), *(a_grant(n, engagement="mega") for n in names))
    scene.add(*(a_grant(f"a-{n}", engagement="mega", revoked_at=BEFORE) for n in range(130)))
    page = read_engagement_review(scene.ports, engagement="mega")
    shown = members(page)
    while page.cursor:
        page = read_engagement_review(scene.ports, cursor=page.cursor)
        assert page.next_engagement == "mega"
        shown += members(page)
    assert shown == names


def test_a_member_with_many_grants_has_pages(scene: Scene) -> None:
    names = [f"e-{n:03}" for n in range(ROWS + 3)]
    for name in names:
        scene.add(an_engagement(name, external_id=name), a_grant("carol", engagement=name))
    scene.add(a_member("carol"))
    page = read_member_review(scene.ports, "carol")
    second = read_member_review(scene.ports, "carol", page.cursor)
    assert [row.grant.engagement for row in (*page.rows, *second.rows)] == names
    assert second.cursor == ""


def test_unknown_members_and_engagements_hide_no_grant(scene: Scene) -> None:
    scene.add(a_grant("ghost"), a_grant("bob", engagement="gone"))
    page = read_engagement_review(scene.ports, engagement="acme-prod")
    assert [row.grant.member for row in page.rows if row.member is None] == ["ghost"]
    rows = read_member_review(scene.ports, "bob").rows
    assert [row.grant.engagement for row in rows if row.engagement is None] == ["gone"]


def test_a_member_or_an_engagement_that_does_not_exist_is_refused(scene: Scene) -> None:
    error = refused(read_engagement_review, scene.ports, engagement="nowhere")
    assert error.reason is Reason.NO_SUCH_ENGAGEMENT
    error = refused(read_engagement_review, scene.ports, cursor="nowhere:bob")
    assert error.reason is Reason.NO_SUCH_ENGAGEMENT
    assert refused(read_member_review, scene.ports, "ghost").reason is Reason.NO_SUCH_MEMBER


def test_uses_that_cannot_be_read_are_unknown_and_propose_nothing(scene: Scene) -> None:
    scene.ports.trail.page = fail  # type: ignore[method-assign]
    for page in (
        read_engagement_review(scene.ports, engagement="acme-prod"),
        read_member_review(scene.ports, "alice"),
    ):
        assert page.searched_from is None
        assert page.rows
        assert all(row.review is None for row in page.rows)


DAY = timedelta(days=1)
OLD = NOON - 60 * DAY


def with_unused(scene: Scene, *rows: tuple[str, str], **changes: Any) -> None:
    """Store these grants, 60 days old, and a list of them as unused from an hour ago."""
    for engagement, member in rows:
        scene.add(a_grant(member, engagement=engagement, created_at=OLD, starts_at=OLD))
    unused = UnusedGrants(
        taken_at=NOON - timedelta(hours=1),
        searched_from=NOON - 89 * DAY,
        count=len(rows),
        rows=tuple(
            UnusedGrant(engagement=engagement, member=member, last_used_at=None)
            for engagement, member in rows
        ),
    )
    scene.add(replace(unused, **changes))


def shown_by(page: UnusedPage) -> list[tuple[str, ...]]:
    return [row.grant.key for row in page.rows]


ALICE, BOB = ("acme-prod", "alice"), ("globex", "bob")


def test_before_the_first_overview_there_is_no_list_of_unused_grants(scene: Scene) -> None:
    assert read_unused_review(scene.ports) == UnusedPage(unused=None)


def test_the_unused_grants_of_all_engagements_are_one_list(scene: Scene) -> None:
    with_unused(scene, BOB, ALICE)
    page = read_unused_review(scene.ports)
    assert shown_by(page) == [BOB, ALICE]
    row = page.rows[0]
    assert (row.engagement.id, row.member.id, row.review.unused_days) == ("globex", "bob", 60)
    assert not page.may_miss_later_uses


@pytest.mark.parametrize(
    "change",
    [
        an_intent("alice", at=NOON - timedelta(minutes=30)),
        an_intent("alice", at=NOON - timedelta(minutes=61)),  # its outcome came after the overview
        a_grant("alice", created_at=OLD, starts_at=OLD, revoked_at=BEFORE),
        a_grant("alice", created_at=OLD, starts_at=OLD, ends_at=NOON),
        a_grant("alice", created_at=NOON, starts_at=OLD),
        a_grant("alice", created_at=OLD, starts_at=NOON),
        an_engagement(closed_at=BEFORE),
        an_engagement(ends_at=NOON),
    ],
    ids=["used", "used meanwhile", "revoked", "ended", "granted again", "moved", "closed", "over"],
)
def test_a_grant_that_was_used_or_has_ended_since_the_overview_is_left_out(
    scene: Scene, change: Any
) -> None:
    with_unused(scene, ALICE, BOB)
    if isinstance(change, Entry):
        scene.entries.append(change)
    else:
        scene.add(change)
    page = read_unused_review(scene.ports)
    assert (shown_by(page), page.left_out_count) == ([BOB], 1)


def test_a_grant_that_does_not_exist_or_has_no_engagement_any_more_is_left_out(
    scene: Scene,
) -> None:
    with_unused(scene, ("gone", "alice"), ALICE)
    row = UnusedGrant(engagement="acme-prod", member="nobody", last_used_at=None)
    (unused,) = scene.find(UnusedGrants, where=lambda _: True)
    scene.add(replace(unused, rows=(row, *unused.rows)))
    assert shown_by(read_unused_review(scene.ports)) == [ALICE]


def test_the_list_of_unused_grants_has_pages(scene: Scene) -> None:
    rows = [("acme-prod", f"m-{n:03}") for n in range(2 * ROWS + 3)]
    with_unused(scene, *rows)
    pages = [read_unused_review(scene.ports, number) for number in (1, 2, 3, 9)]
    assert [row for page in pages[:3] for row in shown_by(page)] == rows
    assert [(page.page, page.page_count) for page in pages] == [(1, 3), (2, 3), (3, 3), (3, 3)]


def test_uses_since_the_overview_that_cannot_all_be_read_are_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_unused(scene, ALICE, BOB)
    monkeypatch.setattr("chalicelib.usecases.web.requests.review_page._ENTRIES_READ", 1)
    scene.world.entries += [an_intent("sam", f"{n:016x}", at=BEFORE) for n in range(3)]
    at = NOON - timedelta(minutes=5)
    scene.world.entries += [an_intent("sam", f"b{n:015x}", at=at) for n in range(3)]
    assert read_unused_review(scene.ports).may_miss_later_uses

    scene.ports.trail.page = fail  # type: ignore[method-assign]
    page = read_unused_review(scene.ports)
    assert (shown_by(page), page.may_miss_later_uses) == ([ALICE, BOB], True)
