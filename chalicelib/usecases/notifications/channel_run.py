"""Run one channel once: send its due notifications, and store the progress.

A channel is a way to reach people, such as Slack. A notification tells of a trail entry, or of the
near end of an engagement or of a client's trust policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.notifications.notification import (
    MAX_REMEMBERED,
    Attempt,
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Notification,
)
from chalicelib.domain.people.members import Leads, Member, find_token_problem
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.notifications.trail_run import (
    BETWEEN_STORES,
    LONGEST_RETRY,
    LOOK_BACK,
    NoTimeLeft,
    RunContext,
    RunEnd,
    TrailRun,
    find_near_ends,
)
from chalicelib.usecases.people.members import find_active_leads
from chalicelib.usecases.ports import Ports

BETWEEN_NEAR_END_CHECKS = timedelta(hours=1)
"""How much time passes before a channel looks for near ends again."""
LONGEST_RUN = timedelta(minutes=2)
"""Well above the time limit of a run. An attempt that began longer ago is not running any more."""
LONGEST_PAUSE = timedelta(hours=1)
"""The longest time that a channel can make Daypass wait before a retry."""
MAX_AHEAD = MAX_REMEMBERED // 2
"""The most notifications of near ends and of waiting requests that a channel remembers as sent. One
item holds all that it remembers."""


class Channel(Protocol):
    """A channel that reaches people."""

    @property
    def kind(self) -> ChannelKind: ...

    @property
    def alerts_only(self) -> bool:
        """Return whether the channel takes only alerts."""

    @property
    def issuer(self) -> str:
        """Return the issuer of the tokens that bind members to this channel's users, so that
        messages can mention them. Empty if it has no users."""

    def send(
        self,
        notification: Notification,
        *,
        user: str,
        may_have_arrived: bool,
        mentions: Sequence[str] = (),
    ) -> Delivery:
        """Send the notification, and return the result. It mentions `user`, the member concerned,
        and `mentions`: every lead of an alert, or the approvers of a request. `may_have_arrived`
        says that an earlier attempt may have delivered the notification."""


class RequestNotices(Protocol):
    """Finds the notifications of access requests that have no trail entry."""

    def find_due(
        self, ports: Ports, since: datetime, now: datetime, require_time: Callable[[], None]
    ) -> Iterator[Notification]:
        """Yield the notifications of requests that still wait, after some minutes, and of those
        that expired after `since`. `require_time` raises an error if a run has no time left."""

    def find_approvers(self, ports: Ports, notification: Notification) -> Sequence[str]:
        """Return the IDs of the members that the notification about a request mentions."""


class ChannelRun(TrailRun):
    """One run of one channel, which sends one notification after the other."""

    def __init__(
        self, context: RunContext, channel: Channel, requests: RequestNotices | None
    ) -> None:
        super().__init__(context, channel.kind)
        self._channel, self._requests = channel, requests

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

    def _find_due_notifications(self) -> Iterator[Notification]:
        """Yield the notifications that this run has to send: first of trail entries, in order, then
        of near ends, and then of requests."""
        for event in self._read_trail():
            if isinstance(event, Notification) and self._is_due(event):
                yield event
        yield from self._find_due_near_ends()
        yield from self._find_due_request_notices()

    def _is_due(self, notification: Notification) -> bool:
        is_for_channel = bool(notification.alerts) or not self._channel.alerts_only
        return is_for_channel and not self._progress.is_done(notification)

    def _find_due_near_ends(self) -> Iterator[Notification]:
        """Once an hour, yield the due notifications of engagements and trust policies that end
        soon, the earliest end first. A channel for alerts only gets none. If the channel cannot
        remember them all, leave out the latest."""
        now, looked_at = self._began_at, self._progress.looked_ahead_at
        if self._channel.alerts_only:
            return
        if looked_at is not None and now < looked_at + BETWEEN_NEAR_END_CHECKS:
            return
        for notification in find_near_ends(self._ports, now, self._require_time):
            if self._is_due(notification) and self._has_room():
                yield notification
        # The caller sends each notification before it asks for the next, so all are sent here.
        self._progress = replace(self._progress, looked_ahead_at=now)

    def _find_due_request_notices(self) -> Iterator[Notification]:
        """Yield the due notifications of requests that still wait or have expired, the earliest
        expiry first."""
        now, requests = self._began_at, self._requests
        if self._channel.alerts_only or requests is None:
            return
        if self._stored.attempt is not None and self._progress.attempt is None:
            # This run finished the stored attempt. Store that before the next read, because after
            # a failed read the next run would send the notification again.
            self._store_progress()
        # Read the requests that expired since the last read, or in the last LOOK_BACK at first, but
        # none that is too old to send. A channel for alerts, or without requests, returned above.
        since = max(self._progress.requests_read_until or now - LOOK_BACK, now - LONGEST_RETRY)
        for notification in requests.find_due(self._ports, since, now, self._require_time):
            if self._is_due(notification) and self._has_room():
                yield notification
        # All are sent here, as above. The list may lag, so the next run reads the last CLOCK_MARGIN
        # again. Each change of the progress costs a write, so change it only now and then.
        if now - since >= BETWEEN_STORES:
            self._progress = replace(self._progress, requests_read_until=now - CLOCK_MARGIN)

    def _has_room(self) -> bool:
        """Return whether the channel can remember one more notification of a near end or a waiting
        request. Only these are remembered until a time that lies ahead, such as the end itself."""
        count_ahead = sum(until > self._began_at for until in self._progress.sent.values())
        return count_ahead < MAX_AHEAD

    def _send(self, attempt: Attempt, *, may_have_arrived: bool) -> bool:
        """Send the notification, and return whether it is finished: delivered or given up.

        The attempt is stored first, so that it survives if the run is killed. `may_have_arrived`
        says that an earlier attempt may have delivered the notification.
        """
        notification = attempt.notification
        user = self._find_user(notification.member)
        self._progress = replace(self._progress, attempt=attempt)
        self._store_progress()
        mentions = self._find_others(notification)
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
        """Give the notification up, or store when a run may retry it. Return whether it was given
        up. The trail gets an entry of the first failure, and one of giving up."""
        notification, now = attempt.notification, self._ports.now()
        is_too_old = now - notification.at >= LONGEST_RETRY
        gives_up = delivery.status is DeliveryStatus.REFUSED or is_too_old
        self._summary.failed += 1
        if gives_up or not attempt.is_recorded:
            details = {"notice": notification.key, "entry": notification.entry, "why": delivery.why}
            self._record_failure(details | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._summary.given_up += 1
            # The run continues, and stores its progress with the next attempt or at its end.
            self._progress = self._progress.with_done(notification)
            return True
        wait = min(timedelta(seconds=delivery.wait), LONGEST_PAUSE)
        failed_attempt = replace(
            attempt,
            is_underway=False,
            is_recorded=True,
            may_have_arrived=may_have_arrived or delivery.status is DeliveryStatus.UNKNOWN,
            not_before=now + wait if delivery.wait else None,
        )
        self._progress = replace(self._progress, attempt=failed_attempt)
        self._store_progress()
        return False

    def _find_user(self, member: str) -> str:
        """Return the channel's user of the member with this ID. Return "" if there is none, or if
        the ID is empty."""
        has_users = bool(member and self._channel.issuer)
        stored = self._ports.state.get(Member, member) if has_users else None
        return self._find_user_of_member(stored) if stored is not None else ""

    def _find_others(self, notification: Notification) -> Sequence[str]:
        """Return the channel's users to mention besides the member concerned: every lead for an
        alert, or the approvers of a request."""
        if not self._channel.issuer:  # the channel has no users, as for e-mails to a topic
            return ()
        if notification.alerts:
            leads = find_active_leads(self._ports, self._ports.state.get(Leads))
            return [*filter(None, map(self._find_user_of_member, leads))]
        if notification.request and self._requests is not None:
            approvers = self._requests.find_approvers(self._ports, notification)
            return [*filter(None, map(self._find_user, approvers))]
        return ()

    def _find_user_of_member(self, member: Member) -> str:
        """Return the channel's user in the member's latest binding, or "". A binding is a token of
        the channel's issuer. For a suspended member, use the last one they had."""
        bindings = [
            token
            for token in list_all(self._ports.state, Token, member=member.id)
            if token.issuer == self._channel.issuer
            and find_token_problem(token, member, self._ports.now())
            in (None, Reason.MEMBER_SUSPENDED)
        ]
        return max(bindings, key=lambda token: token.created_at).subject if bindings else ""
