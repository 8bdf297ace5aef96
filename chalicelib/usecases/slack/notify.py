"""Tell people of what is on the trail: the trail is what is still to be told.

Each deed and its entry are one step, so that no notice can be lost between them, and no deed waits
for one. What has been sent is remembered; what could not be is sent again, in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.moments import CLOCK_MARGIN, rfc3339
from chalicelib.domain.slack.telling.notices import notice_of
from chalicelib.domain.slack.telling.notified import (
    MOST_REMEMBERED,
    Answer,
    Attempt,
    Fate,
    Notice,
    Notified,
)
from chalicelib.domain.slack.telling.users import slack_user
from chalicelib.domain.things import changed
from chalicelib.domain.trail import SCHEDULE, Action, Entry, Outcome, Question
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, entry_by
from chalicelib.usecases.slack.near_ends import near_ends
from chalicelib.usecases.slack.notify_ports import NotifyPorts, Outlet

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
TIME_FOR_ONE = 20.0
"""Seconds: to remember, to send, to record that it failed."""
MOST_AHEAD = MOST_REMEMBERED // 2
"""Ends that are near: all that has been told is one item."""
_PAGE = 500

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
    """What one run did. `failed` are notices that could not be sent, those given up among them."""

    told: int = 0
    failed: int = 0
    given_up: int = 0
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
    for opened in told_by.outlets:
        try:
            outlet = opened()
            if outlet is None:
                continue
            run = _Run(ports=told_by.ports, outlet=outlet, time_left=time_left, numbers=numbers)
            ended = run.all()
        except FactsChanged:
            ended = Ended.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            ended = Ended.RECORDS_UNAVAILABLE
        numbers.ended = max(numbers.ended, ended, key=list(Ended).index)
    return numbers


class _Run:
    """One run, by one way. `memory` is ahead of what is remembered by what is done since."""

    def __init__(
        self, *, ports: Ports, outlet: Outlet, time_left: Callable[[], float], numbers: Notifying
    ) -> None:
        self._ports, self._outlet = ports, outlet
        self._time_left, self._numbers = time_left, numbers
        self._began_at = ports.now()
        known = ports.state.notified(outlet.via)
        since = self._began_at - LOOK_BACK
        self._memory = known or Notified(via=outlet.via, look_from=since, told={}, version=0)
        self._remembered = self._memory

    def all(self) -> Ended:
        if (ended := self._go_on()) is not None:
            return ended
        self._skip_what_is_too_old()
        for notice in self._due():
            if self._time_left() < TIME_FOR_ONE:
                self._remember()
                return Ended.OUT_OF_TIME
            if not self._send(Attempt(notice=notice, began_at=self._ports.now()), again=False):
                return Ended.NOT_TAKEN
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
        since = self._memory.look_from
        if since < earliest:
            span = {"not_told_from": rfc3339(since), "not_told_until": rfc3339(earliest)}
            self._record(span | {"given_up": "true"})
            self._numbers.failed += 1
            self._look_from(earliest)

    def _due(self) -> Iterator[Notice]:
        """What is on the trail and not done, in its order; then the ends that are near."""
        until = self._began_at - LAG
        for entry in self._entries(until):
            notice = notice_of(entry)
            if notice is not None and not self._memory.is_done(notice):
                self._look_from(notice.at - LOOK_BACK)
                yield notice
        self._look_from(until - LOOK_BACK)
        yield from self._ends()

    def _entries(self, until: datetime) -> list[Entry]:
        question = Question(since=self._memory.look_from, until=until, limit=_PAGE)
        found: list[Entry] = []
        while True:
            page = self._ports.trail.page(question)
            found += page.items
            if not page.cursor:
                return sorted(found, key=lambda entry: entry.position)
            question = question.after(page.cursor)

    def _ends(self) -> Iterator[Notice]:
        """Once an hour: of no end is there an entry. The earliest first, if there are too many."""
        now, looked_at = self._began_at, self._memory.looked_ahead_at
        if looked_at is not None and now < looked_at + BETWEEN_LOOKS_AHEAD:
            return
        for notice in near_ends(self._ports, now):
            if not self._memory.is_done(notice) and self._has_room():
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
        answer = self._outlet.send(notice, user=user, again=again)
        if answer.fate is Fate.TAKEN:
            self._numbers.told += 1
            self._memory = self._memory.with_done(notice)
            return True
        return self._failed(attempt, answer, again=again)

    def _failed(self, attempt: Attempt, answer: Answer, *, again: bool) -> bool:
        notice, now = attempt.notice, self._ports.now()
        gives_up = answer.fate is Fate.REFUSED or now - notice.at >= LONGEST_WAIT
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
            may_have_arrived=again or answer.fate is Fate.UNKNOWN,
            not_before=now + wait if answer.wait else None,
        )
        self._memory = replace(self._memory, attempt=failed)
        self._remember()
        return False

    def _record(self, details: dict[str, str]) -> None:
        told = {"via": self._outlet.via.value, **details}
        entry = entry_by(self._ports, BY, Action.NOTICE, Outcome.FAILED, details=told)
        self._ports.trail.record(entry)

    def _user(self, about: str) -> str:
        """The Slack user of this member, if they are known there."""
        team = self._outlet.team
        member = self._ports.state.member(about) if about and team else None
        if member is None:
            return ""
        tokens = every(self._ports.state.tokens, member.id)
        return slack_user(tokens, member, team, self._ports.now())

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
