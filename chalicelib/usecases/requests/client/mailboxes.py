"""Mail people at clients: sort events into the queues of their addresses, and send what is due.

Each address has a queue of its own (`domain.requests.mailboxes`), so that trouble with one, or a
lead who causes events without end, delays the e-mails to no other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import takewhile
from typing import Protocol

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.notifications.client import ClientEvent
from chalicelib.domain.notifications.notification import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.requests.client_mails import Mail
from chalicelib.domain.requests.mailboxes import (
    HOUR,
    MailAttempt,
    Mailbox,
    QueuedEvent,
)
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import iterate_list, list_all, read_again
from chalicelib.usecases.notifications.trail_run import (
    LONGEST_RETRY,
    NoTimeLeft,
    RunContext,
    RunEnd,
    TrailRun,
)
from chalicelib.usecases.recording import SCHEDULE_ACTOR, record
from chalicelib.usecases.requests.client.approvers import list_former_approvers
from chalicelib.usecases.requests.client.mail import MailWriter, build_removed_person, concerns

LONGEST_PAUSE = timedelta(minutes=5)
"""The longest wait before a retry. Each retry makes a new link, so they become rarer."""
MAX_TRIES = 5
"""How often a run tries to put events into a mailbox that another run keeps changing."""
_BATCH = 500
"""How many events a run sorts at once."""
_PAGE = 100


class Mailer(Protocol):
    """Sends e-mail to one person at a client."""

    def send(self, mail: Mail) -> Delivery:
        """Send the e-mail, and return whether the mail service accepted it. The result never
        repeats the address or the text."""


class ClientMailRun(TrailRun):
    """One run of the mails to people at clients."""

    def __init__(self, context: RunContext, mailer: Mailer) -> None:
        super().__init__(context, ChannelKind.CLIENT_MAIL)
        self._mailer, self._writer = mailer, MailWriter(self._ports)
        self._end = RunEnd.ALL_DONE

    def run(self) -> RunEnd:
        """Send what is due, sort the new events into mailboxes, send what is due then, and return
        how the run ended."""
        try:
            # First, because a long trail may leave no time after it has been read.
            self._send_due(self._list_due())
            touched = self._sort_new_events()
            self._send_due(read_again(self._ports.state, Mailbox, [(key,) for key in touched]))
        except NoTimeLeft:
            return RunEnd.OUT_OF_TIME
        return self._end

    def _sort_new_events(self) -> list[str]:
        """Put the new events into mailboxes, store how far the trail was read, and return the
        addresses of these mailboxes. Raise NoTimeLeft if there was no time for all events."""
        self._skip_old_entries()
        touched: dict[str, None] = {}  # the addresses in their order, each once
        batch: list[ClientEvent] = []
        is_complete, no_time_left = True, None
        # The trail's reader also yields notifications, which are for people at the firm.
        events = (event for event in self._read_trail() if isinstance(event, ClientEvent))
        try:
            for event in events:
                batch.append(event)
                if len(batch) == _BATCH:
                    is_complete &= self._sort(batch, touched)
                    batch = []
        except NoTimeLeft as error:
            no_time_left = error
        is_complete &= self._sort(batch, touched)
        # Without stored progress, the next run reads the same events again. That repeats no e-mail,
        # because each mailbox skips the events that it has taken. So store it only if every mailbox
        # has its events, and not after every run.
        if is_complete and self._is_worth_storing():
            try:
                self._store_progress()
            except FactsChanged:
                self._end = RunEnd.ANOTHER_RUN
        if no_time_left is not None:
            raise no_time_left
        return list(touched)

    def _sort(self, events: Sequence[ClientEvent], touched: dict[str, None]) -> bool:
        """Put the events into their recipients' mailboxes, and add the addresses to `touched`.
        Return whether that succeeded for every mailbox."""
        people = {
            name: list_all(self._ports.state, ClientApprover, engagement=name)
            for name in dict.fromkeys(event.engagement for event in events)
        }
        queues: dict[str, list[QueuedEvent]] = defaultdict(list)
        for event in events:
            # `_list_recipients` may return a removed person with what the event says of them, which
            # is not since when they are known. So take that from the stored person, if any.
            known_since = {each.id: each.known_since for each in people[event.engagement]}
            recipients = [*_list_recipients(event, people[event.engagement])]
            if event.is_proposal:  # former approvers can refuse it
                recipients = [*list_former_approvers(self._ports, event.engagement), *recipients]
            for recipient in recipients:
                queued = QueuedEvent(
                    event=event,
                    recipient=recipient.id,
                    named_at=recipient.named_at,
                    known_since=known_since.get(recipient.id, recipient.named_at),
                )
                queues[recipient.email.lower()].append(queued)
        touched |= dict.fromkeys(queues)
        failed = [address for address, queued in queues.items() if not self._put(address, queued)]
        return not failed

    def _put(self, address: str, queued: Sequence[QueuedEvent]) -> bool:
        """Add to the mailbox the events that it has not taken before, and return whether that
        succeeded. If another run keeps changing the mailbox, set `_end`, and leave the events to
        that run."""
        for number in range(MAX_TRIES):
            now = self._ports.now()
            stored = self._ports.state.get(Mailbox, address)
            old = stored or Mailbox(address=address, version=0, touched_at=now)
            # Earlier runs have put every event from before the stored `look_from` into mailboxes.
            new = old.with_events(queued, self._stored.look_from)
            # Each new event is in `events`, or counted in `left_out` because there was no room.
            if (new.events, new.left_out) == (old.events, old.left_out):
                return True
            try:
                self._save(new)
            except FactsChanged:
                self._ports.pause(number)
            else:
                return True
        self._end = RunEnd.ANOTHER_RUN
        return False

    def _list_due(self) -> list[Mailbox]:
        """Return the mailboxes whose next e-mail is due. Their list may lag, so read each again."""
        state, now = self._ports.state, self._ports.now()
        listed = iterate_list(state, Mailbox, _PAGE)  # sorted by when the next e-mail is due
        due = takewhile(lambda each: each.next_mail_at and each.next_mail_at <= now, listed)
        return read_again(state, Mailbox, (mailbox.key for mailbox in due))

    def _send_due(self, mailboxes: Iterable[Mailbox]) -> None:
        """Send what is due, one e-mail from each mailbox in turn. Begin with the addresses that got
        the fewest e-mails in the last hour, and end with those to which an attempt failed. Raise
        Unavailable at the end if a mailbox or its facts could not be read or stored."""
        now = self._ports.now()
        waiting = deque(
            sorted(
                mailboxes,
                key=lambda mailbox: (
                    mailbox.attempt is not None,  # it failed, or its run was killed
                    mailbox.count_mailed(now),
                    mailbox.next_mail_at or now,
                ),
            )
        )
        failure: Unavailable | None = None
        while waiting:
            mailbox = waiting.popleft()
            due = mailbox.next_mail_at
            if due is None:
                continue
            try:
                mailbox = self._report_limit(mailbox)
                if due > self._ports.now():
                    continue
                self._require_time()
                waiting.append(self._send(mailbox))
            except FactsChanged:
                self._end = RunEnd.ANOTHER_RUN  # that run sends it
            except Unavailable as error:
                failure = error  # of this mailbox: go on with the others
        if failure is not None:
            raise failure

    def _send(self, mailbox: Mailbox) -> Mailbox:
        """Send the next e-mail of the mailbox, and return the mailbox as stored afterwards. Raise
        FactsChanged if another run has changed it."""
        now, last = self._ports.now(), mailbox.attempt
        events = mailbox.next_events(now)
        sections = self._writer.find_sections(mailbox.address, events)
        if not sections:
            # The events concern no one any more. Keep `left_out`, which `without` resets, for the
            # next e-mail.
            return self._save(replace(mailbox.without(events), left_out=mailbox.left_out))
        keys = tuple(queued.event.key for queued in events)
        attempt = replace(last, began_at=now) if last else MailAttempt(keys=keys, began_at=now)
        attempt = replace(attempt, is_underway=True, not_before=None)
        # Store the attempt first, so that it counts as an e-mail even if the run is killed.
        mailbox = self._save(mailbox.with_attempt(attempt))
        may_have_arrived = last is not None and last.may_have_arrived
        try:
            mail = self._writer.write(
                sections, left_out=mailbox.left_out, may_have_arrived=may_have_arrived
            )
            delivery = self._mailer.send(mail)
        except Unavailable:  # from `write`: the mailer returns a Delivery for each failure
            delivery = Delivery(DeliveryStatus.NOT_DELIVERED, "the link could not be stored")
        if delivery.status is DeliveryStatus.DELIVERED:
            self._summary.sent += 1
            return self._save(mailbox.without(events))
        failed = replace(
            attempt,
            is_underway=False,
            may_have_arrived=may_have_arrived or delivery.status is DeliveryStatus.UNKNOWN,
        )
        return self._handle_failure(replace(mailbox, attempt=failed), events, failed, delivery)

    def _handle_failure(
        self,
        mailbox: Mailbox,
        events: Sequence[QueuedEvent],
        attempt: MailAttempt,
        delivery: Delivery,
    ) -> Mailbox:
        """Give the e-mail up, or store when a run may try it again. Return the mailbox. Record only
        the first failure and the last."""
        now, first = self._ports.now(), events[0].event
        gives_up = delivery.status is DeliveryStatus.REFUSED or now - first.at >= LONGEST_RETRY
        self._summary.failed += 1
        # The attempt added its time as the last of `mailed`. An e-mail that did not arrive does
        # not count towards the limit. One that is UNKNOWN may have arrived.
        if delivery.status is not DeliveryStatus.UNKNOWN:
            mailbox = replace(mailbox, mailed=mailbox.mailed[:-1])
        if gives_up or not attempt.is_recorded:
            # The notice is the event, whose key is also the ID of its trail entry.
            details = {"notice": first.key, "entry": first.key, "why": delivery.why}
            self._record_failure(details | ({"given_up": "true"} if gives_up else {}))
        if gives_up:
            self._summary.given_up += 1
            return self._save(mailbox.without(events))
        self._end = RunEnd.NOT_DELIVERED
        # The longer the e-mail has waited, the longer the pause: a quarter of that time.
        pause = max(timedelta(seconds=1), min((now - first.at) / 4, LONGEST_PAUSE))
        attempt = replace(attempt, is_recorded=True, not_before=now + pause)
        return self._save(replace(mailbox, attempt=attempt))

    def _report_limit(self, mailbox: Mailbox) -> Mailbox:
        """Record once an hour that the limit on e-mails holds events back, or that the mailbox had
        no room for some. The Notify function alerts the leads to the entry. Return the mailbox."""
        now, limited_at = self._ports.now(), mailbox.limited_at
        if not mailbox.is_limited(now) or (limited_at is not None and now < limited_at + HOUR):
            return mailbox
        first = mailbox.events[0]  # there is one: only a mailbox with events is limited
        operation = Operation(
            action=Action.NOTICE,
            outcome=Outcome.REFUSED,
            engagement=first.event.engagement,
            details={"via": self._kind.value, "approver": first.recipient},
        )
        record(self._ports, SCHEDULE_ACTOR, operation)
        return self._save(replace(mailbox, limited_at=now))

    def _save(self, mailbox: Mailbox) -> Mailbox:
        """Store the mailbox, and return it. Raise FactsChanged if another run has changed it."""
        new = next_version(mailbox, touched_at=self._ports.now())
        self._ports.state.save(new)
        return new


def _list_recipients(
    event: ClientEvent, people: Sequence[ClientApprover]
) -> Iterable[ClientApprover]:
    """Return the active people that the event concerns (see `concerns`), and the person that it
    removed."""
    active = [person for person in people if person.is_active and concerns(event, person)]
    # Several people may have one address, whose mailbox takes each event once: for the first.
    active.sort(key=lambda person: person.rank)
    removed = build_removed_person(event)
    return active if removed is None else [removed, *active]
