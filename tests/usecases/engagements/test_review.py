"""The access review: every current grant once, with its last use; keep or end, on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.reviews import Decision, GrantReview, ReviewGrant
from chalicelib.domain.engagements.unused import UnusedGrant, UnusedGrants
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.review import (
    MAX_READS_PER_PAGE,
    ReviewedGrant,
    ReviewPart,
    decide_review,
    list_reviews,
)
from tests.builders import (
    Scene,
    a_grant,
    a_scene,
    an_engagement,
    an_intent,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.web.unreadable import UNAVAILABLE, fail

KEEP, END = Decision
DAY = timedelta(days=1)


def decide(
    scene: Scene,
    decision: Decision,
    member: str = "alice",
    *,
    by: str = "lena",
    engagement: str = "acme-prod",
    version: int | None = None,
) -> ReviewedGrant:
    request = ReviewGrant(decision=decision, version=version, why="project over")
    return scene.do(decide_review, engagement, member, request, by=by)


def reviewed(
    scene: Scene, part: ReviewPart = ReviewPart.ALL, *, limit: int = 25, **of: str
) -> list[GrantReview]:
    """Return the grants of all pages of this size."""
    grants: list[GrantReview] = []
    cursor: str | None = None
    while cursor != "":
        page = list_reviews(scene.ports, part, limit=limit, cursor=cursor or "", **of)
        assert len(page.items) <= limit
        grants += page.items
        cursor = page.cursor
    return grants


def grant_of(scene: Scene, member: str = "alice") -> Grant:
    return scene.get(Grant, "acme-prod", member)


def many_grants() -> Scene:
    """Return a scene in which one engagement has 30 grants, and others have one. Half of those are
    over."""
    scene = a_scene(
        *(a_grant(f"m{number:02}") for number in range(30)),
        a_grant("ended", ends_at=NOON),
        a_grant("revoked", revoked_at=NOON),
        a_grant("upcoming", starts_at=NOON + DAY),
    )
    for number in range(60):
        name = f"e{number:02}"
        ends = {"closed_at": NOON} if number % 2 else {}
        scene.add(an_engagement(name, **ends), a_grant(engagement=name))  # type: ignore[arg-type]
    return scene


@every("limit", [1, 2, 7, 25, 200])
def test_the_pages_show_every_grant_that_still_counts_once_and_in_order(limit: int) -> None:
    scene = many_grants()
    acme = sorted(["alice", "sam", "upcoming", *(f"m{number:02}" for number in range(30))])
    others = [(f"e{number:02}", "alice") for number in range(0, 60, 2)]
    expected = [*(("acme-prod", member) for member in acme), *others, ("globex", "bob")]
    assert [(grant.engagement, grant.member) for grant in reviewed(scene, limit=limit)] == expected
    assert len(list_reviews(scene.ports, limit=200).items) == 25


def test_a_page_reads_grants_25_times_at_most_and_the_next_continues() -> None:
    scene = a_scene()
    for number in range(40):
        scene.add(an_engagement(f"e{number:02}"), a_grant("x", engagement=f"e{number:02}"))
        scene.add(a_grant("x", engagement=f"e{number:02}", revoked_at=NOON))
    scene.add(*(a_grant(f"a{number:03}", ends_at=NOON) for number in range(350)))
    state, reads = scene.ports.state, []
    listed = state.list

    def count(kind: Any, **by: Any) -> Any:
        reads.append(kind)
        return listed(kind, **by)

    state.list = count  # type: ignore[method-assign]
    page = list_reviews(scene.ports, limit=25)
    assert reads.count(Grant) == MAX_READS_PER_PAGE
    assert len(reads) == MAX_READS_PER_PAGE + 1
    rest = list_reviews(scene.ports, limit=25, cursor=page.cursor)
    assert [grant.member for grant in (*page.items, *rest.items)] == ["alice", "sam", "bob"]


def test_a_cursor_of_an_unknown_engagement_skips_no_grant() -> None:
    scene = a_scene()
    page = list_reviews(scene.ports, limit=25, cursor="aaa:zzz")
    assert list(page.items) == reviewed(scene)


def test_a_grant_shows_its_roles_on_request_and_how_often_one_was_opened_in_an_emergency() -> None:
    scene = a_scene()
    roles = frozenset({"readonly", "deploy"})
    conditions = {"on_request": roles, "emergency": frozenset({"deploy"})}
    opened = EmergencyRecord(engagement="acme-prod", member="alice", count=3, last_at=NOON)
    elsewhere = EmergencyRecord(engagement="acme-prod", member="bob", count=9, last_at=NOON)
    lock = EmergencyLock(member="alice", request="alice.01lgav20du6bm9dm")
    reviewed_lock = EmergencyLock(member="bob", request=None)
    scene.add(a_grant(roles=roles, **conditions), opened, elsewhere, lock, reviewed_lock)
    alices, sams, bobs = reviewed(scene)
    assert alices.unreviewed_emergency == lock.request
    assert (alices.on_request, alices.emergency) == (roles, frozenset({"deploy"}))
    assert (alices.emergencies, alices.last_emergency_at) == (3, NOON)
    assert alices.access == "deploy (on request or in an emergency), readonly (on request)"
    assert alices.notes == (
        "Opened 3 times in an emergency, the last on 24 November 2026, 12:00 UTC. The emergency"
        " alice.01lgav20du6bm9dm has no review yet."
    )
    for other in (sams, bobs):
        assert (other.on_request, other.emergencies) == (frozenset(), 0)
        assert other.unreviewed_emergency is None


def test_a_grant_shows_when_it_was_last_used() -> None:
    scene = a_scene()
    scene.later(days=1)
    scene.vend()
    scene.later(days=2, hours=1)
    alices = reviewed(scene)[0]
    searched_from = NOON + 3 * DAY + timedelta(hours=1) - 90 * DAY
    assert (alices.last_used_at, alices.searched_from) == (NOON + DAY, searched_from)
    assert (alices.unused_days, alices.last_use) == (2, "2 days ago")


def test_a_grant_that_was_unused_for_30_days_is_proposed_for_ending() -> None:
    """It was never used if the trail was searched back to its creation."""
    old = a_grant("olga", created_at=NOON - 91 * DAY)
    scene = a_scene(old, a_grant("carl", created_at=NOON - 29 * DAY))
    scene.vend()
    assert {each.member: (each.proposal, each.was_never_used) for each in reviewed(scene)} == {
        "alice": (KEEP, False),
        "carl": (KEEP, True),
        "olga": (END, False),
        "sam": (END, True),
        "bob": (END, True),
    }


def test_if_the_query_stops_before_90_days_the_review_says_how_far_it_searched() -> None:
    scene = a_scene()
    stopped_at = NOON - 3 * DAY
    trail = scene.ports.trail
    queries: list[TrailQuery] = []

    def page(query: TrailQuery) -> Any:
        queries.append(query)
        return Page((), f"{stopped_at:%Y-%m-%dT%H:%M:%S.%f}Z#0")

    trail.page = page  # type: ignore[method-assign]
    first = reviewed(scene)[0]
    assert (first.last_used_at, first.searched_from, first.unused_days) == (None, stopped_at, 3)
    assert first.proposal is KEEP
    assert len(queries) == 3  # one query for each member


def test_the_uses_of_a_member_with_several_grants_come_from_one_query() -> None:
    scene = a_scene(a_grant(engagement="globex"))
    scene.vend()
    scene.later(days=1)
    scene.vend(engagement="globex")
    trail, queries = scene.ports.trail, []
    page = trail.page

    def count(query: TrailQuery) -> Any:
        queries.append(query.member)
        return page(query)

    trail.page = count  # type: ignore[method-assign]
    used = {(grant.engagement, grant.member): grant.last_used_at for grant in reviewed(scene)}
    assert used["acme-prod", "alice"] == NOON
    assert used["globex", "alice"] == NOON + DAY
    assert sorted(queries) == ["alice", "bob", "sam"]


@every(
    "query, expected",
    [
        ({"engagement": "acme-prod"}, [("acme-prod", "alice"), ("acme-prod", "sam")]),
        ({"member": "alice"}, [("acme-prod", "alice"), ("globex", "alice")]),
        ({"engagement": "globex", "member": "alice"}, [("globex", "alice")]),
        ({"engagement": "globex", "member": "sam"}, []),
    ],
)
def test_the_grants_of_one_engagement_or_one_member(
    query: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    scene = a_scene(a_grant(engagement="globex"), a_grant("old", ends_at=NOON))
    for limit in (1, 25):
        shown = reviewed(scene, limit=limit, **query)
        assert [(each.engagement, each.member) for each in shown] == expected
    scene.add(an_engagement(closed_at=NOON))
    assert "acme-prod" not in {each.engagement for each in reviewed(scene, **query)}


# The unused grants as of the last overview

OLD = NOON - 60 * DAY
ALICE, BOB = ("acme-prod", "alice"), ("globex", "bob")


def with_unused(scene: Scene, *rows: tuple[str, str], searched_days: int = 89) -> None:
    """Store these grants, 60 days old, and a list of them as unused from an hour ago."""
    for engagement, member in rows:
        scene.add(a_grant(member, engagement=engagement, created_at=OLD, starts_at=OLD))
    taken_at = NOON - timedelta(hours=1)
    unused = UnusedGrants(
        taken_at=taken_at,
        searched_from=taken_at - searched_days * DAY,
        count=len(rows),
        rows=tuple(UnusedGrant(engagement=e, member=m) for e, m in rows),
    )
    scene.add(unused)


def unused_of(scene: Scene, limit: int = 25) -> list[tuple[str, str]]:
    shown = reviewed(scene, ReviewPart.UNUSED, limit=limit)
    return [(each.engagement, each.member) for each in shown]


def test_the_unused_grants_of_all_engagements_are_one_list_with_pages() -> None:
    scene = a_scene()
    assert unused_of(scene) == []  # there is no list yet
    many = [("acme-prod", f"m-{n:03}") for n in range(53)]
    with_unused(scene, BOB, ALICE, *many)
    for limit in (1, 25):
        assert unused_of(scene, limit) == [BOB, ALICE, *many]


@every(
    "change",
    [
        an_intent("alice", at=NOON - timedelta(minutes=30)),
        a_grant("alice", created_at=OLD, starts_at=OLD, revoked_at=NOON),
        a_grant("alice", created_at=OLD, starts_at=OLD, ends_at=NOON),
        a_grant("alice", created_at=NOON, starts_at=OLD),
        a_grant("alice", created_at=OLD, starts_at=NOON),
        an_engagement(closed_at=NOON),
        an_engagement(ends_at=NOON),
    ],
)
def test_a_grant_that_was_used_or_has_ended_since_the_overview_is_left_out(change: Any) -> None:
    scene = a_scene()
    with_unused(scene, ALICE, BOB, ("gone", "alice"))
    if isinstance(change, Entry):
        scene.entries.append(change)
    else:
        scene.add(change)
    assert unused_of(scene) == [BOB]


def test_keeping_a_grant_is_recorded_on_the_trail_and_on_the_grant() -> None:
    scene = a_scene()
    kept = decide(scene, KEEP)
    assert kept.revocation is None
    assert kept.grant == a_grant(reviewed_at=NOON, reviewed_by="lena", version=2)
    assert grant_of(scene) == kept.grant
    shown = next(grant for grant in reviewed(scene) if grant.member == "alice")
    assert (shown.reviewed_at, shown.reviewed_by, shown.version) == (NOON, "lena", 2)


def test_ending_a_grant_records_the_decision_and_revokes_the_grant_once() -> None:
    scene = a_scene()
    scene.vend()
    ended = decide(scene, END)
    assert ended.revocation.alive == 1
    assert (ended.grant.revoked_at, ended.grant.reviewed_by) == (NOON, "lena")
    assert "alice" not in {grant.member for grant in reviewed(scene)}
    story = scene.story()
    assert decide(scene, END).revocation == ended.revocation
    assert scene.story() == story


@every("decision", Decision)
def test_no_one_decides_about_their_own_grant(decision: Decision) -> None:
    scene = a_scene(a_grant("lena"))
    assert refusal_of(AccessDenied, decide, scene, decision, "lena") == "own-grant"
    assert grant_of(scene, "lena") == a_grant("lena")
    assert scene.story() == ["grant.review refused own-grant"]


@every("decision", Decision)
def test_a_decision_about_a_grant_that_changed_meanwhile_is_refused(decision: Decision) -> None:
    scene = a_scene()
    seen = reviewed(scene)[0].version
    longer = ChangeGrant(ends_at=NOON + 40 * DAY)
    scene.do(change_grant, "acme-prod", "alice", longer)
    before = scene.story()
    assert refusal_of(Conflict, decide, scene, decision, version=seen) == "changed-meanwhile"
    assert scene.story() == before
    decide(scene, decision, version=seen + 1)


@every("decision", Decision)
def test_a_change_at_the_same_moment_refuses_the_decision(decision: Decision) -> None:
    scene = a_scene()
    longer = ChangeGrant(ends_at=NOON + 40 * DAY)
    meanwhile = lambda: scene.do(change_grant, "acme-prod", "alice", longer)  # noqa: E731
    scene.just_before("change", meanwhile)
    assert refusal_of(Conflict, decide, scene, decision) == "changed-meanwhile"
    assert grant_of(scene).reviewed_at is None
    assert grant_of(scene).revoked_at is None


def before_effect(_: Callable[..., Any]) -> Callable[..., Any]:
    return fail


def after_effect(call: Callable[..., Any]) -> Callable[..., Any]:
    def call_and_fail(*arguments: Any, **keywords: Any) -> Any:
        call(*arguments, **keywords)
        fail()

    return call_and_fail


@every("decision", Decision)
@every("fault", [before_effect, after_effect])
@every("step", ["get", "change", "save", "apply"])
def test_after_a_fault_at_any_step_the_decision_can_be_repeated(
    step: str, fault: Callable[[Callable[..., Any]], Callable[..., Any]], decision: Decision
) -> None:
    """Whatever was written has its entry, and a grant is never ended without a decision."""
    scene = a_scene()
    state = scene.ports.state
    original = getattr(state, step)
    setattr(state, step, fault(original))
    request = ReviewGrant(decision=decision, why="project over")
    try:
        scene.do(decide_review, "acme-prod", "alice", request)
    except DaypassError as error:
        assert error is UNAVAILABLE  # noqa: PT017
    setattr(state, step, original)
    written = grant_of(scene)
    assert (written.reviewed_at is not None) is ("grant.review done" in scene.story())
    assert written.revoked_at is None or "grant.review done" in scene.story()
    decide(scene, decision)
    assert grant_of(scene).reviewed_by == "lena"
    assert (grant_of(scene).revoked_at is not None) is (decision is END)
    assert scene.story().count("grant.revoke done") == (decision is END)


def test_a_new_grant_has_not_been_reviewed() -> None:
    scene = a_scene()
    decide(scene, KEEP)
    scene.do(revoke_grant, "acme-prod", "alice", why="done")
    request = CreateGrant(member="alice", roles=frozenset({"readonly"}))
    new = scene.do(create_grant, "acme-prod", request)
    assert (new.reviewed_at, new.reviewed_by) == (None, None)
