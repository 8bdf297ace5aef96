"""Whose turn it is to be checked anew: each engagement's once a day, at a moment of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import ClassVar

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState, Value
from chalicelib.domain.verification.verification import Verification

DAY = timedelta(days=1)


class DueCheck(Value, frozen=True):
    """A moment, and the engagements whose turn it is then: hardly ever more than one."""

    at: datetime
    engagements: tuple[str, ...]


def check_time(engagement: str) -> timedelta:
    """Return how long after midnight (UTC) the engagement's turn is. It follows from the ID, so
    that nothing has to be stored, and the turns are spread over the day."""
    seconds = int.from_bytes(_digest(engagement)[:8], "big")
    return timedelta(seconds=seconds % int(DAY.total_seconds()))


def _digest(engagement: str) -> bytes:
    return hashlib.sha256(engagement.encode()).digest()


def next_due_check(engagement: str, since: datetime) -> datetime:
    """The engagement's first turn after this moment: a day later at most."""
    that_day = since.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    return that_day if that_day > since else that_day + DAY


def last_due_check(engagement: str, now: datetime) -> datetime:
    """The engagement's latest turn, not after this moment: less than a day ago."""
    return next_due_check(engagement, now - DAY)


def full_check_is_due(proof: Verification | None, engagement: str, now: datetime) -> bool:
    """Whether it is time to try everything again: what is not proven, and the rest once a week, on
    a weekday that follows from the engagement's ID."""
    if proof is None or proof.full_check_at is None:
        return True
    today = now.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    ago = (today.weekday() - _digest(engagement)[8]) % 7
    turn = today - timedelta(days=ago)
    return proof.full_check_at < (turn if turn <= now else turn - 7 * DAY)


def due(
    engagements: Iterable[str], done_until: datetime | None, now: datetime
) -> tuple[DueCheck, ...]:
    """Return the turns after `done_until` (None: there was none ever) and until now, in their
    order.

    An engagement has one turn at most, and they begin where the last ones stopped: with more work
    than can be done nobody is left out for good.
    """
    since = _since(done_until, now)
    in_order = sorted((next_due_check(one, since), one) for one in engagements)
    return tuple(
        DueCheck(at, tuple(engagement for _, engagement in together))
        for at, together in groupby(in_order, key=itemgetter(0))
        if at <= now
    )


def _since(done_until: datetime | None, now: datetime) -> datetime:
    """From when on turns count. Days on which nothing was done are not made up for, but one."""
    if done_until is None:
        return now - DAY
    days = (now - done_until) // DAY
    return done_until + max(days - 1, 0) * DAY


class Sweep(JobState, frozen=True, kw_only=True):
    """How far the daily re-check of all engagements has come: what was due until then is done."""

    STORED_AS: ClassVar[str] = "sweep"

    done_until: Moment
