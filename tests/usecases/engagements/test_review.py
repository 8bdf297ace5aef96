"""The access review: every current grant once, with its last use; keep or end, on record."""

from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.engagements.unused import UnusedGrant, UnusedGrants
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Page
from chalicelib.usecases.engagements import review
from chalicelib.usecases.engagements.grants import (
    change_grant,
    create_grant,
    decide_review,
    revoke_grant,
)
from chalicelib.usecases.engagements.review import REVIEW, ReviewFilters, ReviewPart
from tests.builders import a_grant, a_scene, an_engagement, an_intent
from tests.fakes import DAY, HOUR, MINUTE, NOON
from tests.rows import every
from tests.usecases.lost_answers import loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.telling import Telling, as_json, vends
from tests.usecases.unreadable import calls_of

KEEP, END = Decision


def decide(scene, decision, member="alice", *, by="lena", engagement="acme-prod", version=None):
    request = ReviewGrant(decision=decision, version=version, why="project over")
    return scene.do(decide_review, engagement, member, request, by=by)


def listed(scene, **filters):
    return REVIEW.ask(scene.ports, scene.caller(), ReviewFilters(**filters))


def reviewed(scene, part=ReviewPart.ALL, *, limit=25, **of):
    """Return the grants of all pages of this size."""
    grants = []
    cursor = None
    while cursor != "":
        page = listed(scene, part=part, limit=limit, cursor=cursor or "", **of)
        assert len(page.items) <= limit
        grants += page.items
        cursor = page.cursor
    return grants


def keys_of(scene, *part, **of):
    return [each.key for each in reviewed(scene, *part, **of)]


def grant_of(scene):
    return scene.stored(Grant, "acme-prod", "alice")


def many_grants():
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
        closed_at = NOON if number % 2 else None
        scene.add(an_engagement(name, closed_at=closed_at), a_grant(engagement=name))
    return scene


@every("limit", [1, 2, 7, 25, 200])
def test_the_pages_show_every_grant_that_still_counts_once_and_in_order(limit):
    scene = many_grants()
    acme = sorted(["alice", "sam", "upcoming", *(f"m{number:02}" for number in range(30))])
    others = [f"e{number:02}:alice" for number in range(0, 60, 2)]
    expected = [*(f"acme-prod:{member}" for member in acme), *others, "globex:bob"]
    assert keys_of(scene, limit=limit) == expected
    assert len(listed(scene, limit=200).items) == 25


@every("limit", [1, 7, 25])
@every("history", [0, 5, 60])
def test_a_firm_with_more_engagements_than_are_read_gets_pages_by_engagement(
    monkeypatch, limit, history
):
    """An engagement may have many ended grants."""
    monkeypatch.setattr(review, "ENGAGEMENTS_READ", 4)
    scene = many_grants()
    scene.add(*(a_grant(f"a{number:03}", ends_at=NOON) for number in range(history)))
    keys = keys_of(scene, limit=limit)
    monkeypatch.undo()
    assert keys == keys_of(scene)
    monkeypatch.setattr(review, "ENGAGEMENTS_READ", 4)
    page = listed(scene, q="e0", limit=limit)
    assert (page.is_by_id, page.total) == (True, None)
    assert listed(scene, q="globex", sort="-client").total == 1


def test_the_list_reads_each_engagement_once_and_the_uses_of_the_rows_it_shows():
    scene = many_grants()
    reads = calls_of(scene.ports.state, "list_ignoring_stops")
    searches = calls_of(scene.ports.trail, "page")
    listed(scene, limit=3)
    assert (reads.count((Grant,)), len(searches)) == (32, 3)


@every(
    "query, expected",
    [
        ({"q": "ALICE globex"}, []),
        ({"q": "bob"}, ["globex:bob"]),
        ({"q": "readonly acme", "only": "suspended"}, ["acme-prod:sam"]),
        ({"q": "acme", "sort": "-member"}, ["acme-prod:sam", "acme-prod:alice"]),
    ],
)
def test_grants_are_found_by_people_clients_and_roles(query, expected):
    scene = a_scene()
    assert [each.key for each in listed(scene, **query).items] == expected


def test_a_cursor_of_an_unknown_engagement_skips_no_grant():
    scene = a_scene()
    page = listed(scene, limit=25, cursor="aaa:zzz")
    assert list(page.items) == reviewed(scene)


def test_if_the_query_stops_before_90_days_the_review_says_how_far_it_searched():
    scene = a_scene()
    stopped_at = NOON - 3 * DAY
    stopped = Page((), f"{stopped_at:%Y-%m-%dT%H:%M:%S.%f}Z#0")
    scene.ports.trail.page = lambda _: stopped
    queries = calls_of(scene.ports.trail, "page")
    first = reviewed(scene)[0]
    assert (first.last_used_at, first.searched_from, first.unused_days) == (None, stopped_at, 3)
    assert first.proposal is KEEP
    assert len(queries) == 3  # one query for each member


def test_the_uses_of_a_member_with_several_grants_come_from_one_query():
    scene = a_scene(a_grant(engagement="globex"))
    scene.vend()
    scene.later(days=1)
    scene.vend(engagement="globex")
    queries = calls_of(scene.ports.trail, "page")
    used = {each.key: each.last_used_at for each in reviewed(scene)}
    assert (used["acme-prod:alice"], used["globex:alice"]) == (NOON, NOON + DAY)
    assert sorted(query.member for (query,) in queries) == ["alice", "bob", "sam"]


@every(
    "query, expected",
    [
        ({"engagement": "acme-prod"}, ["acme-prod:alice", "acme-prod:sam"]),
        ({"member": "alice"}, ["acme-prod:alice", "globex:alice"]),
        ({"engagement": "globex", "member": "alice"}, ["globex:alice"]),
        ({"engagement": "globex", "member": "sam"}, []),
    ],
)
def test_the_grants_of_one_engagement_or_one_member(query, expected):
    scene = a_scene(a_grant(engagement="globex"), a_grant("old", ends_at=NOON))
    for limit in (1, 25):
        assert keys_of(scene, limit=limit, **query) == expected
    scene.add(an_engagement(closed_at=NOON))
    assert not any(key.startswith("acme-prod:") for key in keys_of(scene, **query))


# The unused grants as of the last overview

OLD = NOON - 60 * DAY
ALICE, BOB = ("acme-prod", "alice"), ("globex", "bob")
AN_OLD_GRANT = a_grant(created_at=OLD, starts_at=OLD)


def with_unused(scene, *rows, searched_days=89):
    """Store these grants, 60 days old, and a list of them as unused from an hour ago."""
    for engagement, member in rows:
        scene.add(replace(AN_OLD_GRANT, member=member, engagement=engagement))
    taken_at = NOON - HOUR
    unused = UnusedGrants(
        taken_at=taken_at,
        searched_from=taken_at - searched_days * DAY,
        count=len(rows),
        rows=tuple(UnusedGrant(engagement=e, member=m) for e, m in rows),
    )
    scene.add(unused)


def unused_of(scene, limit=25):
    keys = keys_of(scene, ReviewPart.UNUSED, limit=limit)
    return [tuple(key.split(":")) for key in keys]


def test_the_unused_grants_of_all_engagements_are_one_list_with_pages():
    scene = a_scene()
    assert unused_of(scene) == []  # there is no list yet
    many = [("acme-prod", f"m-{n:03}") for n in range(53)]
    with_unused(scene, BOB, ALICE, *many)
    for limit in (1, 25):
        assert unused_of(scene, limit) == [BOB, ALICE, *many]


@every(
    "change",
    [
        replace(AN_OLD_GRANT, revoked_at=NOON),
        replace(AN_OLD_GRANT, ends_at=NOON),
        an_engagement(closed_at=NOON),
        an_engagement(ends_at=NOON),
    ],
)
def test_a_grant_that_has_ended_since_the_overview_is_left_out(change):
    scene = a_scene()
    with_unused(scene, ALICE, BOB, ("gone", "alice"))
    scene.add(change)
    assert unused_of(scene) == [BOB]
    assert keys_of(scene, ReviewPart.UNUSED, member="bob") == ["globex:bob"]


@every(
    "change",
    [
        an_intent("alice", at=NOON - 30 * MINUTE),
        replace(AN_OLD_GRANT, created_at=NOON),
        replace(AN_OLD_GRANT, starts_at=NOON),
    ],
)
def test_a_grant_that_was_used_since_the_overview_says_so(change):
    scene = a_scene()
    with_unused(scene, ALICE, BOB)
    if isinstance(change, Entry):
        scene.entries.append(change)
    else:
        scene.add(change)
    assert [each.proposal for each in reviewed(scene, ReviewPart.UNUSED)] == [KEEP, END]


def lists(scene):
    texts = ("access", "last_use", "notes", "unused_days", "proposal", "was_never_used")
    return {
        f"{each.engagement} {each.member}": as_json(each)
        | {name: str(getattr(each, name)) for name in texts}
        for each in reviewed(scene)
    }


def extends(scene):
    scene.do(change_grant, "acme-prod", "alice", ChangeGrant(ends_at=NOON + 40 * DAY))


def grants_anew(scene):
    scene.do(revoke_grant, "acme-prod", "alice", why="done")
    scene.do(create_grant, "acme-prod", CreateGrant(member="alice", roles=READONLY))


def waits(scene):
    scene.later(days=1, hours=1)


READONLY, ROLES = frozenset({"readonly"}), frozenset({"readonly", "deploy"})
OPENED = EmergencyRecord(engagement="acme-prod", member="alice", count=3, last_at=NOON)
# What is stored before, and the acts
STORIES = {
    "The last use": ([], [(waits,), (vends,), (waits,), (waits,), (lists,)]),
    "Unused for 30 days, and since before the trail was searched": (
        [
            a_grant("olga", created_at=NOON - 91 * DAY),
            a_grant("carl", created_at=NOON - 29 * DAY),
        ],
        [(vends,), (lists,)],
    ),
    "Roles on request, and emergencies": (
        [
            a_grant(roles=ROLES, on_request=ROLES, emergency=ROLES - READONLY),
            OPENED, replace(OPENED, member="bob", count=9),
            EmergencyLock(member="alice", request="alice.01lgav20du6bm9dm"),
            EmergencyLock(member="bob", request=None),
        ],
        [(lists,)],
    ),
    "A grant is kept, and then made anew": ([], [(decide, KEEP), (lists,), (grants_anew,)]),
    "A grant is ended, once": ([], [(vends,), (decide, END), (lists,), (decide, END)]),
    "No one decides about their own grant": (
        [a_grant("lena")], [(decide, KEEP, "lena"), (decide, END, "lena")],
    ),
}  # fmt: skip


def test_what_a_review_shows_and_does_is_as_the_file_says():
    story = Telling()
    for title, (items, acts) in STORIES.items():
        story.tell(title, a_scene(*items), acts)
    for decision in Decision:
        scene = story.begin("The grant was changed since the lead saw it", a_scene())
        story.do(extends, scene)
        for version in (1, 2):
            story.do(decide, scene, decision, version=version)
        scene = story.begin("The grant is changed at the same moment", a_scene())
        scene.just_before("change", partial(extends, scene))
        story.do(decide, scene, decision)
    story.hold("engagements/review")


@every("decision", Decision)
@every("has_effect", [False, True])
@every("step", ["get", "change", "save", "apply"])
@every("version", [None, 1])
def test_after_a_fault_at_any_step_the_decision_can_be_repeated(
    step, decision, version, *, has_effect
):
    """Whatever was written has its entry, and a grant is never ended without a decision."""
    scene = a_scene()
    with loses_answer(scene, step, has_effect=has_effect, times=1000):
        reason = reason_of(decide, scene, decision, version=version)
        assert reason in (None, "records-unavailable")
    written = grant_of(scene)
    assert (written.reviewed_at is not None) is ("grant.review done" in scene.story())
    assert written.revoked_at is None or "grant.review done" in scene.story()
    decide(scene, decision, version=version)
    assert grant_of(scene).reviewed_by == "lena"
    assert (grant_of(scene).revoked_at is not None) is (decision is END)
    assert scene.story().count("grant.revoke done") == (decision is END)
