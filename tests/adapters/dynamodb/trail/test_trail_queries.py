"""The DynamoDB queries for each kind of trail query, and entries whose key exists already."""

import json
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.trail import Action, Outcome, TrailQuery
from chalicelib.domain.vending.vends import build_outcome_entry
from tests.adapters.dynamodb.recorded import Recorded, answer, as_stored, refused
from tests.adapters.scene import entry
from tests.builders import NOON, an_intent
from tests.golden import hold_against_file
from tests.rows import every

SINCE, UNTIL = NOON - timedelta(hours=2), NOON
LOW, HIGH = "2026-11-24T10:00:00.000000Z", "2026-11-24T12:00:00.000000Z"
EMPTY = answer([])

DONE = entry(
    "e1",
    token="0" * 12,
    address="203.0.113.7",
    action=Action.GRANT_CREATE,
    engagement="acme-prod",
    subject="alice",
    details={"roles": "readonly"},
)
INTENT = an_intent("alice", "e1", token="", details={"session_name": "alice.e1"})
ISSUED = build_outcome_entry(INTENT, Outcome.ISSUED, at=NOON + timedelta(days=1))
WITHHELD = build_outcome_entry(INTENT, Outcome.WITHHELD, at=NOON, reason="grant-not-current")


def existing_item(item):
    return refused("ConditionalCheckFailedException", Item=item)


def written(title, sent):
    text = json.dumps(sent, indent=1)
    return f"=== {title}\n" + re.sub(r'\{\s+"S": (".*?")\s+\}', r"\1", text)


def test_an_entry_is_put_without_empty_fields_at_a_free_key():
    """An outcome is put at its own key under the same condition."""
    client = Recorded({}, {}, {}, {})
    trail = DynamoTrail(client.tables)
    for done in (DONE, replace(DONE, engagement=""), replace(DONE, subject="")):
        trail.record(done)
    trail.put_outcome(INTENT, ISSUED)
    titles = ("a change", "of the firm", "about no one", "an outcome")
    hold_against_file("trail/puts.txt", "\n".join(map(written, titles, client.requests)))


def test_a_retry_that_finds_its_own_entry_succeeds():
    """The SDK retries after a lost response."""
    own = as_stored(ISSUED, intent=INTENT)
    client = Recorded(existing_item(as_stored(DONE)), existing_item(own))
    trail = DynamoTrail(client.tables)
    trail.record(DONE)
    assert trail.put_outcome(INTENT, ISSUED) == ISSUED


@every("name", lambda: as_stored(DONE))
def test_an_entry_that_differs_in_anything_is_another(name):
    other = as_stored(DONE) | {name: {"S": "other"}}
    with pytest.raises(FactsChanged):
        DynamoTrail(Recorded(existing_item(other)).tables).record(DONE)


def test_an_earlier_outcome_of_the_vend_is_returned():
    client = Recorded(existing_item(as_stored(WITHHELD, intent=INTENT)))
    assert DynamoTrail(client.tables).put_outcome(INTENT, ISSUED) == WITHHELD


@every("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_trail_that_cannot_be_read_is_unavailable_and_not_empty(code):
    trail = DynamoTrail(Recorded(*[refused(code)] * 3).tables)
    for criteria in (trail_query(), trail_query(engagement="acme-prod")):
        with pytest.raises(Unavailable):
            trail.page(criteria)
    with pytest.raises(Unavailable):
        list(trail.vends("alice", SINCE))


def trail_query(**changes):
    return TrailQuery(**({"since": SINCE, "until": UNTIL, "limit": 7} | changes))


ACME, ALICE = {"engagement": "acme-prod"}, {"member": "alice"}
WAS_REFUSED = {"outcome": Outcome.REFUSED}
VENDS, NO_VENDS = {"vends_only": True}, {"no_vends": True}

QUERIES = {
    "everything": {},
    "refusals": WAS_REFUSED,
    "vends": VENDS,
    **{
        f"{of} {what}".strip(): of_changes | what_changes
        for of, of_changes in (("acme", ACME), ("alice", ALICE), ("alice at acme", ACME | ALICE))
        for what, what_changes in (
            ("", {}),
            ("refusals", WAS_REFUSED),
            ("vends", VENDS),
            ("no vends", NO_VENDS),
            ("refusals, no vends", WAS_REFUSED | NO_VENDS),
        )
    },
}


def test_a_trail_query_reads_the_keys_that_hold_its_entries():
    """A query of the table itself is consistent. With a filter, it looks at a thousand entries."""
    lines = []
    for name, criteria in QUERIES.items():
        client = Recorded(*[EMPTY] * 3)
        page = DynamoTrail(client.tables).page(trail_query(**criteria))
        assert (page.items, page.cursor) == ((), "")
        assert set(client.operations) == {"Query"}
        lines += [written(name, sent) for sent in client.requests]
    client = Recorded(EMPTY)
    assert list(DynamoTrail(client.tables).vends("alice", SINCE)) == []
    lines.append(written("the vends of alice", client.requests[0]))
    hold_against_file("trail/queries.txt", "\n".join(lines))


@every(
    "cursor, high",
    [
        ("2026-11-24T11:00:00.000000Z#e7", "2026-11-24T11:00:00.000000Z#e7"),
        ("2026-11-24T11:00:00.000000Z#e7#outcome", "2026-11-24T11:00:00.000000Z#e7#outcome"),
        ("2026-11-24T13:00:00.000000Z#e7", HIGH),
    ],
)
@every("criteria", [{}, ACME, ALICE, ACME | ALICE, ALICE | VENDS])
def test_a_page_goes_on_from_its_cursor_and_never_beyond_the_span(criteria, cursor, high):
    client = Recorded(*[EMPTY] * 3)
    DynamoTrail(client.tables).page(trail_query(**criteria, cursor=cursor))
    assert client.requests
    for sent in client.requests:
        assert sent["ExpressionAttributeValues"][":high"] == {"S": high}
        assert sent["ExpressionAttributeValues"][":low"] == {"S": LOW}


@every(
    "changes",
    [
        {"since": UNTIL},
        {"since": UNTIL + timedelta(microseconds=1)},
        {"cursor": LOW},
        {"cursor": "2026-11-23T11:00:00.000000Z#e7"},
    ],
)
def test_an_empty_span_makes_no_request(changes):
    client = Recorded()
    page = DynamoTrail(client.tables).page(trail_query(**changes, **ACME))
    assert (page.items, page.cursor) == ((), "")
    assert client.requests == []
