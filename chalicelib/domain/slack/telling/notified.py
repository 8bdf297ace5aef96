"""A notice, and what is remembered of those that have been sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Memory, Thing

MOST_REMEMBERED = 1000
"""Notices: they are one item."""

NoticeKey = Annotated[str, Meta(pattern=r"^[a-z0-9:-]{1,100}$(?!\n)", max_length=100)]
"""By what a notice is known to have been sent: the entry's id, where it is of one."""
_not_in_a_key = re.compile(r"[^a-z0-9:-]", re.ASCII)


def notice_key(*parts: str) -> str:
    """The key that these make, whatever they hold."""
    return _not_in_a_key.sub("-", ":".join(parts))[:100]


class Via(StrEnum):
    """By what a notice goes out."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """Mails to the alarm mailbox, of what is grave alone."""


class Notice(Thing, frozen=True, kw_only=True):
    """What people are told of one event: nobody typed any of it but `said`."""

    key: NoticeKey
    at: Moment
    """When it happened."""
    until: Moment
    """Until when nothing else of this key is told: of an entry, only itself."""
    title: str
    says: str
    said: str = ""
    """Why, in the words of whoever did it."""
    about: str = ""
    """The member whom it is about, if it is about one: they should hear of it too."""
    entry: str = ""
    """The id of the entry that it was made from, if there is one."""
    grave: bool = False
    """Every lead has to hear of it."""
    origin: str = ""
    """Of a grave one: who did it, and from which address."""


class Fate(StrEnum):
    """What became of a notice that was sent."""

    TAKEN = "taken"
    NOT_TAKEN = "not-taken"
    """It did not arrive. Another time it may."""
    UNKNOWN = "unknown"
    """There was no answer: it may have arrived."""
    REFUSED = "refused"
    """It did not arrive, and never will."""


class Answer(Thing, frozen=True, kw_only=True):
    fate: Fate
    why: str = ""
    """In a few words of ours, where it was not taken."""
    wait: int = 0
    """For how many seconds we are asked to leave it."""


class Attempt(Thing, frozen=True, kw_only=True):
    """The notice that is being sent, or that could not be."""

    notice: Notice
    began_at: Moment
    is_underway: bool = True
    """Until its end is remembered: of a run that was ended in the middle it stays so."""
    may_have_arrived: bool = True
    is_recorded: bool = False
    """That it failed is on the trail."""
    not_before: Moment | None = None
    """Whoever takes it has asked for so much patience."""

    def failed(self, *, may_have_arrived: bool, not_before: datetime | None) -> Attempt:
        """The same, once it has come to nothing and that is on the trail."""
        return replace(
            self,
            is_underway=False,
            may_have_arrived=may_have_arrived,
            is_recorded=True,
            not_before=not_before,
        )

    def begun(self, now: datetime) -> Attempt:
        return replace(self, began_at=now, is_underway=True, not_before=None)


class Reading(Thing, frozen=True, kw_only=True):
    """A pass over the trail that took more than one run."""

    began_at: Moment
    at: Moment
    """Every entry before this moment has been read in this pass."""


class Notified(Memory, frozen=True, kw_only=True):
    """How far the notices that go out by one way have come."""

    via: Via
    look_from: Moment
    """Every entry before this one is done with: told, given up, or nothing to tell of."""
    told: Mapping[NoticeKey, Moment]
    """What is done with, and until when nothing else of that key is told."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When it was last looked for engagements that end soon."""
    reading: Reading | None = None
    """Where the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """The moment from which the next run reads on."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notice: Notice) -> bool:
        until = self.told.get(notice.key)
        return until is not None and notice.at <= until

    def with_done(self, notice: Notice) -> Notified:
        """The same (it is not remembered yet), with this notice done."""
        return replace(self, told={**self.told, notice.key: notice.until}, attempt=None)

    def looking_from(self, moment: datetime) -> Notified:
        """The same, where everything before that moment is done with; it never goes back."""
        return replace(self, look_from=max(moment, self.look_from))

    def bounded(self) -> Notified:
        """The same without what nobody asks for any more.

        If there is more than there is room for, the earliest is forgotten, and not looked at again.
        """
        kept = [(key, until) for key, until in self.told.items() if until >= self.look_from]
        kept.sort(key=lambda one: one[1])
        forgotten, kept = kept[:-MOST_REMEMBERED], kept[-MOST_REMEMBERED:]
        moments = [until + timedelta(microseconds=1) for _, until in forgotten]
        return replace(self, told=dict(kept), look_from=max([self.look_from, *moments]))
