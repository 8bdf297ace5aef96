"""Whose turn it is, as tables. It is noon; initech's turn is at 6:02:43 each day, globex's at
10:03:19, acme-prod's at 16:35:22, and two have the same second: 21:04:10.
"""

# ruff: noqa: FBT003 (in a table the answer has its column)

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.verification.schedule import DueCheck
from tests.builders import a_role, a_verification, an_override
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
MIDNIGHT = NOON - timedelta(hours=12)
SIX = MIDNIGHT + timedelta(hours=6, minutes=2, seconds=43)
TEN = MIDNIGHT + timedelta(hours=10, minutes=3, seconds=19)
FOUR = MIDNIGHT + timedelta(hours=16, minutes=35, seconds=22)
NINE = MIDNIGHT + timedelta(hours=21, minutes=4, seconds=10)
ALL = ("acme-prod", "globex", "initech", "wonka-prod-eu", "wayne-stage")

NEXT = [
    Row("later that day", SIX, ("initech", MIDNIGHT)),
    Row("a moment before", SIX, ("initech", SIX - TICK)),
    Row("after it, not at it", SIX + DAY, ("initech", SIX)),
    Row("the next day", SIX + DAY, ("initech", NOON)),
    Row("not by the clock time alone", SIX, ("initech", SIX - DAY + TICK)),
]

INITECH, GLOBEX = DueCheck(SIX, ("initech",)), DueCheck(TEN, ("globex",))
ACME, TWO = DueCheck(FOUR, ("acme-prod",)), DueCheck(NINE, ("wayne-stage", "wonka-prod-eu"))


def _ago(*turns: DueCheck, days: int = 1) -> tuple[DueCheck, ...]:
    return tuple(DueCheck(turn.at - days * DAY, turn.engagements) for turn in turns)


def due_at_noon(
    says: str, answer: tuple[DueCheck, ...], done_until: datetime | None, now: datetime = NOON
) -> Row:
    return Row(says, answer, (ALL, done_until, now))


DUE = [
    Row("nobody is there", (), ((), None, NOON)),
    # The first run of all takes everybody, in the order of a whole day.
    due_at_noon("nothing was ever done", (*_ago(ACME, TWO), INITECH, GLOBEX), None),
    due_at_noon("done a moment ago", (), NOON - TICK),
    due_at_noon("done up to now", (), NOON),
    due_at_noon("done up to later: a clock is wrong", (), NOON + timedelta(hours=5)),
    due_at_noon("this morning's", (INITECH, GLOBEX), MIDNIGHT),
    due_at_noon("those after the last that was done", (GLOBEX,), SIX),
    due_at_noon("the one at this very moment", (GLOBEX,), SIX, TEN),
    due_at_noon("not the one in a moment", (), SIX, TEN - TICK),
    due_at_noon("two in one second are one turn", _ago(TWO), FOUR - DAY, MIDNIGHT),
    # With everything left undone, each once, and in the order in which they were left.
    due_at_noon("a whole day", (*_ago(ACME, TWO), INITECH, GLOBEX), NOON - DAY),
    due_at_noon("a day and more: each once", _ago(INITECH, GLOBEX, ACME, TWO), MIDNIGHT - DAY),
    due_at_noon("a day and six hours", (*_ago(GLOBEX, ACME, TWO), INITECH), SIX - DAY),
    due_at_noon(
        "two days: the older one is let go", (*_ago(ACME, TWO), INITECH, GLOBEX), NOON - 2 * DAY
    ),
    due_at_noon(
        "a moment less than two days", (*_ago(ACME, TWO, days=2), *_ago(INITECH, GLOBEX)),
        NOON - 2 * DAY + TICK,
    ),
    due_at_noon(
        "a month: it is gone on with where it stopped",
        (*_ago(GLOBEX, ACME, TWO), INITECH), SIX - 30 * DAY,
    ),
]  # fmt: skip

# acme-prod's weekday is a Tuesday, at 16:35:22, and so is NOON's: its last one was a week ago.
TUESDAY = FOUR - 7 * DAY


def last_full(says: str, answer: object, at: datetime | None, now: datetime = NOON) -> Row:
    proof = a_verification(full_check_at=at)
    return Row(says, answer, (proof, "acme-prod", now))


FULL_CHECK = [
    Row("not proven", True, (None, "acme-prod", NOON)),
    last_full("never tried in full", True, None),
    last_full("since its weekday", False, TUESDAY),
    last_full("since, by a tick", False, TUESDAY + TICK),
    last_full("before its weekday", True, TUESDAY - TICK),
    last_full("long ago", True, NOON - 30 * DAY),
    last_full("just now", False, NOON),
    last_full("a moment before its next weekday", False, TUESDAY, TUESDAY + 7 * DAY - TICK),
    last_full("earlier that very day", False, TUESDAY, TUESDAY + 7 * DAY - timedelta(hours=4)),
    last_full("on its next weekday", True, TUESDAY + 7 * DAY - TICK, TUESDAY + 7 * DAY),
    last_full("on the day after, and done on its own", False, TUESDAY + 7 * DAY, TUESDAY + 8 * DAY),
    last_full("on the day after", True, TUESDAY, TUESDAY + 8 * DAY),
]

RECHECKED = [
    Row("proven", True, (a_role(), NOON)),
    Row("never checked: the client has not made it", False, (a_role(verification=None), NOON)),
    Row("overridden", True, (a_role(verification=None, override=an_override()), NOON)),
    Row("an override that has run out", False,
        (a_role(verification=None, override=an_override(until=NOON)), NOON)),
    Row("ended", False, (a_role(ended_at=NOON), NOON)),
]  # fmt: skip
