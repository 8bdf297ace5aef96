"""The approved access that the first use of a role starts: one row for each condition."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.vending.first_use import find_grant_to_start
from tests.builders import (
    a_grant_on_request,
    a_request_id,
    an_approved_grant,
    an_engagement,
    some_facts,
)
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
WAITS = an_approved_grant(duration=3600)
FIRST_TO_START = an_approved_grant(
    duration=3600, number="2", request=a_request_id(number=1), ends_at=NOON + TICK
)
SAME_END = an_approved_grant(duration=3600, number="2", request=a_request_id(number=1))
CLIENT_APPROVES = an_engagement(requires_client_approval=True)


def first_use(name: str, expected: object, /, *grants: Any, now: Any = NOON, **facts: Any) -> Row:
    """Return a row in which alice first uses `readonly` with these approved grants."""
    valid = {"grant": a_grant_on_request(), "approved_grants": grants}
    return Row(name, expected, some_facts(**(valid | facts)), now)


STARTED = an_approved_grant(duration=3600, started_at=NOON)
BY_CLIENT = an_approved_grant(duration=3600, client_approved=True)
FIRST_USE = [
    first_use("access that waits", WAITS, WAITS),
    first_use("the one that has to be started first", FIRST_TO_START, WAITS, FIRST_TO_START),
    first_use("of two with one end, the earlier request", WAITS, SAME_END, WAITS),
    first_use("access that has started", None, STARTED),
    first_use("revoked", None, an_approved_grant(duration=3600, revoked_at=NOON)),
    first_use("a tick before it can start", None, WAITS, now=NOON - TICK),
    first_use("the last start has passed", None, WAITS, now=WAITS.ends_at),
    first_use("not approved by the client", None, WAITS, engagement=CLIENT_APPROVES),
    first_use("approved by the client", BY_CLIENT, BY_CLIENT, engagement=CLIENT_APPROVES),
    *(
        first_use(f"no {missing}", None, WAITS, **{missing: None})
        for missing in ("member", "engagement", "role", "grant")
    ),
]

RULES = [
    (find_grant_to_start, FIRST_USE, 8),
]
