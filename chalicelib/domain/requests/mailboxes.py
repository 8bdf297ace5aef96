"""Define the queue of each address at a client, and decide which e-mail the address gets next.

A lead can cause events without end, in any number of engagements. So an address gets at most
MAX_MAILS e-mails an hour. One e-mail has one event as long as that leaves room. After that, one
e-mail has all events that wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.moments import Moment, format_sortable
from chalicelib.domain.notifications.client import ClientEvent
from chalicelib.domain.notifications.notification import NotificationKey
from chalicelib.domain.values import RETENTION, JobState, Value

HOUR = timedelta(hours=1)
MAX_MAILS = 20
"""The most e-mails to an address in an hour."""
MAX_SINGLE_MAILS = 14
"""The most e-mails to an address in an hour that have one event each."""
BETWEEN_BUNDLES = timedelta(minutes=10)
"""How long an address waits for its next e-mail after MAX_SINGLE_MAILS in an hour. With this, a
lead who causes many events delays no other by more than ten minutes."""
MAX_SECTIONS = 10
"""The most engagements in one e-mail. Each has a link of its own."""
MAX_ALIKE = 3
"""How many events of one kind an e-mail describes. It counts the others."""
MAX_EVENTS = 100
"""How many events a mailbox holds. One DynamoDB item holds them, so the number is limited."""
MAX_SEEN = 500
"""How many events a mailbox remembers, so that it takes none of them a second time."""
LONGEST_RUN = timedelta(minutes=2)
"""Well above the time limit of a run. An attempt that began longer ago is not running any more."""
_MICROSECOND = timedelta(microseconds=1)


class QueuedEvent(Value):
    """An event that waits for an e-mail to one recipient."""

    event: ClientEvent
    recipient: str
    """The recipient's ID among the engagement's approvers and contacts."""
    named_at: Moment
    """When the recipient was named."""
    known_since: Moment
    """When the recipient was first named. An engagement that named them earlier comes first, so
    that one that a lead opens today cannot push it aside."""
    more: int = 0
    """How many further events of this kind the e-mail only counts."""

    @property
    def kind(self) -> tuple[object, ...]:
        """Return a key that events share if an e-mail may describe some of them and count the rest.
        They concern the recipient for the same reason, so that none of those that are only counted
        is one that they must see."""
        event = self.event
        is_own = event.approver == self.recipient
        about = is_own, event.is_proposal, event.is_still_waiting
        return event.engagement, event.action, self.recipient, self.named_at, *about


class MailAttempt(Value):
    """The e-mail that is being sent or could not be sent."""

    keys: tuple[NotificationKey, ...]
    """The keys of its events."""
    began_at: Moment
    is_underway: bool = True
    """True until the result is stored. It stays true if the run was killed."""
    may_have_arrived: bool = True
    """False if the mail service answered each attempt so far with a failure."""
    is_recorded: bool = False
    """True if the trail has an entry of the failure."""
    not_before: Moment | None = None
    """When a run may try again."""


class Mailbox(JobState):
    """The queue of one address. Whatever happens to it delays no other address.

    Only the function Notify writes it, so no one can block it with requests to the API.
    """

    STORED_AS = "mailbox"
    KEY_FIELDS = ("address",)
    LISTED_BY = ""

    address: str
    events: tuple[QueuedEvent, ...] = ()
    seen: Mapping[NotificationKey, Moment] = {}
    """The key and the time of each event that the mailbox has taken lately: queued, counted, or
    left out for lack of room."""
    taken_before: Moment | None = None
    """The mailbox counts every event from before this moment as taken. `seen` holds no older
    one."""
    mailed: tuple[Moment, ...] = ()
    """When the latest e-mails were sent, the oldest first."""
    attempt: MailAttempt | None = None
    left_out: int = 0
    """How many events the mailbox had no room for since the last e-mail."""
    limited_at: Moment | None = None
    """When the trail last recorded that e-mails to this address are held back."""
    touched_at: Moment

    @property
    def list_key(self) -> str:
        """Return the key in the list of mailboxes with events, sorted by when the next e-mail is
        due. Empty if none waits."""
        due = self.next_mail_at
        return "" if due is None else f"{format_sortable(due)}#{self.address}"

    @property
    def gone_after(self) -> datetime | None:
        """Return when DynamoDB may delete the mailbox. None while events wait."""
        return None if self.events else self.touched_at + RETENTION

    @property
    def next_mail_at(self) -> datetime | None:
        """Return when the next e-mail is due. Return None if no event waits.

        After MAX_SINGLE_MAILS e-mails in the last hour, the next one waits for BETWEEN_BUNDLES, or
        until fewer were sent in the last hour. After MAX_MAILS, it waits until fewer were sent.
        While an attempt is under way, it waits until the attempt's run must have ended. After a
        failed attempt, it waits until `not_before`.
        """
        if not self.events:
            return None
        due = [min(queued.event.at for queued in self.events)]
        if self.attempt is not None and self.attempt.is_underway:
            due.append(self.attempt.began_at + LONGEST_RUN)
        elif self.attempt is not None and self.attempt.not_before is not None:
            due.append(self.attempt.not_before)
        # `mailed` may have e-mails from before the last hour. They only add times in the past.
        if len(self.mailed) >= MAX_SINGLE_MAILS:
            single_mail_at = self.mailed[-MAX_SINGLE_MAILS] + HOUR
            due.append(min(single_mail_at, self.mailed[-1] + BETWEEN_BUNDLES))
        if len(self.mailed) >= MAX_MAILS:
            due.append(self.mailed[-MAX_MAILS] + HOUR)
        return max(due)

    def count_mailed(self, now: datetime) -> int:
        """Return how many e-mails the address got in the last hour."""
        return sum(at > now - HOUR for at in self.mailed)

    def is_limited(self, now: datetime) -> bool:
        """Return whether the limit on e-mails holds events back, or the mailbox had no room for
        some."""
        return bool(self.events) and (
            self.count_mailed(now) >= MAX_SINGLE_MAILS or self.left_out > 0
        )

    def next_events(self, now: datetime) -> tuple[QueuedEvent, ...]:
        """Return the events of the next e-mail. After a failed attempt, they are the same again.
        Otherwise the e-mail has the oldest event only or, if the hour has no room for an e-mail for
        each event, all events of at most MAX_SECTIONS engagements."""
        if self.attempt is not None:
            keys = frozenset(self.attempt.keys)
            return tuple(queued for queued in self.events if queued.event.key in keys)
        if len(self.events) + self.count_mailed(now) <= MAX_SINGLE_MAILS:
            return self.events[:1]
        # The engagements that named the recipient earliest come first, so that engagements that a
        # lead opens today cannot push them aside.
        engagements = dict.fromkeys(
            queued.event.engagement for queued in _sort_by_first_naming(self.events)
        )
        chosen = list(engagements)[:MAX_SECTIONS]
        return tuple(
            queued
            for engagement in chosen
            for queued in self.events
            if queued.event.engagement == engagement
        )

    def with_events(self, added: Iterable[QueuedEvent], look_from: datetime) -> Mailbox:
        """Return a copy with the new ones of these events. An event is not new if the mailbox took
        it before: its key is in `seen`, or it is from before `look_from` or `taken_before`. Earlier
        runs have put all events from before `look_from` into mailboxes."""
        taken_before = max(look_from, self.taken_before or look_from)
        seen, events = dict(self.seen), list(self.events)
        for queued in sorted(added, key=lambda each: each.event.at):
            event = queued.event
            if event.key in seen or event.at < taken_before:
                continue
            seen[event.key] = event.at
            _add(events, queued)
        # `seen` keeps the MAX_SEEN latest keys. Every event up to the newest dropped key counts as
        # taken, so that no event whose key is forgotten is queued a second time.
        dropped = sorted(seen.values())[:-MAX_SEEN]
        taken_before = max([taken_before, *(at + _MICROSECOND for at in dropped[-1:])])
        kept = _keep_most_important(events)
        # Each queued event stands for itself and `more` events that are only counted.
        left_out = sum(1 + each.more for each in events) - sum(1 + each.more for each in kept)
        return replace(
            self,
            events=kept,
            left_out=self.left_out + left_out,
            seen={key: at for key, at in seen.items() if at >= taken_before},
            taken_before=taken_before,
        )

    def without(self, done: Sequence[QueuedEvent]) -> Mailbox:
        """Return a copy without these events, which were mailed or given up. No attempt is left,
        and `left_out` begins at 0 again."""
        keys = {queued.event.key for queued in done}
        events = tuple(queued for queued in self.events if queued.event.key not in keys)
        return replace(self, events=events, left_out=0, attempt=None)

    def with_attempt(self, attempt: MailAttempt) -> Mailbox:
        """Return a copy in which this attempt is under way, and counts towards the limit on
        e-mails."""
        return replace(self, attempt=attempt, mailed=(*self.mailed, attempt.began_at)[-MAX_MAILS:])


def _add(events: list[QueuedEvent], queued: QueuedEvent) -> None:
    """Add the event to the list. If the list has MAX_ALIKE events of its kind, only count it with
    the last of these."""
    alike = [index for index, each in enumerate(events) if each.kind == queued.kind]
    if len(alike) < MAX_ALIKE:
        events.append(queued)
        return
    last = events[alike[-1]]
    events[alike[-1]] = replace(last, more=last.more + 1)


def _keep_most_important(events: Sequence[QueuedEvent]) -> tuple[QueuedEvent, ...]:
    """Return at most MAX_EVENTS of the events, in their order. Leave out first the events of the
    engagements that named the recipient last."""
    kept = {queued.event.key for queued in _sort_by_first_naming(events)[:MAX_EVENTS]}
    return tuple(queued for queued in events if queued.event.key in kept)


def _sort_by_first_naming(events: Iterable[QueuedEvent]) -> list[QueuedEvent]:
    """Return the events, sorted by when their engagement first named the recipient as an approver
    or a contact, the earliest first."""
    return sorted(events, key=lambda queued: (queued.known_since, queued.event.at))
