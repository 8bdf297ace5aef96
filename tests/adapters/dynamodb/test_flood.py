"""One member's many vends cost other members no reads, and responses stay within Lambda's limit."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.failures import add_type_tags
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.sessions import MAX_LISTED, SessionStatus
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.vending.sessions import list_sessions
from local import sample_accounts
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import entry, listening, try_to_vend
from tests.builders import ROLE_ARN, a_grant, a_member, a_token, an_intent

FLOOD = 600  # sessions of one member: 3 MB of entries, more than three queries give
# "Lambda quotas" (AWS Lambda Developer Guide): a synchronous answer has 6 MB at most.
MOST_BYTES = 100_000


def flood(aws, member, engagement_id):
    """Record sessions that the member vended at the engagement within a minute."""
    now = aws.ports.now()
    puts = []
    for number in range(FLOOD):
        vend = f"{number:016x}"
        intent = an_intent(
            member,
            vend,
            at=now - timedelta(milliseconds=20 * number),
            engagement=engagement_id,
            details={
                "duration": "3600",
                "role_arn": ROLE_ARN,
                "session_name": f"{member}.{vend}",
                "padding": "a loop" * 1000,
            },
        )
        ends = (now + timedelta(hours=1)).isoformat(timespec="seconds")
        issued = build_outcome_entry(intent, Outcome.ISSUED, at=now, details={"expires_at": ends})
        puts += [
            keys.build_entry_attributes(intent),
            keys.build_entry_attributes(issued, intent=intent),
        ]
    root = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    for start in range(0, len(puts), 25):
        batch = [{"PutRequest": {"Item": add_type_tags(put)}} for put in puts[start : start + 25]]
        root.batch_write_item(RequestItems={aws.foundation.trail_table: batch})


@contextmanager
def queries(dynamodb):
    """Yield the number of entries that each query in the block read."""
    read = []

    def note(parsed, **_):
        read.append(parsed["ScannedCount"])

    with listening(dynamodb, "after-call.dynamodb.Query", note):
        yield read


@pytest.fixture
def flooded(aws, engagement_id):
    """Return another member of the engagement, with 600 vends."""
    name, now = f"{engagement_id}-bob", aws.ports.now()
    dates = {"starts_at": now - timedelta(1), "ends_at": now + timedelta(1)}
    token = a_token(name, expires_at=dates["ends_at"])
    items = [a_member(name), token, a_grant(name, engagement=engagement_id, **dates)]
    aws.ports.state.change(items, entry(f"{engagement_id}b"))
    flood(aws, name, engagement_id)
    return name


def test_requests_about_another_member_read_none_of_those_entries(
    aws, engagement_id, flooded, dynamodb
):
    lead = a_lead(aws, f"{engagement_id}-lead")
    response = try_to_vend(aws, engagement_id)
    with queries(dynamodb) as read:
        her_sessions = list_sessions(aws.ports, member=engagement_id, limit=50)
        done = revoke_grant(aws.ports, lead, engagement_id, engagement_id, why="moved on")
        suspended = revoke_member(aws.ports, lead, engagement_id, why="left")
    # Her intent and its outcome, each time; and then the access that she helped to approve: none.
    assert read == [2, 2, 2, 0]
    for sessions in (her_sessions.items, done.sessions, suspended.sessions):
        assert [session.vend for session in sessions] == [response.vend]


def test_a_revocation_counts_all_sessions_and_shows_some(aws, engagement_id, flooded, dynamodb):
    lead = a_lead(aws, f"{engagement_id}-lead")
    with queries(dynamodb) as read:
        done = revoke_engagement(aws.ports, lead, engagement_id, why="a loop")
    assert len([count for count in read if count > 100]) > 3
    assert (done.alive, len(done.sessions)) == (FLOOD, MAX_LISTED)
    assert done.status_counts == {SessionStatus.LIVE: FLOOD}
    assert len(json.dumps(to_json_value(done))) < MOST_BYTES
    shown = set()
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = list_sessions(aws.ports, engagement=engagement_id, limit=200, cursor=cursor)
        shown |= {session.vend for session in page.items}
        cursor, pages = page.cursor, pages + 1
    assert len(shown) == FLOOD
    assert pages <= FLOOD / 200 + 1
