"""Due checks. It is noon. initech's check time is 6:02:43, globex's 10:03:19, acme-prod's 16:35:22,
and two engagements share 21:04:10.
"""

# ruff: noqa: FBT003 (in a table the answer has its column)

from datetime import datetime, timedelta

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.schedule import (
    DueCheck,
    find_next_due_time,
    is_full_check_due,
    list_due_checks,
)
from tests.builders import a_role, a_verification, an_override
from tests.domain.rows import Row
from tests.fakes import DAY, HOUR, NOON, TICK

MIDNIGHT = NOON - 12 * HOUR
SIX = MIDNIGHT + timedelta(hours=6, minutes=2, seconds=43)
TEN = MIDNIGHT + timedelta(hours=10, minutes=3, seconds=19)
FOUR = MIDNIGHT + timedelta(hours=16, minutes=35, seconds=22)
NINE = MIDNIGHT + timedelta(hours=21, minutes=4, seconds=10)
ALL = ("acme-prod", "globex", "initech", "wonka-prod-eu", "wayne-stage")

NEXT = [
    Row("later on the same day", SIX, "initech", MIDNIGHT),
    Row("at the check time: the next day", SIX + DAY, "initech", SIX),
]

INITECH, GLOBEX = DueCheck(SIX, ("initech",)), DueCheck(TEN, ("globex",))
ACME, TWO = DueCheck(FOUR, ("acme-prod",)), DueCheck(NINE, ("wayne-stage", "wonka-prod-eu"))


def _ago(*due_checks: DueCheck, days: int = 1) -> tuple[DueCheck, ...]:
    return tuple(
        DueCheck(due_check.at - days * DAY, due_check.engagements) for due_check in due_checks
    )


def due_at_noon(
    name: str, expected: tuple[DueCheck, ...], done_until: datetime | None, now: datetime = NOON
) -> Row:
    return Row(name, expected, ALL, done_until, now)


DUE = [
    # The very first run checks all, in the order of a whole day.
    due_at_noon("no run yet", (*_ago(ACME, TWO), INITECH, GLOBEX), None),
    due_at_noon("due at this moment", (GLOBEX,), SIX, TEN),
    due_at_noon("two with the same check time", _ago(TWO), FOUR - DAY, MIDNIGHT),
    # After missed runs, each once, in the order in which they became due.
    due_at_noon(
        "a moment less than two days missed", (*_ago(ACME, TWO, days=2), *_ago(INITECH, GLOBEX)),
        NOON - 2 * DAY + TICK,
    ),
    due_at_noon(
        "a month missed: continue where it stopped",
        (*_ago(GLOBEX, ACME, TWO), INITECH), SIX - 30 * DAY,
    ),
]  # fmt: skip

# acme-prod's weekday is a Tuesday, at 16:35:22, and so is NOON's: its last one was a week ago.
TUESDAY = FOUR - 7 * DAY


def last_full(name: str, expected: object, at: datetime | None, now: datetime = NOON) -> Row:
    proof = a_verification(full_check_at=at)
    return Row(name, expected, proof, "acme-prod", now)


FULL_CHECK = [
    Row("unproven", True, None, "acme-prod", NOON),
    last_full("no full check yet", True, None),
    last_full("full check a tick before", True, TUESDAY - TICK),
    last_full("a moment before its next weekday", False, TUESDAY, TUESDAY + 7 * DAY - TICK),
    last_full("on its next weekday", True, TUESDAY + 7 * DAY - TICK, TUESDAY + 7 * DAY),
    last_full(
        "the day after its weekday, full check done", False, TUESDAY + 7 * DAY, TUESDAY + 8 * DAY
    ),
]

RECHECKED = [
    Row("proven", True, a_role(), NOON),
    Row("never checked: it may not exist yet", False, a_role(verification=None), NOON),
    Row("overridden", True, a_role(verification=None, override=an_override()), NOON),
    Row("ended", False, a_role(ended_at=NOON), NOON),
]  # fmt: skip

RULES = [
    (find_next_due_time, NEXT, 5),
    (is_full_check_due, FULL_CHECK, 11),
    (list_due_checks, DUE, 2),
    (list_due_checks, DUE, 5, "_find_start"),
    (Role.needs_recheck, RECHECKED, 4),
]
