"""Arrange trail entries as a timeline: the entries of one vend are one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from chalicelib.domain.evidence.facts import Fact
from chalicelib.domain.evidence.sentences import Sentence, describe_entry, describe_vend
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import group_by_vend


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


class TimelineEvent(Value, frozen=True, kw_only=True):
    """An event on the trail: one entry, or all entries of one vend that the page has."""

    sentence: Sentence
    entries: tuple[Entry, ...]
    """The entries in the order in which they were recorded."""
    outcome: Outcome
    """The vend's outcome, or the entry's."""
    is_open: bool
    """True for a vend without an outcome: treat its session as issued."""

    @property
    def first(self) -> Entry:
        """Return the entry that places the event on the timeline."""
        return self.entries[0]

    @property
    def at(self) -> datetime:
        return self.first.at

    @property
    def is_session(self) -> bool:
        """Return whether Daypass handed over a session, or must count it as handed over."""
        is_vend = self.first.action is Action.VEND and self.first.outcome is Outcome.INTENDED
        return is_vend and (self.is_open or self.outcome is Outcome.ISSUED)

    @property
    def until(self) -> datetime | None:
        """Return when AWS ends the session, if nothing ends it earlier. None if the trail does not
        say."""
        return next(
            filter(None, (Fact(entry.detail("expires_at")).moment() for entry in self.entries)),
            None,
        )


def list_events(entries: Iterable[Entry], show: Show) -> tuple[TimelineEvent, ...]:
    """Return the events of these entries, newest first. If only one outcome is shown, each entry is
    an event, because the other entries of its vend are missing.

    The entries are in the order of the trail, where all entries of a vend are at its intent. The
    event of an end whose intent is missing is at the end's own time."""
    if show.outcome is not None:
        return _sort(map(_build_event, entries))
    events: list[TimelineEvent] = []
    for vend, grouped in groupby(entries, key=lambda entry: entry.vend):
        group = tuple(grouped)
        events += (
            [_build_vend_event(group)] if vend and _has_intent(group) else map(_build_event, group)
        )
    return _sort(events)


def _sort(events: Iterable[TimelineEvent]) -> tuple[TimelineEvent, ...]:
    return tuple(sorted(events, key=lambda event: event.at, reverse=True))


def keep_whole_vends(entries: Sequence[Entry], member: str = "") -> Sequence[Entry]:
    """Return a page's entries, in the order of the trail, without a vend at its end that lacks its
    intent: the next page has it whole. The last entry returned then has its own position.

    A page of this member's entries has only the ends of other members' vends, and keeps them. A
    page that would hold nothing else stays as it is."""
    if not entries or not _is_cut(entries, entries[-1], member):
        return entries
    kept = [entry for entry in entries if entry.vend != entries[-1].vend]
    while kept and kept[-1].vend and not _has_intent(_list_vend(kept, kept[-1])):
        kept.pop()
    return kept or entries


def _is_cut(entries: Sequence[Entry], last: Entry, member: str) -> bool:
    """Return whether the next page has the intent of the last entry's vend."""
    is_of_other = bool(member) and (last.subject or last.actor) != member
    return bool(last.vend) and not is_of_other and not _has_intent(_list_vend(entries, last))


def _list_vend(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    return [each for each in entries if each.vend == entry.vend]


def _has_intent(entries: Iterable[Entry]) -> bool:
    return any(entry.outcome is Outcome.INTENDED for entry in entries)


def _build_event(entry: Entry) -> TimelineEvent:
    return TimelineEvent(
        sentence=describe_entry(entry), entries=(entry,), outcome=entry.outcome, is_open=False
    )


def _build_vend_event(entries: tuple[Entry, ...]) -> TimelineEvent:
    (vend,) = group_by_vend(entries)
    outcome = vend.intent if vend.outcome is None else vend.outcome
    return TimelineEvent(
        sentence=describe_vend(vend),
        entries=tuple(vend.entries),
        outcome=outcome.outcome,
        is_open=vend.outcome is None,
    )
