"""The last use of a grant, and the proposal of an access review: the input, and the result."""

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.reviews import (
    count_unused_days,
    find_last_use,
    propose_decision,
)
from chalicelib.domain.trail import Action, Entry, Outcome
from tests.builders import a_grant
from tests.domain.rows import Row
from tests.fakes import DAY, NOON, TICK

YESTERDAY = NOON - DAY


def entry(outcome: Outcome, vend: str = "a", at: datetime = YESTERDAY) -> Entry:
    return Entry(id=vend, at=at, actor="alice", action=Action.VEND, outcome=outcome, vend=vend)


def vended(outcome: Outcome, vend: str = "a", at: datetime = YESTERDAY) -> list[Entry]:
    """Return the entries of a vend, newest first."""
    return [entry(outcome, vend, at + TICK), entry(Outcome.INTENDED, vend, at)]


GIVEN_BACK = replace(entry(Outcome.DONE), action=Action.SESSION_END)
LAST_USES = [
    Row("never", None, []),
    Row("withheld", None, vended(Outcome.WITHHELD)),
    Row("the latest of two, in another order", NOON,
        [*vended(Outcome.ISSUED), *vended(Outcome.ISSUED, "b", NOON)]),
    Row("issued, and given back", YESTERDAY, [GIVEN_BACK, *vended(Outcome.ISSUED)]),
    Row("an outcome without its intent", None, [entry(Outcome.ISSUED)]),
]  # fmt: skip

LONG_AGO = NOON - 90 * DAY
OLD = a_grant(created_at=LONG_AGO, starts_at=LONG_AGO)
UNUSED = [
    Row("used now", 0, OLD, NOON, LONG_AGO, NOON),
    Row("used a day ago", 1, OLD, YESTERDAY, LONG_AGO, NOON),
    Row("used thirty days ago", 30, OLD, NOON - 30 * DAY, LONG_AGO, NOON),
    Row("not used for as far as the search went", 90, OLD, None, LONG_AGO, NOON),
    Row("not used, and the search was shorter", 7, OLD, None, NOON - 7 * DAY, NOON),
]  # fmt: skip
PROPOSED = [
    Row("used today", "keep", 0),
    Row("unused for 30 days", "end", 30),
]

RULES = [
    (find_last_use, LAST_USES, 6),
    (count_unused_days, UNUSED, 3),
    (propose_decision, PROPOSED, 3),
]
