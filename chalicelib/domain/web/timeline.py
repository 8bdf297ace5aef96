"""Arrange trail entries as a timeline: the entries of one vend are one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import group_by_vend
from chalicelib.domain.web.sentences import Sentence, describe_entry, describe_vend


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


class Event(Value, frozen=True, kw_only=True):
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


class SessionOnTrail(Value, frozen=True, kw_only=True):
    """A session that Daypass handed over, or must count as handed over."""

    member: str
    role: str
    at: datetime
    """When it was requested."""
    until: datetime | None
    """When AWS ends it, if nothing ends it earlier. None if the trail does not say."""
    said: str
    """The member's words. Empty if they gave none."""
    is_open: bool


def list_sessions(events: Iterable[Event]) -> tuple[SessionOnTrail, ...]:
    """Return the sessions among the events: the answer to who was in, and why."""
    return tuple(
        SessionOnTrail(
            member=event.first.actor,
            role=event.first.role,
            at=event.at,
            until=_find_expiry(event),
            said=event.first.detail("said"),
            is_open=event.is_open,
        )
        for event in events
        if event.first.action is Action.VEND
        and event.first.outcome is Outcome.INTENDED
        and (event.is_open or event.outcome is Outcome.ISSUED)
    )


def _find_expiry(event: Event) -> datetime | None:
    texts = filter(None, (entry.detail("expires_at") for entry in event.entries))
    try:
        return next(map(datetime.fromisoformat, texts), None)
    except ValueError:
        return None


def list_events(entries: Iterable[Entry], show: Show) -> tuple[Event, ...]:
    """Return the events of these entries in their order. If only one outcome is shown, each entry
    is an event, because the other entries of its vend are missing."""
    if show.outcome is not None:
        return tuple(map(_build_event, entries))
    events: list[Event] = []
    for vend, grouped in groupby(entries, key=lambda entry: entry.vend):
        group = tuple(grouped)
        events += (
            [_build_vend_event(group)] if vend and _has_intent(group) else map(_build_event, group)
        )
    return tuple(events)


def keep_whole_vends(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return a page's entries, newest first, without a vend at its end that lacks its intent: the
    next page has it whole. A page that holds nothing else stays as it is."""
    if not entries or not entries[-1].vend:
        return entries
    vend = entries[-1].vend
    last = [entry for entry in entries if entry.vend == vend]
    if _has_intent(last) or len(last) == len(entries):
        return entries
    return entries[: -len(last)]


def _has_intent(entries: Iterable[Entry]) -> bool:
    return any(entry.outcome is Outcome.INTENDED for entry in entries)


def _build_event(entry: Entry) -> Event:
    return Event(
        sentence=describe_entry(entry), entries=(entry,), outcome=entry.outcome, is_open=False
    )


def _build_vend_event(entries: tuple[Entry, ...]) -> Event:
    (vend,) = group_by_vend(entries)
    outcome = vend.intent if vend.outcome is None else vend.outcome
    return Event(
        sentence=describe_vend(vend),
        entries=tuple(vend.entries),
        outcome=outcome.outcome,
        is_open=vend.outcome is None,
    )
