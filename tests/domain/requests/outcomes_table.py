"""Trail entries, and the outcome of the request that each decides."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.requests.outcomes import RequestOutcome, find_decided_request
from chalicelib.domain.requests.requests import new_request_id
from chalicelib.domain.trail import Action, Entry, Outcome
from tests.domain.evidence.samples import entry
from tests.domain.rows import Row
from tests.fakes import NOON

ID = new_request_id("alice", NOON - timedelta(minutes=4), lambda count: b"r" * count)
LATER_ID = new_request_id("alice", NOON + timedelta(seconds=3), lambda count: b"r" * count)


def decided(outcome: RequestOutcome, seconds: float | None) -> dict[str, Any]:
    return {"outcome": outcome, "seconds": seconds}


def by(action: Action, **changes: Any) -> Entry:
    return entry(action, {"request": ID} | changes.pop("details", {}), **changes)


def row(name: str, expected: object, recorded: Entry) -> Row:
    return Row(name, expected, recorded)


DECIDED = [
    row("the last approval", decided(RequestOutcome.APPROVED, 240),
        by(Action.REQUEST_APPROVE)),
    row("an approval that waits for another", None,
        by(Action.REQUEST_APPROVE, details={"waiting_for": "the client"})),
    row("a refused approval", None, by(Action.REQUEST_APPROVE, outcome=Outcome.REFUSED)),
    row("a denial of what still waited for someone", decided(RequestOutcome.DENIED, 240),
        by(Action.REQUEST_DENY, details={"waiting_for": "the client"})),
    row("a denial by a clock that is behind", decided(RequestOutcome.DENIED, 0),
        by(Action.REQUEST_DENY, details={"request": LATER_ID})),
    row("a denial without the request's ID", decided(RequestOutcome.DENIED, None),
        by(Action.REQUEST_DENY, details={"request": "alice"})),
    row("a withdrawal", decided(RequestOutcome.WITHDRAWN, None), by(Action.REQUEST_WITHDRAW)),
    row("an emergency", decided(RequestOutcome.EMERGENCY, None), by(Action.EMERGENCY_BEGIN)),
    row("a refused emergency", None, by(Action.EMERGENCY_BEGIN, outcome=Outcome.REFUSED)),
    row("the end of access", None, by(Action.REQUEST_REVOKE)),
    row("a grant", None, by(Action.GRANT_CREATE)),
]  # fmt: skip

RULES = [
    (find_decided_request, DECIDED, 8),
]
