"""Read trail entries and near ends for one channel, in small pieces, and store how far it is.

A near end is the end of an engagement or of a client's trust policy within the next days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import CLOCK_MARGIN, rfc3339
from chalicelib.domain.notifications.client import ClientEvent, build_client_event
from chalicelib.domain.notifications.near_ends import build_end_notification, find_end
from chalicelib.domain.notifications.notification import (
    ChannelKind,
    ChannelProgress,
    Notification,
    Reading,
)
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.trail import Action, Entry, Operation, Outcome, TrailQuery
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import iterate_trail, list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, record
from chalicelib.usecases.vending.withholding import LOOK_BACK as SESSION_LOOK_BACK

SECONDS_FOR_ONE_NOTIFICATION = 20.0
"""How many seconds it may take to store an attempt, send it and record its failure. With less time
left, a run begins nothing more."""
WINDOW = timedelta(minutes=1)
"""The trail is read in pieces of this length, oldest first, so that a run can stop after each. A
piece fits into a run even at 1,000 entries a second, the most that a partition of the index
accepts."""
_PAGE = 500

TimeCheck = Callable[[], None]
"""Raises NoTimeLeft if the run has no time for another step."""
ReportedEvent = Notification | ClientEvent
"""An event that people hear of: at the firm, or at a client."""
TrailReader = Callable[[datetime, datetime], list[ReportedEvent]]
"""Returns the events of the entries between two moments, in the trail's order. Raises
NoTimeLeft."""


class NoTimeLeft(Exception):
    """The run must stop here."""


def build_trail_reader(ports: Ports, require_time: TimeCheck) -> TrailReader:
    """Return a reader for all channels of a run. It remembers what it has read."""

    @cache
    def read_revoked_sessions(hour: datetime) -> list[Entry]:
        """Read all revocations of single sessions that can have happened in this hour. The trail
        lists each at the time when its session began, so begin SESSION_LOOK_BACK earlier."""
        query = TrailQuery(
            since=hour - SESSION_LOOK_BACK,
            until=hour + timedelta(hours=1),
            revoked_sessions_only=True,
            limit=_PAGE,
        )
        require_time()
        return [entry for page in iterate_trail(ports.trail, query) for entry in page.items]

    @cache
    def read_events(since: datetime, until: datetime) -> list[ReportedEvent]:
        """Read the entries of this span, which is part of one minute, page by page, and return
        their events."""
        query = TrailQuery(since=since, until=until, limit=_PAGE)
        revoked = read_revoked_sessions(since.replace(minute=0))
        entries = [entry for entry in revoked if since <= entry.at < until]
        require_time()
        for page in iterate_trail(ports.trail, query):
            entries += (each for each in page.items if each.action is not Action.SESSION_REVOKE)
            if page.cursor:
                require_time()
        entries.sort(key=lambda entry: entry.position)
        built = (
            build(entry) for entry in entries for build in (build_notification, build_client_event)
        )
        return list(filter(None, built))

    return read_events


def find_near_ends(ports: Ports, now: datetime, require_time: TimeCheck) -> Iterator[Notification]:
    """Yield a notification for each engagement that ends soon, and each role whose trust policy
    expires soon, the earliest first.

    The lists of engagements and roles may lag, so read each item again before its notification.
    Before each read, `require_time` raises NoTimeLeft if the run has no time for it.
    """
    require_time()
    engagements = {listed.id: listed for listed in list_all(ports.state, Engagement)}
    require_time()
    roles = (role for role in list_all(ports.state, Role) if role.engagement in engagements)
    listed: list[tuple[Engagement, Role | None]] = [
        *((engagement, None) for engagement in engagements.values()),
        *((engagements[role.engagement], role) for role in roles),
    ]
    ends = [
        (find_end(engagement, role), engagement.id, role.name if role else "")
        for engagement, role in listed
        if build_end_notification(engagement, role, now)
    ]
    for _, engagement_id, role_name in sorted(ends):
        require_time()
        stored = ports.state.get(Engagement, engagement_id)
        role = ports.state.get(Role, engagement_id, role_name) if role_name else None
        if stored is None or (role_name and role is None):
            continue
        notification = build_end_notification(stored, role, now)
        if notification is not None:
            yield notification


TRAIL_LAG = CLOCK_MARGIN
"""A run leaves the last seconds to the next, because entries may become visible out of order."""
LOOK_BACK = timedelta(minutes=15)
"""How long after its time an entry is read again, because the trail's index and clocks may lag."""
LONGEST_RETRY = timedelta(hours=24)
"""How long after an event Daypass retries its notification."""
OLDEST_ENTRY_AGE = LONGEST_RETRY + timedelta(hours=1)
"""How far back a run reads after a pause. Older entries are skipped."""
BETWEEN_STORES = timedelta(minutes=5)
"""How much time passes before a run that sent nothing stores how far it has read. Reading this much
of the trail again costs less than a write each minute."""


class RunEnd(StrEnum):
    """How a run ended, from best to worst."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run is sending or has taken over."""
    NOT_DELIVERED = "not-delivered"
    """A notification was not delivered or has to wait. The next run continues with it."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class RunSummary(Struct):
    """The result of one run over all channels.

    `sent` counts delivered notifications, `failed` failed ones, `given_up` failed ones that are not
    retried, and `late` channels that ran out of time. `expired` counts the requests for access that
    no one decided until the last minute. `ended` is how the worst channel ended.
    """

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    late: int = 0
    expired: int = 0
    ended: RunEnd = RunEnd.ALL_DONE


class RunContext(Struct, frozen=True):
    """The parts that the runs of all channels share."""

    ports: Ports
    require_time: TimeCheck
    read_events: TrailReader
    summary: RunSummary


class TrailRun:
    """One run of one channel, with the progress as stored and as it is now."""

    def __init__(self, context: RunContext, kind: ChannelKind) -> None:
        """Read the channel's stored progress."""
        self._ports, self._summary, self._kind = context.ports, context.summary, kind
        self._require_time, self._read_events = context.require_time, context.read_events
        self._began_at = self._ports.now()
        first_progress = ChannelProgress(
            channel=kind, look_from=self._began_at - LOOK_BACK, sent={}, version=0
        )
        self._progress = self._stored = (
            self._ports.state.get(ChannelProgress, kind) or first_progress
        )

    def _skip_old_entries(self) -> None:
        """After a long pause, skip the entries that are too old to be useful, and record that."""
        earliest = self._began_at - OLDEST_ENTRY_AGE
        since = self._progress.position
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record_failure(span | {"given_up": "true"})
            self._summary.failed += 1
            self._move_look_from(earliest)

    def _read_trail(self) -> Iterator[ReportedEvent]:
        """Yield the events since the last pass, in order, some of them a second time. The caller
        must send each event, or give it up, before it asks for the next or stores the progress.

        A pass reads the trail up to the present, in pieces of a minute. If a run has no time left,
        the next run continues the pass: `reading` stores when it began, and which pieces it read.
        The next pass reads from `look_from` on, `LOOK_BACK` before the time at which this pass
        began, because entries can become visible late.
        """
        until = self._began_at - TRAIL_LAG
        reading = self._progress.reading or Reading(began_at=until, at=self._progress.look_from)
        # `_skip_old_entries` may have moved `look_from` past what the pass has read.
        since = max(reading.at, self._progress.look_from)
        while since < until:
            # Begin each piece at a whole minute, so that all channels read the same pieces, which
            # `read_events` remembers. Skip what this channel has read of the first one.
            start = since.replace(second=0, microsecond=0)
            end = min(start + WINDOW, until)
            for event in self._read_events(start, end):
                if event.at >= since:
                    # All earlier events are sent. This one is not lost if it is not: the next pass
                    # reads the LOOK_BACK before it again. The trail lists a vend's outcome at the
                    # time at which the vend began, so `at` may be later than this piece.
                    self._move_look_from(min(event.at, end, reading.began_at) - LOOK_BACK)
                    yield event
            since = end
            reading = replace(reading, at=end)
            self._progress = replace(self._progress, reading=reading)
        self._progress = replace(self._progress, reading=None)
        self._move_look_from(reading.began_at - LOOK_BACK)

    def _record_failure(self, details: dict[str, str]) -> None:
        """Record on the trail that this channel could not send something."""
        details = {"via": self._kind.value, **details}
        operation = Operation(action=Action.NOTICE, outcome=Outcome.FAILED, details=details)
        record(self._ports, SCHEDULE_ACTOR, operation)

    def _move_look_from(self, moment: datetime) -> None:
        """Let the next pass begin at this moment, but never earlier than it would now."""
        look_from = max(moment, self._progress.look_from)
        self._progress = replace(self._progress, look_from=look_from)

    def _is_worth_storing(self) -> bool:
        """Return whether to store the progress. If the run has only read, store it only if it has
        read `BETWEEN_STORES` or more since the progress was last stored."""
        stored, current = self._stored, self._progress
        if replace(current, look_from=stored.look_from) != stored or not stored.version:
            return True
        return current.look_from - stored.look_from >= BETWEEN_STORES

    def _store_progress(self) -> None:
        """Store the progress. Raise FactsChanged if another run has stored its own."""
        self._progress = next_version(self._progress.without_old_notifications())
        self._ports.state.save(self._progress)
        self._stored = self._progress
