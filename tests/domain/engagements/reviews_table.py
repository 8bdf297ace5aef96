"""The last use of a grant, and the proposal of an access review: the input, and the result."""

from datetime import datetime

from chalicelib.domain.engagements.reviews import (
    count_unused_days,
    find_last_use,
    propose_decision,
)
from chalicelib.domain.trail import Entry
from tests.builders import a_grant
from tests.domain.evidence.samples import entry
from tests.domain.rows import Row
from tests.fakes import DAY, NOON, TICK

YESTERDAY = NOON - DAY


def ended(
    outcome: str, vend: str = "a", at: datetime = YESTERDAY, *, action: str = "vend"
) -> Entry:
    return entry(action, id=vend, at=at, actor="alice", outcome=outcome, vend=vend)


def vended(outcome: str, vend: str = "a", at: datetime = YESTERDAY) -> list[Entry]:
    """Return the entries of a vend, newest first."""
    return [ended(outcome, vend, at + TICK), ended("intended", vend, at)]


GIVEN_BACK = ended("done", action="session.end")
LAST_USES = [
    Row("never", None, []),
    Row("withheld", None, vended("withheld")),
    Row("the latest of two, in another order", NOON,
        [*vended("issued"), *vended("issued", "b", NOON)]),
    Row("issued, and given back", YESTERDAY, [GIVEN_BACK, *vended("issued")]),
    Row("an outcome without its intent", None, [ended("issued")]),
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
