"""Run one channel once: send the due notifications, and store the progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.moments import CLOCK_MARGIN, rfc3339
from chalicelib.domain.notifications.delivery import (
    MOST_REMEMBERED,
    Attempt,
    Delivery,
    DeliveryStatus,
    Notified,
    Reading,
)
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.people.authentication import find_token_problem
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.notifications.ports import Channel
from chalicelib.usecases.notifications.trail_reader import (
    WINDOW,
    NoTimeLeft,
    TimeCheck,
    TrailReader,
    find_near_ends,
)
from chalicelib.usecases.people.members import active_leads
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record

TRAIL_LAG = CLOCK_MARGIN
"""Notifications go out in the order of time. The entries of one moment may become visible at
different times."""
LOOK_BACK = timedelta(minutes=15)
"""How long after its time an entry is still read, because the index by day and clocks may lag."""
LONGEST_RETRY = timedelta(hours=24)
"""How long Daypass retries a notification."""
OLDEST_ENTRY_AGE = LONGEST_RETRY + timedelta(hours=1)
"""How far back a run reads after a pause."""
BETWEEN_NEAR_END_CHECKS = timedelta(hours=1)
BETWEEN_STORES = timedelta(minutes=5)
"""If nothing is sent, reading this much of the trail again costs less than storing progress each
minute."""
LONGEST_RUN = timedelta(minutes=2)
"""Well above the time limit of a run. An attempt that is older is not running any more."""
LONGEST_PAUSE = timedelta(hours=1)
MOST_NEAR_ENDS = MOST_REMEMBERED // 2
"""The maximum number of near ends: one item holds all that was sent."""

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
    """The numbers of one run. `sent` counts delivered notifications, `failed` failed ones,
    `given_up` those of them that are not retried, and `late` the channels that ran out of time.
    `ended` is the worst channel's end."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    late: int = 0
    ended: RunEnd = RunEnd.ALL_DONE


class ChannelRun:
    """One run of one channel. It holds the stored progress and the progress since."""

    def __init__(
        self,
        ports: Ports,
        channel: Channel,
        check: TimeCheck,
        trail: TrailReader,
        summary: RunSummary,
    ) -> None:
        self._ports, self._channel, self._summary = ports, channel, summary
        self._check, self._trail = check, trail
        self._began_at = ports.now()
        since = self._began_at - LOOK_BACK
        self._progress = self._stored = ports.state.get(Notified, channel.kind) or Notified(
            channel=channel.kind, look_from=since, sent={}, version=0
        )

    def run(self) -> RunEnd:
        """Send what is due. FactsChanged if another run has taken over."""
        if (ended := self._continue_attempt()) is not None:
            return ended
        self._skip_old_entries()
        try:
            for notification in self._due():
                self._check()
                attempt = Attempt(notification=notification, began_at=self._ports.now())
                if not self._send(attempt, again=False):
                    return RunEnd.NOT_DELIVERED
        except NoTimeLeft:
            self._store()
            return RunEnd.OUT_OF_TIME
        if self._is_worth_storing():
            self._store()
        return RunEnd.ALL_DONE

    def _continue_attempt(self) -> RunEnd | None:
        """Continue with the notification that the last run did not finish."""
        attempt, now = self._progress.attempt, self._ports.now()
        if attempt is None:
            return None
        if attempt.is_underway and now < attempt.began_at + LONGEST_RUN:
            return RunEnd.ANOTHER_RUN
        if attempt.not_before is not None and now < attempt.not_before:
            return RunEnd.NOT_DELIVERED
        resumed = replace(attempt, began_at=now, is_underway=True, not_before=None)
        return None if self._send(resumed, again=attempt.may_have_arrived) else RunEnd.NOT_DELIVERED

    def _skip_old_entries(self) -> None:
        """After a long pause, skip events that are too old to be useful."""
        earliest = self._began_at - OLDEST_ENTRY_AGE
        since = self._progress.position
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record(span | {"given_up": "true"})
            self._summary.failed += 1
            self._look_from(earliest)

    def _due(self) -> Iterator[Notification]:
        """Yield what is not done: from the trail in its order, then the near ends.

        A pass may take several runs. The next pass begins `LOOK_BACK` before this one began, so
        each entry is read again after the index must contain it.
        """
        until = self._began_at - TRAIL_LAG
        reading = self._progress.reading or Reading(began_at=until, at=self._progress.look_from)
        since = max(reading.at, self._progress.look_from)
        while since < until:
            start = since.replace(second=0, microsecond=0)
            end = min(start + WINDOW, until)
            for notification in self._trail(start, end):
                if notification.at >= since and self._is_due(notification):
                    self._look_from(min(notification.at, reading.began_at) - LOOK_BACK)
                    yield notification
            since = max(end, self._progress.look_from)
            reading = replace(reading, at=end)
            self._progress = replace(self._progress, reading=reading)
        self._progress = replace(self._progress, reading=None)
        self._look_from(reading.began_at - LOOK_BACK)
        yield from self._ends()

    def _is_due(self, notification: Notification) -> bool:
        is_for_it = bool(notification.alerts) or not self._channel.alerts_only
        return is_for_it and not self._progress.is_done(notification)

    def _ends(self) -> Iterator[Notification]:
        """Yield the near ends once an hour; if there are too many, the earliest."""
        now, looked_at = self._began_at, self._progress.looked_ahead_at
        if self._channel.alerts_only:
            return
        if looked_at is not None and now < looked_at + BETWEEN_NEAR_END_CHECKS:
            return
        for notification in find_near_ends(self._ports, now, self._check):
            if self._is_due(notification) and self._has_room():
                yield notification
        self._progress = replace(self._progress, looked_ahead_at=now)

    def _has_room(self) -> bool:
        return (
            sum(until > self._began_at for until in self._progress.sent.values()) < MOST_NEAR_ENDS
        )

    def _send(self, attempt: Attempt, *, again: bool) -> bool:
        """Send the notification, and return whether it is done, so that the next one may follow.
        The attempt is stored first, so that it survives if the run is killed."""
        notification = attempt.notification
        user = self._user(notification.member)
        self._progress = replace(self._progress, attempt=attempt)
        self._store()
        leads = self._leads() if notification.alerts else ()
        delivery = self._channel.send(notification, user=user, again=again, leads=leads)
        if delivery.status is DeliveryStatus.DELIVERED:
            self._summary.sent += 1
            self._progress = self._progress.with_done(notification)
            return True
        return self._failed(attempt, delivery, again=again)

    def _failed(self, attempt: Attempt, delivery: Delivery, *, again: bool) -> bool:
        notification, now = attempt.notification, self._ports.now()
        is_too_old = now - notification.at >= LONGEST_RETRY
        gives_up = delivery.status is DeliveryStatus.REFUSED or is_too_old
        self._summary.failed += 1
        if gives_up or not attempt.is_recorded:
            details = {"notice": notification.key, "entry": notification.entry, "why": delivery.why}
            self._record(details | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._summary.given_up += 1
            self._progress = self._progress.with_done(notification)
            return True
        wait = min(timedelta(seconds=delivery.wait), LONGEST_PAUSE)
        failed = replace(
            attempt,
            is_underway=False,
            is_recorded=True,
            may_have_arrived=again or delivery.status is DeliveryStatus.UNKNOWN,
            not_before=now + wait if delivery.wait else None,
        )
        self._progress = replace(self._progress, attempt=failed)
        self._store()
        return False

    def _record(self, details: dict[str, str]) -> None:
        details = {"via": self._channel.kind.value, **details}
        operation = Operation(action=Action.NOTICE, outcome=Outcome.FAILED, details=details)
        record(self._ports, NOTIFY_ACTOR, operation)

    def _user(self, member: str) -> str:
        """Return the member's user in this channel, or ""."""
        has_users = bool(member and self._channel.issuer)
        stored = self._ports.state.get(Member, member) if has_users else None
        return self._user_of(stored) if stored is not None else ""

    def _leads(self) -> Sequence[str]:
        """Return the active leads' users in this channel."""
        if not self._channel.issuer:
            return ()
        leads = active_leads(self._ports, self._ports.state.get(Leads))
        return list(filter(None, (self._user_of(lead) for lead in leads)))

    def _user_of(self, member: Member) -> str:
        """Return the user of the member's latest binding. For a suspended member, use their last
        one."""
        bindings = [
            token
            for token in list_all(self._ports.state, Token, member=member.id)
            if token.issuer == self._channel.issuer
            and find_token_problem(token, member, self._ports.now())
            in (None, Reason.MEMBER_SUSPENDED)
        ]
        return max(bindings, key=lambda token: token.created_at).subject if bindings else ""

    def _look_from(self, moment: datetime) -> None:
        self._progress = self._progress.looking_from(moment)

    def _is_worth_storing(self) -> bool:
        """Return whether to store the progress. Progress in reading alone is not worth a write each
        minute."""
        stored, current = self._stored, self._progress
        if replace(current, look_from=stored.look_from) != stored or not stored.version:
            return True
        return current.look_from - stored.look_from >= BETWEEN_STORES

    def _store(self) -> None:
        """Store the progress. FactsChanged if another run has stored its own."""
        self._progress = next_version(self._progress.bounded())
        self._ports.state.save(self._progress)
        self._stored = self._progress
