"""The package of an access review: its files as they are after a quarter of a small firm."""

import pytest

from chalicelib.domain.engagements.engagements import (
    ChangeEngagement,
    ChangeGrant,
    CreateGrant,
    Grant,
)
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.evidence.access_review.files import AFTER, DIFFERENCES, FILES, LEAVERS
from chalicelib.domain.people.members import ChangeMember, Kind, Member
from chalicelib.usecases.engagements.engagements import change_engagement, close_engagement
from chalicelib.usecases.engagements.grants import (
    change_grant,
    create_grant,
    decide_review,
    revoke_grant,
)
from chalicelib.usecases.engagements.several import leave
from chalicelib.usecases.evidence import access_review
from chalicelib.usecases.evidence.access_review import PackageQuery, read_package
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from tests.builders import a_digest_head, a_grant, a_member, a_role, a_scene, an_engagement
from tests.fakes import DAY, NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.changes_table import call
from tests.usecases.evidence.history import add_entry, read_file, read_pages, with_history
from tests.usecases.refusals import refused_field
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask

DEPLOY = frozenset({"deploy"})
TODAY = "2026-11-24T12:00Z"
ACME_ALICE = ("acme-prod", "alice")


def a_quarter():
    """Return a scene after some weeks of work, reviews and leaving."""
    scene = a_scene_of_requests()
    scene.add(
        a_role(name="deploy"),
        a_grant("carol", engagement="globex"),
        a_grant("mia", engagement="globex"),
        an_engagement("hooli", client="Hooli", ends_at=NOON + 2 * DAY),
        a_grant("bob", engagement="hooli"),
    )
    with_history(scene)
    bob = CreateGrant(member="bob", roles=DEPLOY)
    for days, act in (
        (1, lambda *_: scene.vend("mia", "globex")),
        (0, call(create_grant, "acme-prod", bob)),
        (0, call(revoke_grant, "acme-prod", "bob", why="too early")),
        (0, call(create_grant, "acme-prod", bob)),
        (0, lambda *_: scene.do(decide_review, *ACME_ALICE, decide("keep", "needed"), by="mia")),
        (0, call(decide_review, "acme-prod", "sam", decide("end", "=1+1"))),
        (1, call(change_engagement, "acme-prod", ChangeEngagement(client="Acme AG"))),
        (0, call(change_member, "alice", ChangeMember(name="Alice B."))),
        (0, call(change_member, "carol", ChangeMember(kind=Kind.AUDITOR))),
        (0, call(change_grant, *ACME_ALICE, ChangeGrant(ends_at=NOON + 9 * DAY))),
        (3, call(leave, "bob", why="new job")),
        (0, call(revoke_member, "carol", why="leave of absence")),
        (2, call(revoke_member, "mia", why="lost laptop")),
        (0, call(reinstate_member, "mia", why="found")),
        (0, lambda *_: approve(scene, ask(scene).id)),
    ):
        scene.later(days=days, minutes=1)
        scene.do(act)
    scene.later(minutes=1)
    return scene


def decide(decision, why):
    return ReviewGrant(decision=Decision(decision), why=why)


def describe(scene, **query):
    """Return all files of the package as text."""
    parts = [read_pages(scene, **query)[0].readme]
    for file in FILES:
        parts.append(f"## {file.name}")
        for line in read_file(scene, file, **query):
            shown = [f"{name}: {cell}" for name, cell in line.items() if cell]
            parts.append("; ".join(shown))
    return "\n".join(parts)


def test_the_package_of_a_quarter_is_as_the_file_says():
    scene = a_quarter()
    scene.add(a_digest_head())
    hold_against_file("trail/access-review.txt", describe(scene, as_of=TODAY))


@every("limit", [1, 2, 7])
def test_pages_have_the_lines_of_the_whole(limit):
    scene = a_quarter()
    (whole,) = read_pages(scene, as_of=TODAY)
    pages = read_pages(scene, as_of=TODAY, limit=limit)
    assert len(pages) > 1
    assert [line for page in pages for line in page.lines] == list(whole.lines)
    assert [bool(page.readme) for page in pages] == [True, *[False] * (len(pages) - 1)]


@every("limit, value", [("LARGEST", 1), ("TIME_TO_READ", -DAY)])
def test_a_page_ends_when_its_time_or_its_room_is_over(limit, value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access_review, limit, value)
        assert len(read_pages(a_quarter(), as_of=TODAY)) > 2


@every(
    "query,field",
    [
        ({"as_of": "tomorrow"}, "as_of"),
        ({"as_of": "2027-01-01"}, "as_of"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"as_of": "soon"}, "as_of"),
        ({"as_of": "2026-10-25T11:59Z"}, "as_of"),
        ({"as_of": "1999-01-01"}, "as_of"),
        ({"as_of": "2026-11-20", "until": "2026-11-19"}, "until"),
        ({"as_of": "2026-11-20", "until": "2027-01-01"}, "until"),
        ({"until": "now and then"}, "until"),
    ],
)
def test_a_period_that_the_trail_cannot_answer_is_refused(query, field):
    assert refused_field(a_scene().do, read_package, PackageQuery(**query)) == field


@every(
    "query,since,until",
    [
        ({}, NOON - 30 * DAY, NOON),  # the trail is younger than 90 days
        ({"as_of": "2026-11-01"}, NOON - 23.5 * DAY, NOON),
        ({"as_of": "in november", "until": "2026-11-20"}, NOON - 23.5 * DAY, NOON - 3.5 * DAY),
        ({"as_of": "2026-11-01", "until": "today"}, NOON - 23.5 * DAY, NOON),
        ({"as_of": "2026-11-24T12:00Z"}, NOON, NOON),
        ({"as_of": "2026-11-23T12:00Z", "until": "2026-11-23"}, NOON - DAY, NOON - DAY / 2),
    ],
)
def test_a_day_counts_from_its_begin_and_the_last_one_to_its_end(query, since, until):
    period = a_scene().do(read_package, PackageQuery(**query)).period
    assert (period.since, period.until) == (since, until)


@every(
    "item,shown",
    [
        (a_grant("bob", roles=DEPLOY), ("acme-prod", "bob", "nothing")),
        (a_grant("alice", roles=DEPLOY), ("acme-prod", "alice", "roles: readonly")),
        (a_grant("alice", ends_at=NOON + 99 * DAY), ("acme-prod", "alice", "ends_at: ")),
        (a_grant("alice", revoked_at=NOON), ("acme-prod", "alice", "revoked_at: ")),
        (a_member("bob", kind=Kind.LEAD), ("", "bob", "kind: member")),
        (a_member("sam"), ("", "sam", "suspended_at: yes")),
        (an_engagement(ends_at=NOON + 99 * DAY), ("acme-prod", "", "ends_at: ")),
        (an_engagement("hooli"), ("hooli", "", "nothing")),
    ],
)
def test_what_is_stored_without_an_entry_is_listed(item, shown):
    scene = with_history(a_scene())
    assert read_file(scene, DIFFERENCES) == []
    scene.add(item)
    (line,) = read_file(scene, DIFFERENCES)
    assert (line["Engagement"], line["Member"]) == shown[:2]
    assert line["By the trail"].startswith(shown[2])


def test_a_grant_that_is_gone_from_the_table_is_listed():
    scene = with_history(a_scene())
    scene.items.pop((Grant, ACME_ALICE))
    (line,) = read_file(scene, DIFFERENCES)
    assert (line["Member"], line["As stored"]) == ("alice", "nothing")


def test_a_change_between_two_reads_is_no_difference():
    scene = with_history(a_scene())
    read = scene.ports.trail.page

    def page(query):
        if query.engagement and not scene.entries:
            scene.do(close_engagement, "acme-prod")
        return read(query)

    scene.ports.trail.page = page
    assert read_file(scene, DIFFERENCES) == []
    assert scene.entries


def test_a_trail_that_is_too_long_is_refused_and_never_cut(monkeypatch):
    scene = a_quarter()
    monkeypatch.setattr(access_review, "PAGE_SIZE", 2)
    assert len(read_file(scene, AFTER, as_of=TODAY)) > 3
    monkeypatch.setattr(access_review, "MOST_PAGES", 1)
    with pytest.raises(InvalidRequest):
        read_pages(scene, as_of=TODAY)


def test_a_grant_of_a_leaver_is_late_a_day_after_the_suspension():
    for hours, late in ((23, ""), (25, "late")):
        scene = with_history(a_scene())
        scene.do(revoke_member, "alice")
        scene.later(hours=hours)
        scene.do(revoke_grant, *ACME_ALICE)
        scene.later(days=1)
        lines = read_file(scene, LEAVERS)
        (line,) = (e for e in lines if e["Engagement"] and e["Member"] == "alice")
        assert (line["Late"], line["Access ended"]) == (late, line["Suspended"])


def test_a_member_whose_creation_the_trail_lacks_stops_nothing():
    scene = a_scene()
    add_entry(scene, "engagement.create", scene.engagement)
    add_entry(scene, "grant.create", scene.stored(Grant, *ACME_ALICE))
    assert {line["Member"] for line in read_file(scene, DIFFERENCES)} >= {"alice", "sam"}
    assert read_file(scene, AFTER) == []
    add_entry(scene, "member.create", scene.stored(Member, "alice"))
    assert [line["Member"] for line in read_file(scene, AFTER)] == ["alice"]
