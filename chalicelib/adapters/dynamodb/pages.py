"""The trail, page by page, by pynamodb."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.keys import sortable
from chalicelib.adapters.dynamodb.rows import row_records
from chalicelib.adapters.dynamodb.tables import TrailRow
from chalicelib.domain.trail import Entry, Page, Question

_MOST_READ = 2000  # entries looked at for one page; where few of them answer, the page is short


def page(question: Question) -> Page:
    """The entries that answer the question, newest first; of one engagement they are complete."""
    low, high = sortable(question.since), sortable(question.until)
    if question.cursor:
        high = min(high, question.cursor)
    found: list[Entry] = []
    seen = ""
    with row_records():
        for read, row in enumerate(_newest_first(question, low, high)):
            if row.sk == question.cursor:  # it ended the page before
                continue
            if len(found) == question.limit or read == _MOST_READ:
                return Page(tuple(found), seen)
            seen = row.sk
            entry = items.thing_of(Entry, row.body.as_dict())
            if _answers(question, entry):
                found.append(entry)
    return Page(tuple(found), "")


def _newest_first(question: Question, low: str, high: str) -> Iterator[TrailRow]:
    """The entries that may answer the question, from the index that holds the fewest others.

    An entry's sort key is longer than the text of its moment, and so sorts after it: between
    `low` and `high` are the entries from `low` on and before `high`.
    """
    if high <= low:
        return iter(())
    span = TrailRow.sk.between(low, high)
    # One more than asked for tells whether there are more; the entry of the cursor may be another.
    pages: dict[str, Any] = {"scan_index_forward": False, "page_size": question.limit + 2}
    if question.engagement:
        places = [keys.vends(question.engagement)]
        if not question.vends_only:
            places.append(keys.others(question.engagement))
        rows: Iterable[TrailRow] = _merged(
            TrailRow.query(place, span, consistent_read=True, **pages) for place in places
        )
    elif question.member:
        rows = _merged(
            index.query(question.member, span, **pages)
            for index in (TrailRow.by_actor, TrailRow.by_subject)
        )
    else:
        rows = itertools.chain.from_iterable(
            TrailRow.by_day.query(day, span, **pages) for day in _days_back(low, high)
        )
    return iter(rows)


def _merged(newest_first: Iterable[Iterable[TrailRow]]) -> Iterable[TrailRow]:
    return heapq.merge(*newest_first, key=lambda row: row.sk, reverse=True)


def _days_back(low: str, high: str) -> Iterator[str]:
    day, first = date.fromisoformat(high[:10]), date.fromisoformat(low[:10])
    while day >= first:
        yield day.isoformat()
        day -= timedelta(days=1)


def _answers(question: Question, entry: Entry) -> bool:
    if question.vends_only and not entry.vend:
        return False
    if question.outcome is not None and entry.outcome is not question.outcome:
        return False
    return not question.member or question.member in (entry.actor, entry.subject)
