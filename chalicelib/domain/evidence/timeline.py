"""Arrange trail entries as a timeline: the entries of one vend are one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from msgspec.structs import replace

from chalicelib.domain.evidence.events import format_actor
from chalicelib.domain.evidence.sentences import Sentence, describe_causes, describe_operations
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.vends import group_by_vend

LONGEST_OPERATION = timedelta(minutes=15)
"""No function runs longer ("Lambda quotas", AWS Lambda Developer Guide)."""
SIGN_INS = frozenset({Action.WEB_LINK_CREATE, Action.WEB_SIGN_IN, Action.WEB_SIGN_OUT})


class Show(StrEnum):
    """The events that a timeline shows."""

    EVERYTHING = "everything"
    SESSIONS = "sessions"
    """Only vends for which Daypass was about to call AWS."""
    ISSUED = Outcome.ISSUED
    WITHHELD = Outcome.WITHHELD
    FAILED = Outcome.FAILED
    REFUSED = Outcome.REFUSED
    DONE = Outcome.DONE
    INTENDED = Outcome.INTENDED

    @property
    def outcome(self) -> Outcome | None:
        """Return the outcome that all entries must have, or None."""
        return next((outcome for outcome in Outcome if outcome.value == self.value), None)


class TimelineEvent(Value):
    """An event on the trail: one entry, or all entries of one operation that the page has."""

    what: Sentence
    why: Sentence
    """The actors' own words, and the causes of a refusal or a failure. Usually empty."""
    entries: tuple[Entry, ...]
    """The entries in the order in which they were recorded."""
    outcome: Outcome
    """The operation's outcome."""
    is_open: bool = False
    """True for a vend without an outcome: treat its session as issued."""

    @property
    def first(self) -> Entry:
        """Return the entry that places the event on the timeline."""
        return self.entries[0]

    @property
    def at(self) -> datetime:
        return self.first.at

    @property
    def actor_in_words(self) -> str:
        """Return the actor in words. Empty for a member."""
        return format_actor(self.first.actor) if self.first.actor.startswith("@") else ""

    @property
    def is_sign_in(self) -> bool:
        """Return whether someone signed in to the web console or out of it. A refusal is not one
        of these."""
        return self.first.action in SIGN_INS and self.outcome is Outcome.DONE


def list_events(entries: Iterable[Entry], show: Show) -> tuple[TimelineEvent, ...]:
    """Return the events of these entries, newest first. All entries of one vend are one event. For
    any other operation, its intent and its outcome are one event, if the entries have both.

    If the intent of a vend is missing, each of the vend's entries is an event. If `show` has only
    one outcome, other entries are missing, and each entry is an event."""
    if show.outcome is not None:
        return _sort(map(_build_event, entries))
    events: list[TimelineEvent] = []
    # The trail stores all entries of a vend beside its intent, so they follow each other.
    for vend, grouped in groupby(entries, key=lambda entry: entry.vend):
        group = tuple(grouped)
        events += (
            [_build_vend_event(group)] if vend and _has_intent(group) else map(_build_event, group)
        )
    # The times of events differ from the times under which the trail stores their entries, and
    # joining two events changes the order again.
    return _sort(_join_intents(_sort(events)))


def _sort(events: Iterable[TimelineEvent]) -> tuple[TimelineEvent, ...]:
    return tuple(sorted(events, key=lambda event: event.at, reverse=True))


def _join_intents(events: Iterable[TimelineEvent]) -> Iterator[TimelineEvent]:
    """Yield the events, unsorted, with each intent merged into the event of its outcome. That is
    the first later event of the same operation by the same actor on the same target.

    `events` are sorted, newest first. Vends have their intents already.
    """
    ends: dict[tuple[str, ...], TimelineEvent] = {}
    for event in events:
        first = event.first
        operation = (first.action, first.actor, first.engagement, first.role, first.subject)
        if not first.vend and event.outcome in (Outcome.DONE, Outcome.FAILED):
            if operation in ends:
                yield ends[operation]
            ends[operation] = event
            continue
        is_intent = not first.vend and event.outcome is Outcome.INTENDED
        end = ends.pop(operation, None) if is_intent else None
        if end is not None and end.at - event.at > LONGEST_OPERATION:
            yield end
            end = None
        yield event if end is None else replace(end, entries=(*event.entries, *end.entries))
    yield from ends.values()


def keep_whole_vends(entries: Sequence[Entry], member: str = "") -> Sequence[Entry]:
    """Return a page's entries without a last vend whose intent is only on the next page, which will
    show that vend whole. Return all entries if nothing else is on the page. A vend's intent is the
    entry that Daypass wrote before it requested the session.

    `entries` come newest first. If `member` is given, the page has only their entries, among them
    the ends of other members' sessions. Keep those entries, although their intents are on no page.
    """
    if not entries or not _is_cut(entries, entries[-1], member):
        return entries
    kept = [entry for entry in entries if entry.vend != entries[-1].vend]
    # The next page starts after the position of this page's last entry. The position of an intent,
    # or of an entry without a vend, is its sort key. Other entries of a vend have longer sort keys,
    # so the page must not end with one of them.
    while kept and kept[-1].vend and not _has_intent(_list_vend(kept, kept[-1])):
        kept.pop()
    return kept or entries


def _is_cut(entries: Sequence[Entry], last: Entry, member: str) -> bool:
    """Return whether the next page has the intent of the last entry's vend. A page of this member's
    entries never has the intents of other members' vends."""
    is_of_other = bool(member) and (last.subject or last.actor) != member
    return bool(last.vend) and not is_of_other and not _has_intent(_list_vend(entries, last))


def _list_vend(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    return [each for each in entries if each.vend == entry.vend]


def _has_intent(entries: Iterable[Entry]) -> bool:
    return any(entry.outcome is Outcome.INTENDED for entry in entries)


def _build_event(entry: Entry) -> TimelineEvent:
    return _describe((entry,), (entry,), entry.outcome)


def _build_vend_event(entries: tuple[Entry, ...]) -> TimelineEvent:
    """Return the event of the vend. Without an outcome, it says that the session may have been
    issued."""
    (vend,) = group_by_vend(entries)
    result = vend.intent
    if vend.outcome is not None:
        # The terms of the session are details of the intent only.
        result = replace(vend.outcome, details={**vend.intent.details, **vend.outcome.details})
    # A member can give a session back, and a lead can revoke it, before the session expires.
    shown = tuple(filter(None, (result, vend.given_back, vend.revoked)))
    event = _describe(shown, tuple(vend.entries), result.outcome)
    return replace(event, is_open=vend.outcome is None)


def _describe(
    shown: tuple[Entry, ...], entries: tuple[Entry, ...], outcome: Outcome
) -> TimelineEvent:
    """Return the event in the words of these entries."""
    return TimelineEvent(
        what=describe_operations(shown),
        why=describe_causes(shown),
        entries=entries,
        outcome=outcome,
    )
