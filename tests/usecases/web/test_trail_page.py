"""The trail as the web console shows it: events in words, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, AwsRefused
from chalicelib.domain.evidence.timeline import Event, Show
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.web.trail import MAX_DAYS, ROWS, TrailFilter, TrailPage, read_trail_page
from tests.builders import Scene, a_scene, an_intent
from tests.fakes import NOON
from tests.rows import every

READONLY = SessionRequest(role="readonly")
DAY = timedelta(days=1)
MONTH = TrailFilter(since=NOON - 30 * DAY, until=NOON + DAY)


def read(scene: Scene, cursor: str = "", **selected: object) -> TrailPage:
    return read_trail_page(scene.ports, replace(MONTH, **selected), cursor=cursor)


def texts(page: TrailPage) -> list[str]:
    return [event.sentence.text for event in page.events]


def read_all(scene: Scene, **selected: object) -> list[Event]:
    """Return the events of all pages."""
    page = read(scene, **selected)
    events = list(page.events)
    while page.cursor:
        page = read(scene, page.cursor, **selected)
        events += page.events
    return events


def test_a_vend_is_one_event_with_its_entries() -> None:
    scene = a_scene()
    session = scene.vend(request=replace(READONLY, reason="ticket 7"))
    (event,) = read(scene).events
    assert event.sentence.text == (
        f"alice got a session in acme-prod/readonly, as {session.session_name}, until 24 November"
        " 2026, 13:00 UTC. In their words: “ticket 7”."
    )
    assert [entry.outcome for entry in event.entries] == [Outcome.INTENDED, Outcome.ISSUED]
    assert (event.outcome, event.is_open) == (Outcome.ISSUED, False)
    scene.do(give_back_session, session.vend, by="alice")
    (ended,) = read(scene).events
    assert [entry.action for entry in ended.entries][-1] is Action.SESSION_END


def test_a_vend_without_an_outcome_counts_as_issued() -> None:
    scene = a_scene()
    scene.entries.append(an_intent())
    (event,) = read(scene).events
    assert event.is_open
    assert "treat the session as issued" in event.sentence.text


def test_sessions_only_leaves_out_everything_else() -> None:
    scene = a_scene()
    scene.vend()
    with pytest.raises(AccessDenied):
        scene.vend("bob")
    assert len(read(scene).events) == 2
    assert len(read(scene, show=Show.SESSIONS).events) == 1
    assert len(read(scene, show=Show.SESSIONS, engagement="acme-prod").events) == 1
    assert read(scene, show=Show.SESSIONS, engagement="globex").events == ()


def test_one_outcome_shows_entries_and_claims_nothing_about_others() -> None:
    scene = a_scene()
    scene.vend()
    (intended,) = read(scene, show=Show.INTENDED).events
    assert not intended.is_open
    (issued,) = read(scene, show=Show.ISSUED).events
    assert issued.outcome is Outcome.ISSUED
    assert read(scene, show=Show.REFUSED).events == ()


def test_a_member_has_what_they_did_and_what_was_done_to_them() -> None:
    scene = a_scene()
    scene.do(revoke_grant, "acme-prod", "alice", why="done")
    assert texts(read(scene, member="alice")) == texts(read(scene, member="lena"))
    assert texts(read(scene, member="bob")) == []


@every("engagement", ["", "acme-prod"])
def test_pages_show_each_entry_once_and_no_vend_in_two_halves(engagement: str) -> None:
    scene = a_scene()
    record_vends(scene, 2 * ROWS + 1)
    events = read_all(scene, engagement=engagement)
    assert len(events) == 2 * ROWS + 1
    assert not any(event.is_open for event in events)
    ids = [entry.id for event in events for entry in event.entries]
    assert len(ids) == len(set(ids)) == len(scene.entries)
    assert [event.at for event in events] == sorted((e.at for e in events), reverse=True)


def record_vends(scene: Scene, count: int) -> None:
    """Record vends with an outcome each, and one refusal, so that pages end within a vend."""
    for number in range(count):
        intent = an_intent(vend=f"{number:016x}", at=NOON - timedelta(minutes=number))
        outcome = build_outcome_entry(intent, Outcome.ISSUED, at=intent.at)
        scene.world.entries += [intent, outcome]
    refused = Entry(
        id="f" * 16,
        at=NOON - timedelta(seconds=1),
        actor="alice",
        action=Action.VEND,
        outcome=Outcome.REFUSED,
        reason=Reason.FROZEN,
        engagement="acme-prod",
        role="readonly",
    )
    scene.world.entries[:0] = [refused] if count % 2 == 0 else []


@every("count", [3, ROWS + 10])
def test_the_ends_of_others_sessions_are_at_their_own_time_and_on_one_page_each(count: int) -> None:
    scene = a_scene()
    for number in range(count):
        intent = an_intent(vend=f"{number:016x}", at=NOON - timedelta(minutes=30 + number))
        end = replace(
            intent,
            id=f"{number:012x}-end",
            at=NOON - timedelta(seconds=number),
            actor="lena",
            action=Action.SESSION_REVOKE,
            outcome=Outcome.DONE,
            subject="alice",
        )
        scene.world.entries += [intent, end]
    scene.entries.append(a_note(NOON - timedelta(minutes=20)))
    first = read(scene, member="lena")
    times = [event.at for event in first.events]
    assert times == sorted(times, reverse=True)
    assert NOON - timedelta(minutes=20) == times[-1]
    ids = [entry.id for event in read_all(scene, member="lena") for entry in event.entries]
    assert len(ids) == len(set(ids)) == count + 1


def a_note(at: datetime) -> Entry:
    """Return an entry by Lena that belongs to no vend."""
    return Entry(id="a" * 16, at=at, actor="lena", action=Action.GRANT_REVOKE, outcome=Outcome.DONE)


def test_without_an_engagement_or_a_member_a_page_reads_few_days() -> None:
    scene = a_scene()
    old = an_intent(at=NOON - 20 * DAY)
    scene.entries.append(old)
    first = read(scene)
    assert (first.events, bool(first.cursor)) == ((), True)
    assert first.since == NOON.replace(hour=0) - (MAX_DAYS - 2) * DAY
    assert [event.first for event in read_all(scene)] == [old]
    assert read(scene, engagement="acme-prod").events[0].first == old


def test_a_failed_vend_says_so() -> None:
    scene = a_scene()
    scene.world.roles.clear()
    with pytest.raises(AwsRefused):
        scene.vend()
    assert "AWS issued none." in texts(read(scene))[0]
