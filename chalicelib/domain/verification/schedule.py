"""The schedule of checks: each engagement has one check a day, at its own check time."""

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
    """A moment, and the engagements with a check due then. There is rarely more than one."""

    at: datetime
    engagements: tuple[str, ...]


def check_time(engagement: str) -> timedelta:
    """Return the engagement's check time, from midnight UTC.

    It is derived from the engagement's ID. So the check times need not be stored, and are spread
    over the day.
    """
    seconds = int.from_bytes(_digest(engagement)[:8], "big")
    return timedelta(seconds=seconds % int(DAY.total_seconds()))


def _digest(engagement: str) -> bytes:
    return hashlib.sha256(engagement.encode()).digest()


def next_due_time(engagement: str, since: datetime) -> datetime:
    """Return when the engagement's first check after this moment is due: within a day."""
    same_day = since.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    return same_day if same_day > since else same_day + DAY


def last_due_time(engagement: str, now: datetime) -> datetime:
    """Return when the engagement's latest check was due: less than a day ago, possibly now."""
    return next_due_time(engagement, now - DAY)


def full_check_is_due(proof: Verification | None, engagement: str, now: datetime) -> bool:
    """Return whether the next check must be a full one.

    An unproven role always gets a full check, a proven one once a week. The weekday is derived from
    the engagement's ID.
    """
    if proof is None or proof.full_check_at is None:
        return True
    today = now.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    days_ago = (today.weekday() - _digest(engagement)[8]) % 7
    due_at = today - timedelta(days=days_ago)
    return proof.full_check_at < (due_at if due_at <= now else due_at - 7 * DAY)


def list_due_checks(
    engagements: Iterable[str], done_until: datetime | None, now: datetime
) -> tuple[DueCheck, ...]:
    """Return the checks that are due after `done_until` until now, in order. None: no run yet.

    Each engagement has at most one. They begin where the last run stopped, so that no engagement is
    skipped for ever, even if the runs cannot keep up.
    """
    since = _since(done_until, now)
    in_order = sorted((next_due_time(engagement, since), engagement) for engagement in engagements)
    return tuple(
        DueCheck(at, tuple(engagement for _, engagement in group))
        for at, group in groupby(in_order, key=itemgetter(0))
        if at <= now
    )


def _since(done_until: datetime | None, now: datetime) -> datetime:
    """Return the moment after which checks are due. Of the days that were missed, only the last is
    made up for."""
    if done_until is None:
        return now - DAY
    days = (now - done_until) // DAY
    return done_until + max(days - 1, 0) * DAY


class SweepProgress(JobState, frozen=True, kw_only=True):
    """The moment until which Sweep has made all due checks."""

    STORED_AS: ClassVar[str] = "sweep"

    done_until: Moment
