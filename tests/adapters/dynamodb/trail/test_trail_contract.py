"""The Trail port: the fake and DynamoDB behave alike."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.trail import Action, Outcome, TrailQuery
from chalicelib.domain.vending.vends import build_outcome_entry
from tests import builders
from tests.adapters.scene import entry
from tests.builders import NOON

DAY = timedelta(days=1)


def trail_query(**changes):
    return TrailQuery(**({"since": NOON - 3 * DAY, "until": NOON + DAY} | changes))


def ids(kit, **changes):
    return [item.id for item in kit.trail.page(trail_query(**changes)).items]


def record(kit, *entries):
    for item in entries:
        kit.trail.record(item)


def test_an_entry_is_read_back_as_it_was(kit, name):
    full = entry(
        name,
        engagement=name,
        reason="engagement-closed",
        role="readonly",
        subject="alice",
        token="0" * 12,
        address="203.0.113.7",
        details={"said": "because »quoted« 'so'"},
        outcome=Outcome.REFUSED,
    )
    minimal = entry(name + "b", engagement=name, at=NOON + timedelta(microseconds=1))
    record(kit, full, minimal)
    assert kit.trail.page(trail_query(engagement=name)).items == (minimal, full)


QUERIES = [
    ({}, "dcba"),
    ({"member": "alice"}, "ca"),
    ({"member": "lena"}, "dba"),
    ({"outcome": Outcome.REFUSED}, "c"),
    ({"member": "alice", "outcome": Outcome.DONE}, "a"),
    ({"since": NOON - DAY}, "dcb"),
    ({"until": NOON}, "ba"),
    ({"since": NOON, "until": NOON}, ""),
    ({"since": NOON, "until": NOON - DAY}, ""),
]


def test_a_query_returns_the_matching_entries(kit, name):
    record(
        kit,
        entry(name + "a", engagement=name, subject="alice", at=NOON - 2 * DAY),
        entry(name + "b", engagement=name, at=NOON - DAY),
        entry(name + "c", engagement=name, actor="alice", outcome=Outcome.REFUSED),
        entry(name + "d", engagement=name, at=NOON + timedelta(seconds=1)),
        entry(name + "e", engagement=name + "other"),
    )
    for query, expected in QUERIES:
        assert ids(kit, engagement=name, **query) == [name + item for item in expected], query


def test_a_member_is_found_as_actor_and_as_subject_in_one_order(kit, name):
    record(
        kit,
        entry(name + "a", actor=name, at=NOON - 2 * DAY),
        entry(name + "b", subject=name, at=NOON - DAY, engagement=name),
        entry(name + "c", actor=name),
        entry(name + "d"),
    )
    assert ids(kit, member=name) == [name + "c", name + "b", name + "a"]


def test_a_vend_keeps_the_first_outcome(kit, name):
    intent, other = an_intent(name), an_intent(name, "2")
    record(kit, intent, other)
    issued = build_outcome_entry(intent, Outcome.ISSUED, at=NOON)
    withheld = build_outcome_entry(
        intent, Outcome.WITHHELD, at=NOON + DAY, reason="grant-not-current"
    )
    assert kit.trail.put_outcome(intent, withheld) == withheld
    assert kit.trail.put_outcome(intent, issued) == withheld
    assert kit.trail.put_outcome(intent, withheld) == withheld
    of_other = build_outcome_entry(other, Outcome.ISSUED, at=NOON)
    assert kit.trail.put_outcome(other, of_other) == of_other
    entries = (of_other, other, withheld, intent)
    assert kit.trail.page(trail_query(engagement=name)).items == entries


def an_end(intent, action, actor, **changes):
    """Return the end of the intent's session, by its member or by this lead."""
    subject = "" if actor == intent.actor else intent.actor
    facts = {"engagement": intent.engagement, "subject": subject, "vend": intent.vend}
    return entry(f"{intent.id}{actor}", **(facts | {"actor": actor, "action": action} | changes))


@pytest.mark.parametrize("first", [Action.SESSION_END, Action.SESSION_REVOKE])
def test_a_session_keeps_the_first_end_by_its_member_and_the_first_by_a_lead(kit, name, first):
    intent, lead = an_intent(name), f"{name}lead"
    record(kit, intent)
    trail = kit.trail
    ends = {
        Action.SESSION_END: an_end(intent, Action.SESSION_END, name),
        Action.SESSION_REVOKE: an_end(intent, Action.SESSION_REVOKE, lead),
    }
    issued = build_outcome_entry(intent, Outcome.ISSUED, at=NOON)
    assert trail.put_end(intent, ends[first]) == ends[first]
    assert trail.put_outcome(intent, issued) == issued
    for end in ends.values():
        assert trail.put_end(intent, end) == end
        assert trail.put_end(intent, replace(end, id="again", at=NOON + DAY)) == end
    given_back, revoked = ends.values()
    newest_first = (revoked, issued, given_back, intent)
    assert [*trail.vends(name, NOON)] == [intent, given_back, issued, revoked]
    for query in ({"member": name}, {"engagement": name}, {"engagement": name, "member": name}):
        assert trail.page(trail_query(**query)).items == newest_first
        assert trail.page(trail_query(**query, vends_only=True)).items == newest_first
        assert trail.page(trail_query(**query, no_vends=True)).items == ()
    for query in ({"member": lead}, {"engagement": name, "member": lead}):
        assert trail.page(trail_query(**query)).items == (revoked,)
        assert trail.page(trail_query(**query, vends_only=True)).items == ()


def test_an_entry_is_stored_once_and_does_not_replace_another(kit, name):
    """The SDK retries after a lost response, and may find its own entry there."""
    item = entry(name, engagement=name, details={"a": "1"})
    record(kit, item, item)
    with pytest.raises(FactsChanged):
        record(kit, replace(item, actor="mallory"))
    assert kit.trail.page(trail_query(engagement=name)).items == (item,)


def test_all_vends_of_a_member_are_read_without_other_entries(kit, name):
    """DynamoDB returns 1 MB at a time."""
    long = {"session_name": "x" * 40_000, "duration": "900"}
    entries = [
        an_intent(name, f"{number:02}", at=NOON + timedelta(seconds=number), details=long)
        for number in range(30)
    ]
    record(kit, *entries, an_intent(name + "b"), entry(name, actor=name))
    outcome = build_outcome_entry(entries[7], Outcome.ISSUED, at=NOON + DAY)
    kit.trail.put_outcome(entries[7], outcome)
    assert list(kit.trail.vends(name, NOON)) == [*entries[:8], outcome, *entries[8:]]
    assert list(kit.trail.vends(name, NOON + timedelta(seconds=25))) == entries[25:]


def an_intent(name, number="", **changes):
    """Return an intent of the member of this name, at the engagement of this name."""
    details = {"session_name": name, "duration": "900"}
    facts = {"engagement": name, "details": details} | changes
    return builders.an_intent(name, name + number, **facts)
