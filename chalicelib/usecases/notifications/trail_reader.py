"""Read the trail in small pieces, as long as a run has time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.trail import Entry, Question
from chalicelib.usecases.ports import Ports

TIME_FOR_ONE = 20.0
"""Seconds: to remember, to send, to record that it failed. With less, nothing more is begun."""
WINDOW = timedelta(minutes=1)
"""The trail is read in pieces of this length, oldest first, so that a run can stop after any. Even
at 1,000 entries a second, the most that a partition of the index takes, one fits into a run."""
_PAGE = 500


class NoTimeLeft(Exception):
    """The run has to stop here."""


class RunClock:
    """The time that Lambda leaves to the run."""

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left

    def check(self) -> None:
        """Raise NoTimeLeft unless there is time to begin something more."""
        if self._time_left() < TIME_FOR_ONE:
            raise NoTimeLeft


class TrailReader:
    """The notifications of the trail, read once a run for all channels."""

    def __init__(self, ports: Ports, clock: RunClock) -> None:
        self._ports, self._clock = ports, clock
        self._read: dict[tuple[datetime, datetime], list[Notification]] = {}

    def notifications(self, since: datetime, until: datetime) -> list[Notification]:
        """Return the notifications of this span, in the trail's order. NoTimeLeft."""
        if (since, until) not in self._read:
            found = map(notification_of, self._entries(since, until))
            self._read[since, until] = [one for one in found if one is not None]
        return self._read[since, until]

    def _entries(self, since: datetime, until: datetime) -> list[Entry]:
        question = Question(since=since, until=until, limit=_PAGE)
        entries: list[Entry] = []
        while True:
            self._clock.check()
            page = self._ports.trail.page(question)
            entries += page.items
            if not page.cursor:
                return sorted(entries, key=lambda entry: entry.position)
            question = question.after(page.cursor)
