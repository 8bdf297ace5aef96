"""The trail as a timeline: events in words, page by page."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.evidence.timeline import Show, list_events
from chalicelib.domain.trail import Action, Outcome, TrailQuery
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.evidence.timeline import (
    LATEST_SHOWN,
    SignIns,
    read_latest_events,
    read_timeline,
)
from chalicelib.usecases.vending.end_session import give_back_session
from tests.builders import a_scene, an_intent
from tests.domain.evidence.samples import entry
from tests.fakes import DAY, MINUTE, NOON, SECOND
from tests.rows import every

MONTH = TrailQuery(since=NOON - 30 * DAY, until=NOON + DAY)
ROWS = MONTH.limit


def read(scene, show=Show.EVERYTHING, **selected):
    return read_timeline(scene.ports, replace(MONTH, **selected), show)


def texts(page):
    return [event.what.text for event in page.events]


def ids_of(events):
    return [each.id for event in events for each in event.entries]


def read_all(scene, **selected):
    """Return the events of all pages."""
    page = read(scene, **selected)
    events = list(page.events)
    while page.cursor:
        page = read(scene, cursor=page.cursor, **selected)
        events += page.events
    return events


def test_a_vend_is_one_event_with_its_entries():
    scene = a_scene()
    session = scene.vend(reason="ticket 7")
    scene.do(give_back_session, session.vend, by="alice")
    (event,) = read(scene).events
    outcomes = [each.outcome for each in event.entries]
    assert outcomes == ["intended", "issued", "done"]
    assert (event.outcome, event.is_open) == ("issued", False)
    assert event.why.text == "“ticket 7”"


def test_a_vend_without_an_outcome_counts_as_issued():
    scene = a_scene()
    scene.entries.append(an_intent())
    (event,) = read(scene).events
    assert event.is_open
    assert "treat the session as issued" in event.what.text


def test_a_filter_shows_only_what_it_names_and_claims_nothing_about_the_rest():
    scene = a_scene()
    scene.vend()
    with pytest.raises(AccessDenied):
        scene.vend("bob")
    scene.do(revoke_grant, "acme-prod", "alice")
    shown = {
        show: {(e.first.actor, e.outcome, e.is_open) for e in read(scene, show).events}
        for show in Show
    }
    issued, done = ("alice", "issued", False), ("lena", "done", False)
    refused = ("bob", "refused", False)
    assert shown.pop(Show.EVERYTHING) == {done, refused, issued}
    assert shown == {
        "sessions": {issued},
        "issued": {issued},
        "intended": {("alice", "intended", False)},
        "refused": {refused},
        "done": {done},
        "withheld": set(),
        "failed": set(),
    }
    assert read(scene, Show.SESSIONS, engagement="globex").events == ()
    assert texts(read(scene, Show.DONE, member="alice")) == texts(read(scene, member="lena"))
    assert len(texts(read(scene, member="bob"))) == 1


@every("engagement", ["", "acme-prod"])
def test_pages_show_each_entry_once_and_no_vend_in_two_halves(engagement):
    scene = a_scene()
    record_vends(scene, 2 * ROWS + 1)
    events = read_all(scene, engagement=engagement)
    assert len(events) == 2 * ROWS + 1
    assert not any(event.is_open for event in events)
    ids = ids_of(events)
    assert len(ids) == len(set(ids)) == len(scene.entries)
    assert [event.at for event in events] == sorted((e.at for e in events), reverse=True)


def record_vends(scene, count):
    """Record vends with an outcome each, and one refusal, so that pages end within a vend."""
    for number in range(count):
        intent = an_intent(vend=f"{number:016x}", at=NOON - number * MINUTE)
        outcome = build_outcome_entry(intent, Outcome.ISSUED, at=intent.at)
        scene.world.entries += [intent, outcome]
    at = NOON - SECOND
    facts = {"at": at, "reason": "frozen", "engagement": "acme-prod"}
    refused = entry("vend", id="f" * 16, outcome="refused", **facts)
    scene.world.entries[:0] = [refused] if count % 2 == 0 else []


@every("count", [3, ROWS + 10])
def test_the_ends_of_others_sessions_are_at_their_own_time_and_on_one_page_each(count):
    scene = a_scene()
    for number in range(count):
        intent = an_intent(vend=f"{number:016x}", at=NOON - (30 + number) * MINUTE)
        end = replace(
            intent,
            id=f"{number:012x}-end",
            at=NOON - number * SECOND,
            actor="lena",
            action=Action.SESSION_REVOKE,
            outcome=Outcome.DONE,
            subject="alice",
        )
        scene.world.entries += [intent, end]
    of_no_vend = entry("grant.revoke", at=NOON - 20 * MINUTE)
    scene.entries.append(of_no_vend)
    times = [event.at for event in read(scene, member="lena").events]
    assert times == sorted(times, reverse=True)
    assert of_no_vend.at == times[-1]
    ids = ids_of(read_all(scene, member="lena"))
    assert len(ids) == len(set(ids)) == count + 1


def test_without_an_engagement_or_a_member_a_page_reads_few_days_until_it_finds_something():
    scene = a_scene()
    old = an_intent(at=NOON - 20 * DAY)
    scene.entries.append(old)
    first = read(scene)
    assert [event.first for event in first.events] == [old]
    assert first.since == NOON.replace(hour=0) - 20 * DAY
    assert [event.first for event in read_all(scene)] == [old]
    assert read(scene, engagement="acme-prod").events[0].first == old


def test_the_latest_events_leave_out_an_intent_whose_outcome_is_shown():
    scene = a_scene()
    interrupted = intended(1)
    scene.world.entries += [interrupted, intended(2), intended(3, role="deploy"), ended(4)]
    events = read_latest_events(scene.ports, "acme-prod")
    assert minutes_of(events) == [[3], [2, 4], [1]]
    scene.world.entries += [an_intent(vend=f"{n:016x}", at=NOON) for n in range(20)]
    assert len(read_latest_events(scene.ports, "acme-prod")) == LATEST_SHOWN


def minutes_of(events):
    return [[(each.at - NOON).seconds // 60 for each in event.entries] for event in events]


def an_entry(action, outcome, minutes, **facts):
    at = NOON + minutes * MINUTE
    usual = {"engagement": "acme-prod", "role": "readonly"}
    return entry(action, id=f"{minutes:016x}", at=at, outcome=outcome, **(usual | facts))


def ended(minutes, outcome="done", **of):
    return an_entry("role.verify", outcome, minutes, **of)


def intended(minutes, **of):
    return ended(minutes, "intended", **of)


PAIRS = [
    ([intended(0), ended(1)], [[0, 1]]),
    ([intended(0), ended(1, "failed")], [[0, 1]]),
    # An operation that was refused called no AWS, so the intent is another's.
    ([intended(0), ended(1, "refused")], [[1], [0]]),
    ([intended(0), ended(16)], [[16], [0]]),
    ([ended(0), intended(1)], [[1], [0]]),
    ([intended(0), ended(1, role="deploy")], [[1], [0]]),
    ([intended(0), ended(1, actor="omar")], [[1], [0]]),
    ([intended(0), ended(1, engagement="globex")], [[1], [0]]),
    ([intended(0), intended(1), ended(2), ended(3)], [[3], [1, 2], [0]]),
]


@every("entries, events", PAIRS)
def test_an_intent_is_in_the_line_of_its_own_outcome_only_and_none_is_lost(entries, events):
    joined = list_events(reversed(entries), Show.EVERYTHING)
    assert minutes_of(joined) == events
    assert sorted(ids_of(joined)) == [e.id for e in entries]


def test_sign_ins_are_hidden_and_counted_but_refused_ones_are_not():
    scene = a_scene()
    scene.world.entries += [
        an_entry("web-link.create", "done", -3),
        an_entry("web.sign-in", "done", -2),
        an_entry("web.sign-in", "refused", -1),
        an_entry("grant.revoke", "done", -4),
    ]
    hidden, shown = (
        read_timeline(scene.ports, MONTH, Show.EVERYTHING, choice)
        for choice in (SignIns.HIDDEN, SignIns.SHOWN)
    )
    assert (len(hidden.events), hidden.hidden) == (2, 2)
    assert (len(shown.events), shown.hidden) == (4, 0)
    assert {event.outcome for event in hidden.events} == {"refused", "done"}
