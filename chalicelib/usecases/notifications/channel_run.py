"""One run of one channel: send what is due, and remember it."""

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
from chalicelib.domain.people.authentication import token_problem
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.notifications.ports import Channel
from chalicelib.usecases.notifications.reading import (
    WINDOW,
    Check,
    NoTimeLeft,
    TrailReader,
    near_ends,
)
from chalicelib.usecases.people.members import active_leads
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record

LAG = CLOCK_MARGIN
"""Notifications go in the order of time. The entries of one moment may not all be there at once."""
LOOK_BACK = timedelta(minutes=15)
"""How long after its moment an entry is still found: the index by day and clocks may lag."""
LONGEST_WAIT = timedelta(hours=24)
"""How long Daypass tries to send a notification."""
OLDEST = LONGEST_WAIT + timedelta(hours=1)
"""How far back a run looks after a pause."""
BETWEEN_LOOKS_AHEAD = timedelta(hours=1)
BETWEEN_MEMORIES = timedelta(minutes=5)
"""With nothing to send, reading so much of the trail again is cheaper than a write each minute."""
LONGEST_RUN = timedelta(minutes=2)
"""Well over the time that a run has. Nobody is sending what has been under way for longer."""
LONGEST_PATIENCE = timedelta(hours=1)
MOST_AHEAD = MOST_REMEMBERED // 2
"""Ends that are near: all that was sent is one item."""

BY = SystemActor(SCHEDULE)


class Ended(StrEnum):
    """How a run ended, from the best to the worst."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run is sending, or has taken over."""
    NOT_TAKEN = "not-taken"
    """A notification could not be sent, or has to wait. The next run goes on with it."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class Notifying(Struct, kw_only=True):
    """What one run did. `told` counts sent notifications, `failed` those that could not be sent,
    and `given_up` those of them that will not be tried again; `late` counts the channels that did
    not reach the end in time. `ended` is how the worst channel ended."""

    told: int = 0
    failed: int = 0
    given_up: int = 0
    late: int = 0
    ended: Ended = Ended.ALL_DONE


class ChannelRun:
    """One run of one channel. Its memory is ahead of the stored one by what it has done since."""

    def __init__(
        self,
        ports: Ports,
        channel: Channel,
        check: Check,
        trail: TrailReader,
        numbers: Notifying,
    ) -> None:
        self._ports, self._channel, self._numbers = ports, channel, numbers
        self._check, self._trail = check, trail
        self._began_at = ports.now()
        since = self._began_at - LOOK_BACK
        self._memory = self._remembered = ports.state.get(Notified, channel.via) or Notified(
            via=channel.via, look_from=since, told={}, version=0
        )

    def run(self) -> Ended:
        """Send what is due. FactsChanged if another run has taken over."""
        if (ended := self._go_on()) is not None:
            return ended
        self._skip_what_is_too_old()
        try:
            for notification in self._due():
                self._check()
                attempt = Attempt(notification=notification, began_at=self._ports.now())
                if not self._send(attempt, again=False):
                    return Ended.NOT_TAKEN
        except NoTimeLeft:
            self._remember()
            return Ended.OUT_OF_TIME
        if self._is_worth_remembering():
            self._remember()
        return Ended.ALL_DONE

    def _go_on(self) -> Ended | None:
        """Send what the last run could not send, or was sending when it was ended."""
        attempt, now = self._memory.attempt, self._ports.now()
        if attempt is None:
            return None
        if attempt.is_underway and now < attempt.began_at + LONGEST_RUN:
            return Ended.ANOTHER_RUN
        if attempt.not_before is not None and now < attempt.not_before:
            return Ended.NOT_TAKEN
        begun = replace(attempt, began_at=now, is_underway=True, not_before=None)
        return None if self._send(begun, again=attempt.may_have_arrived) else Ended.NOT_TAKEN

    def _skip_what_is_too_old(self) -> None:
        """After a long pause nobody wants to hear of what happened at its beginning."""
        earliest = self._began_at - OLDEST
        since = self._memory.position
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record(span | {"given_up": "true"})
            self._numbers.failed += 1
            self._look_from(earliest)

    def _due(self) -> Iterator[Notification]:
        """Yield what is not done: the trail's, in its order, then the ends that are near. A pass
        may take several runs. The next one begins `LOOK_BACK` before it began: so each entry is
        read once more when the index must have it."""
        until = self._began_at - LAG
        reading = self._memory.reading or Reading(began_at=until, at=self._memory.look_from)
        since = max(reading.at, self._memory.look_from)
        while since < until:
            start = since.replace(second=0, microsecond=0)
            end = min(start + WINDOW, until)
            for notification in self._trail(start, end):
                if notification.at >= since and self._is_due(notification):
                    self._look_from(min(notification.at, reading.began_at) - LOOK_BACK)
                    yield notification
            since = max(end, self._memory.look_from)
            reading = replace(reading, at=end)
            self._memory = replace(self._memory, reading=reading)
        self._memory = replace(self._memory, reading=None)
        self._look_from(reading.began_at - LOOK_BACK)
        yield from self._ends()

    def _is_due(self, notification: Notification) -> bool:
        is_for_it = bool(notification.alerts) or not self._channel.alerts_only
        return is_for_it and not self._memory.is_done(notification)

    def _ends(self) -> Iterator[Notification]:
        """Yield the ends that are near, once an hour. If there are too many, the earliest."""
        now, looked_at = self._began_at, self._memory.looked_ahead_at
        if self._channel.alerts_only:
            return
        if looked_at is not None and now < looked_at + BETWEEN_LOOKS_AHEAD:
            return
        for notification in near_ends(self._ports, now, self._check):
            if self._is_due(notification) and self._has_room():
                yield notification
        self._memory = replace(self._memory, looked_ahead_at=now)

    def _has_room(self) -> bool:
        return sum(until > self._began_at for until in self._memory.told.values()) < MOST_AHEAD

    def _send(self, attempt: Attempt, *, again: bool) -> bool:
        """Send it, and return whether it is done, so that the next one may go. The attempt is
        remembered before it is made, and so survives a run that is ended in between."""
        notification = attempt.notification
        user = self._user(notification.member)
        self._memory = replace(self._memory, attempt=attempt)
        self._remember()
        leads = self._leads() if notification.alerts else ()
        delivery = self._channel.send(notification, user=user, again=again, leads=leads)
        if delivery.status is DeliveryStatus.TAKEN:
            self._numbers.told += 1
            self._memory = self._memory.with_done(notification)
            return True
        return self._failed(attempt, delivery, again=again)

    def _failed(self, attempt: Attempt, delivery: Delivery, *, again: bool) -> bool:
        notification, now = attempt.notification, self._ports.now()
        is_too_old = now - notification.at >= LONGEST_WAIT
        gives_up = delivery.status is DeliveryStatus.REFUSED or is_too_old
        self._numbers.failed += 1
        if gives_up or not attempt.is_recorded:
            about = {"notice": notification.key, "entry": notification.entry, "why": delivery.why}
            self._record(about | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._numbers.given_up += 1
            self._memory = self._memory.with_done(notification)
            return True
        wait = min(timedelta(seconds=delivery.wait), LONGEST_PATIENCE)
        failed = replace(
            attempt,
            is_underway=False,
            is_recorded=True,
            may_have_arrived=again or delivery.status is DeliveryStatus.UNKNOWN,
            not_before=now + wait if delivery.wait else None,
        )
        self._memory = replace(self._memory, attempt=failed)
        self._remember()
        return False

    def _record(self, details: dict[str, str]) -> None:
        details = {"via": self._channel.via.value, **details}
        operation = Operation(action=Action.NOTICE, outcome=Outcome.FAILED, details=details)
        record(self._ports, BY, operation)

    def _user(self, member: str) -> str:
        """Return the channel's user of this member, if there is one."""
        has_users = bool(member and self._channel.issuer)
        known = self._ports.state.get(Member, member) if has_users else None
        return self._user_of(known) if known is not None else ""

    def _leads(self) -> Sequence[str]:
        """Return the channel's users of the active leads who have one."""
        if not self._channel.issuer:
            return ()
        leads = active_leads(self._ports, self._ports.state.get(Leads))
        return list(filter(None, (self._user_of(lead) for lead in leads)))

    def _user_of(self, member: Member) -> str:
        """Return the subject of their latest binding. A suspended member is to hear of just that,
        as the user who they were."""
        bound = [
            token
            for token in list_all(self._ports.state, Token, member=member.id)
            if token.issuer == self._channel.issuer
            and token_problem(token, member, self._ports.now()) in (None, Reason.MEMBER_SUSPENDED)
        ]
        return max(bound, key=lambda token: token.created_at).subject if bound else ""

    def _look_from(self, moment: datetime) -> None:
        self._memory = self._memory.looking_from(moment)

    def _is_worth_remembering(self) -> bool:
        """How far the run looked alone is not worth a write each time: it only saves reading."""
        known, now = self._remembered, self._memory
        if replace(now, look_from=known.look_from) != known or not known.version:
            return True
        return now.look_from - known.look_from >= BETWEEN_MEMORIES

    def _remember(self) -> None:
        """Write the memory over the one it was made from: FactsChanged if another run has."""
        self._memory = next_version(self._memory.bounded())
        self._ports.state.save(self._memory)
        self._remembered = self._memory
