"""The schedule of checks. The job Sweep checks each engagement's roles once a day.

Each engagement has a check time of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState, Value
from chalicelib.domain.verification.verification import Verification

DAY = timedelta(days=1)
PATIENCE = timedelta(hours=3)
"""How long after its time a check or a look-up of events is tried again that a run has no time for.
After that, it counts as failed, so that it delays no other, and the leads are notified."""


class DueCheck(Value, kw_only=False):
    """The engagements whose check is due at the same time, usually only one."""

    at: datetime
    engagements: tuple[str, ...]


def compute_check_time(engagement: str) -> timedelta:
    """Return the time of day when the engagement is checked, as the time since midnight UTC.

    It is computed from a hash of the engagement's ID. So check times are spread over the day, and
    Daypass need not store them.
    """
    seconds = int.from_bytes(_digest(engagement)[:8], "big")
    return timedelta(seconds=seconds % int(DAY.total_seconds()))


def _digest(engagement: str) -> bytes:
    return hashlib.sha256(engagement.encode()).digest()


def find_next_due_time(engagement: str, since: datetime) -> datetime:
    """Return when the engagement's first check after `since` is due: at most a day later."""
    same_day = since.replace(hour=0, minute=0, second=0, microsecond=0) + compute_check_time(
        engagement
    )
    return same_day if same_day > since else same_day + DAY


def find_last_due_time(engagement: str, now: datetime) -> datetime:
    """Return when the engagement's latest check was due: now, or less than a day ago."""
    return find_next_due_time(engagement, now - DAY)


def is_full_check_due(verification: Verification | None, engagement: str, now: datetime) -> bool:
    """Return whether a role's next check must be a full one, which sends all probes.

    `verification` is the role's passed check, or None. Without a passed check, every check is full.
    Otherwise a full check is due once a week, at the engagement's check time. The weekday comes
    from a hash of the engagement's ID.
    """
    if verification is None or verification.full_check_at is None:
        return True
    check_today_at = now.replace(hour=0, minute=0, second=0, microsecond=0) + compute_check_time(
        engagement
    )
    # The first eight bytes of the digest give the check time, and the next one the weekday.
    days_since_weekday = (check_today_at.weekday() - _digest(engagement)[8]) % 7
    due_this_week_at = check_today_at - timedelta(days=days_since_weekday)
    is_in_future = due_this_week_at > now  # if today is the weekday, before the check time
    last_due_at = due_this_week_at - 7 * DAY if is_in_future else due_this_week_at
    return verification.full_check_at < last_due_at


def list_due_checks(
    engagements: Iterable[str], done_until: datetime | None, now: datetime
) -> tuple[DueCheck, ...]:
    """Return the checks that became due after `done_until`, oldest first.

    Each engagement occurs at most once. Earlier runs of Sweep made all checks that were due until
    `done_until`. It is None if there was no run. If runs cannot make all checks in time, each
    continues where the previous run stopped. So no engagement is skipped for ever.
    """
    since = _find_start(done_until, now)
    next_checks = sorted(
        (find_next_due_time(engagement, since), engagement) for engagement in engagements
    )
    return tuple(
        DueCheck(due_at, tuple(engagement for _, engagement in group))
        for due_at, group in groupby(next_checks, key=itemgetter(0))
        if due_at <= now
    )


def _find_start(done_until: datetime | None, now: datetime) -> datetime:
    """Return the time after which checks are due.

    It is `done_until`, or one day ago without an earlier run. After a gap of two days or more, skip
    whole days, until less than two days remain.
    """
    if done_until is None:
        return now - DAY
    whole_days = (now - done_until) // DAY
    return done_until + max(whole_days - 1, 0) * DAY


class SweepProgress(JobState):
    """The progress of Sweep, the job that makes the scheduled checks."""

    STORED_AS = "sweep"

    done_until: Moment
    """All checks that were due until this time are made."""
