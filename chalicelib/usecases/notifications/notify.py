"""Tell people of what is on the trail: the trail is what is still to be told.

Each deed and its entry are one step, so that no notice can be lost between them, and no deed waits
for one. What has been sent is remembered; what could not be is sent again, in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged, Unavailable
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
from chalicelib.domain.notifications.notifications import notification_of_many_sessions
from chalicelib.domain.people.members import Member
from chalicelib.domain.things import changed
from chalicelib.domain.trail import SCHEDULE, Action, Operation, Outcome
from chalicelib.usecases.lists import every
from chalicelib.usecases.notifications.near_ends import near_ends
from chalicelib.usecases.notifications.ports import Channel, NotifyPorts
from chalicelib.usecases.notifications.trail_reader import WINDOW, NoTimeLeft, RunClock, TrailReader
from chalicelib.usecases.people.members import active_leads
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, record

LAG = CLOCK_MARGIN
"""Entries are told in the order of time: those of one moment may not all be there at once."""
LOOK_BACK = timedelta(minutes=15)
"""The index by day may lag, and so may clocks: so long after its moment an entry is still found."""
LONGEST_WAIT = timedelta(hours=24)
"""How long it is tried to send a notice."""
OLDEST = LONGEST_WAIT + timedelta(hours=1)
"""How far back is looked after a pause."""
BETWEEN_LOOKS_AHEAD = timedelta(hours=1)
BETWEEN_MEMORIES = timedelta(minutes=5)
"""With nothing to tell so much of the trail is read again, rather than remember each minute."""
LONGEST_RUN = timedelta(minutes=2)
"""Well over the time that a run has: what has been under way for longer, nobody is sending."""
LONGEST_PATIENCE = timedelta(hours=1)
MOST_AHEAD = MOST_REMEMBERED // 2
"""Ends that are near: all that has been told is one item."""
T = TypeVar("T")

BY = Unattended(SCHEDULE)


class Ended(StrEnum):
    """How a run came to its end; of several ways to tell people, the worst."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_RUN = "another-run"
    """Another run is sending, or has taken over."""
    NOT_TAKEN = "not-taken"
    """A notice could not be sent, or is to be left for a while: the next run goes on with it."""
    RECORDS_UNAVAILABLE = "records-unavailable"


class Notifying(Struct, kw_only=True):
    """What one run did. `failed` are notices that could not be sent, those given up among them;
    `late` is the number of ways by which it did not reach the end in time."""

    told: int = 0
    failed: int = 0
    given_up: int = 0
    late: int = 0
    ended: Ended = Ended.ALL_DONE


def notify(
    told_by: NotifyPorts,
    *,
    time_left: Callable[[], float],
    failed: Callable[[Exception], None],
) -> Notifying:
    """Send what is due, by each way, whatever becomes of the others.

    `time_left` gives seconds. `failed` is told of records that do not answer.
    """
    numbers = Notifying()
    clock = RunClock(time_left)
    trail = TrailReader(told_by.ports, clock)
    for opened in _by_turns(told_by.channels, told_by.ports.now()):
        try:
            channel = opened()
            if channel is None:
                continue
            run = _Run(
                ports=told_by.ports, channel=channel, clock=clock, trail=trail, numbers=numbers
            )
            ended = run.all()
            numbers.late += ended is Ended.OUT_OF_TIME
        except FactsChanged:
            ended = Ended.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            ended = Ended.RECORDS_UNAVAILABLE
        numbers.ended = max(numbers.ended, ended, key=list(Ended).index)
    return numbers


def _by_turns(channels: Sequence[T], now: datetime) -> Sequence[T]:
    """Return the channels in an order that starts with another one each minute.

    Where one of them uses up the time, the next run starts with the next.
    """
    first = int(now.timestamp() // 60) % len(channels) if channels else 0
    return [*channels[first:], *channels[:first]]


class _Run:
    """One run, by one way. `memory` is ahead of what is remembered by what is done since."""

    def __init__(
        self,
        *,
        ports: Ports,
        channel: Channel,
        clock: RunClock,
        trail: TrailReader,
        numbers: Notifying,
    ) -> None:
        self._ports, self._channel = ports, channel
        self._clock, self._trail, self._numbers = clock, trail, numbers
        self._began_at = ports.now()
        known = ports.state.notified(channel.via)
        since = self._began_at - LOOK_BACK
        self._memory = known or Notified(via=channel.via, look_from=since, told={}, version=0)
        self._remembered = self._memory

    def all(self) -> Ended:
        if (ended := self._go_on()) is not None:
            return ended
        self._skip_what_is_too_old()
        try:
            for notice in self._due():
                self._clock.check()
                if not self._send(Attempt(notice=notice, began_at=self._ports.now()), again=False):
                    return Ended.NOT_TAKEN
        except NoTimeLeft:
            self._remember()
            return Ended.OUT_OF_TIME
        if self._is_worth_remembering():
            self._remember()
        return Ended.ALL_DONE

    def _go_on(self) -> Ended | None:
        """With what the last run could not send, or was ended while it was sending."""
        attempt, now = self._memory.attempt, self._ports.now()
        if attempt is None:
            return None
        if attempt.is_underway and now < attempt.began_at + LONGEST_RUN:
            return Ended.ANOTHER_RUN
        if attempt.not_before is not None and now < attempt.not_before:
            return Ended.NOT_TAKEN
        goes_on = self._send(attempt.begun(now), again=attempt.may_have_arrived)
        return None if goes_on else Ended.NOT_TAKEN

    def _skip_what_is_too_old(self) -> None:
        """After a pause, be it that nobody was to be told: nobody wants to hear of it any more."""
        earliest = self._began_at - OLDEST
        since = self._memory.position
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record(span | {"given_up": "true"})
            self._numbers.failed += 1
            self._look_from(earliest)

    def _due(self) -> Iterator[Notification]:
        """Yield what is not done: of the trail, in its order; then what no entry tells of.

        A pass over the trail may take several runs. The next pass begins `LOOK_BACK` before this
        one began: each entry is so read once more when the index must have it.
        """
        until = self._began_at - LAG
        reading = self._memory.reading or Reading(began_at=until, at=self._memory.look_from)
        since = max(reading.at, self._memory.look_from)
        while since < until:
            start = since.replace(second=0, microsecond=0)
            end = min(start + WINDOW, until)
            for notice in self._trail.notices(start, end):
                if notice.at >= since and self._is_due(notice):
                    self._look_from(min(notice.at, reading.began_at) - LOOK_BACK)
                    yield notice
            since = max(end, self._memory.look_from)
            reading = replace(reading, at=end)
            self._memory = replace(self._memory, reading=reading)
        self._memory = replace(self._memory, reading=None)
        self._look_from(reading.began_at - LOOK_BACK)
        yield from self._many_sessions()
        yield from self._ends()

    def _is_due(self, notice: Notification) -> bool:
        return not self._memory.is_done(notice) and (notice.grave or not self._channel.grave_only)

    def _many_sessions(self) -> Iterator[Notification]:
        """Yield a notice for each member who has too many sessions, which no entry says."""
        memory = self._ports.state.many_sessions()
        for member, since in sorted(memory.since.items() if memory else ()):
            notice = notification_of_many_sessions(member, since)
            if since > self._began_at - OLDEST and self._is_due(notice) and self._has_room():
                yield notice

    def _ends(self) -> Iterator[Notification]:
        """Once an hour: of no end is there an entry. The earliest first, if there are too many."""
        now, looked_at = self._began_at, self._memory.looked_ahead_at
        if self._channel.grave_only:
            return
        if looked_at is not None and now < looked_at + BETWEEN_LOOKS_AHEAD:
            return
        for notice in near_ends(self._ports, now, self._clock.check):
            if self._is_due(notice) and self._has_room():
                yield notice
        self._memory = replace(self._memory, looked_ahead_at=now)

    def _has_room(self) -> bool:
        return sum(until > self._began_at for until in self._memory.told.values()) < MOST_AHEAD

    def _send(self, attempt: Attempt, *, again: bool) -> bool:
        """Whether it is done with, so that the next one may go.

        Before it is sent it is remembered: whoever is ended in between leaves that behind.
        """
        notice = attempt.notice
        user = self._user(notice.about)
        self._memory = replace(self._memory, attempt=attempt)
        self._remember()
        leads = self._leads() if notice.grave else ()
        answer = self._channel.send(notice, user=user, again=again, leads=leads)
        if answer.status is DeliveryStatus.TAKEN:
            self._numbers.told += 1
            self._memory = self._memory.with_done(notice)
            return True
        return self._failed(attempt, answer, again=again)

    def _failed(self, attempt: Attempt, answer: Delivery, *, again: bool) -> bool:
        notice, now = attempt.notice, self._ports.now()
        gives_up = answer.status is DeliveryStatus.REFUSED or now - notice.at >= LONGEST_WAIT
        self._numbers.failed += 1
        if gives_up or not attempt.is_recorded:
            said = {"notice": notice.key, "entry": notice.entry, "why": answer.why}
            self._record(said | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._numbers.given_up += 1
            self._memory = self._memory.with_done(notice)
            return True
        wait = min(timedelta(seconds=answer.wait), LONGEST_PATIENCE)
        failed = attempt.failed(
            may_have_arrived=again or answer.status is DeliveryStatus.UNKNOWN,
            not_before=now + wait if answer.wait else None,
        )
        self._memory = replace(self._memory, attempt=failed)
        self._remember()
        return False

    def _record(self, details: dict[str, str]) -> None:
        told = {"via": self._channel.via.value, **details}
        operation = Operation(action=Action.NOTICE, outcome=Outcome.FAILED, details=told)
        record(self._ports, BY, operation)

    def _user(self, about: str) -> str:
        """Return the channel's user of this member, if there is one."""
        member = self._ports.state.member(about) if about and self._channel.has_users else None
        return self._user_of(member) if member is not None else ""

    def _leads(self) -> Sequence[str]:
        """Return the channel's users of the active leads who have one."""
        if not self._channel.has_users:
            return ()
        leads = active_leads(self._ports, self._ports.state.leads())
        return list(filter(None, (self._user_of(lead) for lead in leads)))

    def _user_of(self, member: Member) -> str:
        tokens = every(self._ports.state.tokens, member.id)
        return self._channel.user_of(member, tokens, self._ports.now())

    def _look_from(self, moment: datetime) -> None:
        self._memory = self._memory.looking_from(moment)

    def _is_worth_remembering(self) -> bool:
        """Of how far it was looked alone not each time: it only saves reading some of it again."""
        known, now = self._remembered, self._memory
        if replace(now, look_from=known.look_from) != known or not known.version:
            return True
        return now.look_from - known.look_from >= BETWEEN_MEMORIES

    def _remember(self) -> None:
        """Over what was remembered before: FactsChanged if another run has done so meanwhile."""
        self._memory = changed(self._memory.bounded())
        self._ports.state.remember(self._memory)
        self._remembered = self._memory
