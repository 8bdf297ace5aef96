"""A trail in memory. It passes the same contract as the adapter: tests/adapters/dynamodb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import sortable
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from tests.fakes import written

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

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        self._world.step("vends")
        found = [one for one in self._world.entries if one.vend and one.actor == member]
        low = sortable(since)
        yield from sorted((one for one in found if self._key(one) >= low), key=self._key)

    def page(self, question: TrailQuery) -> Page[Entry]:
        low, high = sortable(question.since), sortable(question.until)
        found = [
            entry
            for entry in sorted(self._world.entries, key=self._key, reverse=True)
            if low <= self._key(entry) < high
            and (not question.cursor or self._key(entry) < question.cursor)
            and (not question.engagement or entry.engagement == question.engagement)
            and (not question.member or question.member in (entry.actor, entry.subject))
            and (question.outcome is None or entry.outcome is question.outcome)
            and (entry.vend or not question.vends_only)
            and not (entry.vend and question.no_vends)
        ]
        cut = found[: question.limit]
        if question.vends_only and len(found) > len(cut) and cut[-1].outcome is not INTENDED:
            cut = found[: question.limit + 1]
        return Page(tuple(cut), self._key(cut[-1]) if len(found) > len(cut) else "")

    def _put(self, entry: Entry) -> Entry:
        """What is at the entry's key now: the entry, unless there was one before."""
        written.put_entry(entry)
        place = _place(entry)
        for old in self._world.entries:
            if _place(old) == place:
                return old
        self._world.entries.append(entry)
        return entry

    def _key(self, entry: Entry) -> str:
        if entry.vend and entry.outcome is not INTENDED:
            for other in self._world.entries:
                if other.vend == entry.vend and other.outcome is INTENDED:
                    return f"{other.position}#outcome"
        return entry.position


def _place(entry: Entry) -> tuple[object, ...]:
    """What only one entry can have: each vend has one place for what came of it."""
    if entry.vend and entry.outcome is not INTENDED:
        return (entry.vend,)
    return bool(entry.vend), entry.at, entry.id
