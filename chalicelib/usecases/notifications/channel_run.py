"""Run one channel once: send its due notifications, and store the progress.

A channel is a way to reach people, such as Slack. A notification tells of a trail entry, or of the
near end of an engagement or of a client's trust policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.moments import CLOCK_MARGIN, rfc3339
from chalicelib.domain.notifications.delivery import (
    MAX_REMEMBERED,
    Attempt,
    ChannelProgress,
    Delivery,
    DeliveryStatus,
    Reading,
)
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.trail import SCHEDULE, Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.usecases.notifications.mentions import Mentions
from chalicelib.usecases.notifications.ports import Channel, RequestNotices
from chalicelib.usecases.notifications.trail_reader import (
    WINDOW,
    NoTimeLeft,
    TimeCheck,
    TrailReader,
    find_near_ends,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record

TRAIL_LAG = CLOCK_MARGIN
"""A run leaves the last seconds to the next, because entries may become visible out of order."""
LOOK_BACK = timedelta(minutes=15)
"""How long after its time an entry is read again, because the trail's index and clocks may lag."""
LONGEST_RETRY = timedelta(hours=24)
"""How long after an event Daypass retries its notification."""
OLDEST_ENTRY_AGE = LONGEST_RETRY + timedelta(hours=1)
"""How far back a run reads after a pause. Older entries are skipped."""
BETWEEN_NEAR_END_CHECKS = timedelta(hours=1)
"""How much time passes before a channel looks for near ends again."""
BETWEEN_STORES = timedelta(minutes=5)
"""How much time passes before a run that sent nothing stores how far it has read. Reading this much
of the trail again costs less than a write each minute."""
LONGEST_RUN = timedelta(minutes=2)
"""Well above the time limit of a run. An attempt that began longer ago is not running any more."""
LONGEST_PAUSE = timedelta(hours=1)
"""The longest time that a channel can make Daypass wait before a retry."""
MAX_NEAR_ENDS = MAX_REMEMBERED // 2
"""The most near ends that a channel remembers as sent. One item holds all that it remembers."""

NOTIFY_ACTOR = SystemActor(SCHEDULE)


class RunEnd(StrEnum):
    """How a run ended, from best to worst."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run is sending or has taken over."""
    NOT_DELIVERED = "not-delivered"
    """A notification was not delivered or has to wait. The next run continues with it."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class RunSummary(Struct, kw_only=True):
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


class ChannelRun:
    """One run of one channel, with the progress as stored and as it is now."""

    def __init__(
        self,
        ports: Ports,
        channel: Channel,
        require_time: TimeCheck,
        read_notifications: TrailReader,
        summary: RunSummary,
        requests: RequestNotices | None,
    ) -> None:
        """Read the channel's stored progress. All channels of the run count in `summary`."""
        self._ports, self._channel, self._summary = ports, channel, summary
        self._requests, self._mentions = requests, Mentions(ports, channel, requests)
        self._require_time, self._read_notifications = require_time, read_notifications
        self._began_at = ports.now()
        first_progress = ChannelProgress(
            channel=channel.kind, look_from=self._began_at - LOOK_BACK, sent={}, version=0
        )
        self._progress = self._stored = (
            ports.state.get(ChannelProgress, channel.kind) or first_progress
        )

    def run(self) -> RunEnd:
        """Send the due notifications, and return how the run ended. Raise FactsChanged if another
        run has taken over."""
        if (early_end := self._continue_attempt()) is not None:
            return early_end
        self._skip_old_entries()
        try:
            for notification in self._find_due_notifications():
                self._require_time()
                attempt = Attempt(notification=notification, began_at=self._ports.now())
                if not self._send(attempt, may_have_arrived=False):
                    return RunEnd.NOT_DELIVERED
        except NoTimeLeft:
            self._store_progress()
            return RunEnd.OUT_OF_TIME
        if self._is_worth_storing():
            self._store_progress()
        return RunEnd.ALL_DONE

    def _continue_attempt(self) -> RunEnd | None:
        """Retry the notification that the last run did not finish, if any. Return None if this run
        can then send other notifications, or else how this run ends."""
        attempt, now = self._progress.attempt, self._ports.now()
        if attempt is None:
            return None
        if attempt.is_underway and now < attempt.began_at + LONGEST_RUN:
            return RunEnd.ANOTHER_RUN
        if attempt.not_before is not None and now < attempt.not_before:
            return RunEnd.NOT_DELIVERED
        resumed = replace(attempt, began_at=now, is_underway=True, not_before=None)
        is_finished = self._send(resumed, may_have_arrived=attempt.may_have_arrived)
        return None if is_finished else RunEnd.NOT_DELIVERED

    def _skip_old_entries(self) -> None:
        """After a long pause, skip the entries that are too old to be useful, and record that."""
        earliest = self._began_at - OLDEST_ENTRY_AGE
        since = self._progress.position
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record_failure(span | {"given_up": "true"})
            self._summary.failed += 1
            self._move_look_from(earliest)

    def _find_due_notifications(self) -> Iterator[Notification]:
        """Yield the notifications that are still to be sent: those of trail entries, in order, and
        then those of near ends.

        A pass over the trail may take several runs: `reading` stores how far it got. The next pass
        starts with the entries from `LOOK_BACK` before the time at which this pass started, because
        entries can become visible late.
        """
        until = self._began_at - TRAIL_LAG
        reading = self._progress.reading or Reading(began_at=until, at=self._progress.look_from)
        since = max(reading.at, self._progress.look_from)
        while since < until:
            start = since.replace(second=0, microsecond=0)
            end = min(start + WINDOW, until)
            for notification in self._read_notifications(start, end):
                if notification.at >= since and self._is_due(notification):
                    self._move_look_from(min(notification.at, reading.began_at) - LOOK_BACK)
                    yield notification
            since = max(end, self._progress.look_from)
            reading = replace(reading, at=end)
            self._progress = replace(self._progress, reading=reading)
        self._progress = replace(self._progress, reading=None)
        self._move_look_from(reading.began_at - LOOK_BACK)
        yield from self._find_due_near_ends()
        yield from self._find_due_request_notices()

    def _is_due(self, notification: Notification) -> bool:
        """Return whether the channel takes this notification and has not finished with it."""
        if notification.for_client != self._channel.for_client:
            return False
        is_for_channel = bool(notification.alerts) or not self._channel.alerts_only
        return is_for_channel and not self._progress.is_done(notification)

    def _find_due_near_ends(self) -> Iterator[Notification]:
        """Once an hour, yield the due notifications of near ends, the earliest end first. If the
        channel cannot remember them all, leave out the latest."""
        now, looked_at = self._began_at, self._progress.looked_ahead_at
        if self._channel.alerts_only or self._channel.for_client:
            return
        if looked_at is not None and now < looked_at + BETWEEN_NEAR_END_CHECKS:
            return
        for notification in find_near_ends(self._ports, now, self._require_time):
            if self._is_due(notification) and self._has_room_for_near_end():
                yield notification
        self._progress = replace(self._progress, looked_ahead_at=now)

    def _find_due_request_notices(self) -> Iterator[Notification]:
        """Yield the due notifications of requests that still wait or have expired, the earliest
        expiry first."""
        now, requests = self._began_at, self._requests
        if self._channel.alerts_only or requests is None:
            return
        if self._stored.attempt is not None and self._progress.attempt is None:
            self._store_progress()  # so that a read that fails makes no run send it again
        since = max(self._progress.requests_read_until or now - LOOK_BACK, now - LONGEST_RETRY)
        for notification in requests.find_due(self._ports, since, now, self._require_time):
            if self._is_due(notification) and self._has_room_for_near_end():
                yield notification
        if now - since >= BETWEEN_STORES:
            self._progress = replace(self._progress, requests_read_until=now - CLOCK_MARGIN)

    def _has_room_for_near_end(self) -> bool:
        """Return whether the channel can remember one more near end. Only these lie ahead."""
        near_end_count = sum(until > self._began_at for until in self._progress.sent.values())
        return near_end_count < MAX_NEAR_ENDS

    def _send(self, attempt: Attempt, *, may_have_arrived: bool) -> bool:
        """Send the notification, and return whether it is finished: delivered or given up.

        The attempt is stored first, so that it survives if the run is killed. `may_have_arrived`
        says that an earlier attempt may have delivered the notification.
        """
        notification = attempt.notification
        user = self._mentions.find_user(notification.member)
        self._progress = replace(self._progress, attempt=attempt)
        self._store_progress()
        mentions = self._mentions.find_others(notification)
        delivery = self._channel.send(
            notification, user=user, may_have_arrived=may_have_arrived, mentions=mentions
        )
        if delivery.status is DeliveryStatus.DELIVERED:
            self._summary.sent += 1
            self._progress = self._progress.with_done(notification)
            return True
        return self._handle_failed_delivery(attempt, delivery, may_have_arrived=may_have_arrived)

    def _handle_failed_delivery(
        self, attempt: Attempt, delivery: Delivery, *, may_have_arrived: bool
    ) -> bool:
        """Return whether to give the notification up. If not, store when a run may retry it."""
        notification, now = attempt.notification, self._ports.now()
        is_too_old = now - notification.at >= LONGEST_RETRY
        gives_up = delivery.status is DeliveryStatus.REFUSED or is_too_old
        self._summary.failed += 1
        if gives_up or not attempt.is_recorded:
            details = {"notice": notification.key, "entry": notification.entry, "why": delivery.why}
            self._record_failure(details | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._summary.given_up += 1
            self._progress = self._progress.with_done(notification)
            return True
        wait = min(timedelta(seconds=delivery.wait), LONGEST_PAUSE)
        failed_attempt = replace(
            attempt,
            notification=replace(notification, reached=delivery.reached),
            is_underway=False,
            is_recorded=True,
            may_have_arrived=may_have_arrived or delivery.status is DeliveryStatus.UNKNOWN,
            not_before=now + wait if delivery.wait else None,
        )
        self._progress = replace(self._progress, attempt=failed_attempt)
        self._store_progress()
        return False

    def _record_failure(self, details: dict[str, str]) -> None:
        """Record on the trail that this channel did not send something."""
        details = {"via": self._channel.kind.value, **details}
        operation = Operation(action=Action.NOTICE, outcome=Outcome.FAILED, details=details)
        record(self._ports, NOTIFY_ACTOR, operation)

    def _move_look_from(self, moment: datetime) -> None:
        """Let the next pass begin at this moment, or later if it already does."""
        self._progress = self._progress.with_look_from(moment)

    def _is_worth_storing(self) -> bool:
        """Return whether to store the progress: mere reading only after `BETWEEN_STORES`."""
        stored, current = self._stored, self._progress
        if replace(current, look_from=stored.look_from) != stored or not stored.version:
            return True
        return current.look_from - stored.look_from >= BETWEEN_STORES

    def _store_progress(self) -> None:
        """Store the progress. Raise FactsChanged if another run has stored its own."""
        self._progress = next_version(self._progress.without_old_notifications())
        self._ports.state.save(self._progress)
        self._stored = self._progress
