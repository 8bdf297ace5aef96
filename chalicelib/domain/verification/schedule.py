"""The schedule of checks. Each engagement has one check a day, at a check time of its own."""

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
    """The engagements whose check is due at the same time, usually only one."""

    at: datetime
    engagements: tuple[str, ...]


def check_time(engagement: str) -> timedelta:
    """Return the engagement's check time, as the time since midnight UTC.

    The check time is a hash of the engagement's ID. So check times are spread over the day and need
    not be stored.
    """
    seconds = int.from_bytes(_digest(engagement)[:8], "big")
    return timedelta(seconds=seconds % int(DAY.total_seconds()))


def _digest(engagement: str) -> bytes:
    return hashlib.sha256(engagement.encode()).digest()


def next_due_time(engagement: str, since: datetime) -> datetime:
    """Return when the engagement's first check after `since` is due. It is within a day."""
    same_day = since.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    return same_day if same_day > since else same_day + DAY


def last_due_time(engagement: str, now: datetime) -> datetime:
    """Return when the engagement's latest check was due: now, or less than a day ago."""
    return next_due_time(engagement, now - DAY)


def full_check_is_due(verification: Verification | None, engagement: str, now: datetime) -> bool:
    """Return whether a role's next check must be a full one, which sends all probes.

    `verification` is the role's passed check, or None. A role without one always gets a full check,
    every other role once a week. The weekday is a hash of the engagement's ID.
    """
    if verification is None or verification.full_check_at is None:
        return True
    today = now.replace(hour=0, minute=0, second=0, microsecond=0) + check_time(engagement)
    days_ago = (today.weekday() - _digest(engagement)[8]) % 7
    due_at = today - timedelta(days=days_ago)
    return verification.full_check_at < (due_at if due_at <= now else due_at - 7 * DAY)


def list_due_checks(
    engagements: Iterable[str], done_until: datetime | None, now: datetime
) -> tuple[DueCheck, ...]:
    """Return the checks that became due after `done_until`, in order, at most one per engagement.

    `done_until` is how far the last run came, or None if there was no run. If the runs cannot keep
    up, each continues where the last one stopped, so that no engagement is skipped for ever.
    """
    since = _begin_after(done_until, now)
    in_order = sorted((next_due_time(engagement, since), engagement) for engagement in engagements)
    return tuple(
        DueCheck(at, tuple(engagement for _, engagement in group))
        for at, group in groupby(in_order, key=itemgetter(0))
        if at <= now
    )


def _begin_after(done_until: datetime | None, now: datetime) -> datetime:
    """Return the time after which checks are due. If runs missed several days, only the checks of
    the last missed day are due."""
    if done_until is None:
        return now - DAY
    days = (now - done_until) // DAY
    return done_until + max(days - 1, 0) * DAY


class SweepProgress(JobState, frozen=True, kw_only=True):
    """The progress of Sweep, the scheduled check: all checks until this time are made."""

    STORED_AS: ClassVar[str] = "sweep"

    done_until: Moment
