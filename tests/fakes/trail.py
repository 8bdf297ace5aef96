"""A trail in memory. It passes the same contract tests as the adapter: tests/adapters/dynamodb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from chalicelib.adapters.dynamodb.keys import VEND_SUFFIXES
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.values import Page
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
        low = format_sortable(since)
        entries = [
            (key, entry)
            for key, entry in self._with_keys()
            if entry.vend and _vended_to(entry) == member and key >= low
        ]
        yield from (entry for _, entry in sorted(entries, key=itemgetter(0)))

    def page(self, query: TrailQuery) -> Page[Entry]:
        low, high = format_sortable(query.since), format_sortable(query.until)
        matches = [
            (key, entry)
            for key, entry in self._with_keys()
            if low <= key < high
            and (not query.cursor or key < query.cursor)
            and (not query.engagement or entry.engagement == query.engagement)
            and (not query.member or query.member in (entry.actor, entry.subject))
            and (query.outcome is None or entry.outcome is query.outcome)
            and (not query.vends_only or _is_of_vend(entry, query.member))
            and not (query.no_vends and _is_of_vend(entry, query.member))
            and (not query.revoked_sessions_only or entry.action is Action.SESSION_REVOKE)
        ]
        matches.sort(key=itemgetter(0), reverse=True)
        count = query.limit
        while query.vends_only and len(matches) > count:
            if matches[count - 1][1].outcome is INTENDED:
                break
            count += 1
        cursor = matches[count - 1][0] if len(matches) > count else ""
        return Page(tuple(entry for _, entry in matches[:count]), cursor)

    def _all(self) -> list[Entry]:
        return [*self._world.earlier_entries, *self._world.entries]

    def _put(self, entry: Entry) -> Entry:
        """Return the entry at this key after the write: an earlier entry, if there was one."""
        writes.put_entry(entry)
        key = _unique_key(entry)
        for old in self._all():
            may_be_same = old.id == entry.id or (entry.vend and old.vend == entry.vend)
            if may_be_same and _unique_key(old) == key:
                return old
        self._world.entries.append(entry)
        return entry

    def _with_keys(self) -> list[tuple[str, Entry]]:
        """Return each entry with its key in the table. An outcome stands beside its intent."""
        entries = self._all()
        intents = {entry.vend: entry for entry in reversed(entries) if entry.outcome is INTENDED}
        return [(_key(entry, intents.get(entry.vend)), entry) for entry in entries]


def _key(entry: Entry, intent: Entry | None) -> str:
    if not entry.vend or entry.outcome is INTENDED or intent is None:
        return entry.position
    return intent.position + VEND_SUFFIXES[entry.action]


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
