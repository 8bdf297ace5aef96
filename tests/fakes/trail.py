"""A trail in memory. It passes the same contract tests as the adapter: tests/adapters/dynamodb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.adapters.dynamodb.keys import VEND_SUFFIXES
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from tests.fakes import writes

if TYPE_CHECKING:
    from tests.fakes import World

INTENDED = Outcome.INTENDED


class FakeTrail:
    """The Trail port over a list."""

    def __init__(self, world: World) -> None:
        self._world = world

    def record(self, entry: Entry) -> None:
        self._world.step(f"record {entry.outcome}")
        if self._put(entry) != entry:
            raise FactsChanged

    def put_outcome(self, intent: Entry, outcome: Entry) -> Entry:
        assert intent.vend == outcome.vend
        self._world.step(f"put_outcome {outcome.outcome}")
        return self._put(outcome)

    def put_end(self, intent: Entry, end: Entry) -> Entry:
        assert intent.vend == end.vend
        self._world.step(f"put_end {end.action}")
        return self._put(end)

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        self._world.step("vends")
        entries = [entry for entry in self._all() if entry.vend and _vended_to(entry) == member]
        low = format_sortable(since)
        yield from sorted((entry for entry in entries if self._key(entry) >= low), key=self._key)

    def page(self, query: TrailQuery) -> Page[Entry]:
        low, high = format_sortable(query.since), format_sortable(query.until)
        matches = [
            entry
            for entry in self._all()
            # A vend's outcome has the time of its intent. The first condition is only quick.
            if (entry.vend or query.since <= entry.at < query.until)
            and low <= self._key(entry) < high
            and (not query.cursor or self._key(entry) < query.cursor)
            and (not query.engagement or entry.engagement == query.engagement)
            and (not query.member or query.member in (entry.actor, entry.subject))
            and (query.outcome is None or entry.outcome is query.outcome)
            and (not query.vends_only or _is_of_vend(entry, query.member))
            and not (query.no_vends and _is_of_vend(entry, query.member))
        ]
        entries = sorted(matches, key=self._key, reverse=True)
        cut = entries[: query.limit]
        while query.vends_only and len(entries) > len(cut) and cut[-1].outcome is not INTENDED:
            cut = entries[: len(cut) + 1]
        return Page(tuple(cut), self._key(cut[-1]) if len(entries) > len(cut) else "")

    def _all(self) -> list[Entry]:
        return [*self._world.earlier_entries, *self._world.entries]

    def _put(self, entry: Entry) -> Entry:
        """Return the entry at this key after the write: an earlier entry, if there was one."""
        writes.put_entry(entry)
        key = _unique_key(entry)
        for old in self._all():
            if _unique_key(old) == key:
                return old
        self._world.entries.append(entry)
        return entry

    def _key(self, entry: Entry) -> str:
        if entry.vend and entry.outcome is not INTENDED:
            for intent in self._all():
                if intent.vend == entry.vend and intent.outcome is INTENDED:
                    return intent.position + VEND_SUFFIXES[entry.action]
        return entry.position


def _vended_to(entry: Entry) -> str:
    """Return the member of the vend that the entry belongs to."""
    return entry.subject or entry.actor


def _is_of_vend(entry: Entry, member: str) -> bool:
    """Return whether the entry belongs to a vend, of this member if one is given. The end of
    another member's session is not among the vends of the lead who revoked it."""
    return bool(entry.vend) and member in ("", _vended_to(entry))


def _unique_key(entry: Entry) -> tuple[object, ...]:
    """Return the key that only one entry can have. All outcomes of a vend share one key, and all
    ends of its session by the same action."""
    if entry.vend and entry.outcome is not INTENDED:
        return entry.vend, entry.action
    return bool(entry.vend), entry.at, entry.id
