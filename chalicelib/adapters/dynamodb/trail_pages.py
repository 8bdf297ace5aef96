"""Read the trail page by page.

A page costs one query for each partition that may hold matches, or one for each day up to
`_MOST_DAYS`. If few entries match, the page is short or empty, and its cursor continues the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import remove_type_tags, translate_errors
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import sortable
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value

_MOST_READ = 1000  # entries that one query reads; DynamoDB itself stops at 1 MB
_MOST_DAYS = 10

FoundEntries = list[tuple[str, Entry]]
"""Pairs of sort key and entry, newest first."""


class Source(Value, frozen=True):
    """Entries whose attribute `name` has this value, in the table or in an index."""

    name: str
    value: str
    index: str = ""


def page(tables: Tables, query: TrailQuery) -> Page[Entry]:
    """Return a page of the trail entries that match the query, newest first."""
    low, high = sortable(query.since), sortable(query.until)
    if query.cursor:
        high = min(high, query.cursor)
    if high <= low:
        return Page((), "")
    sources = _sources_of(query)
    with translate_errors():
        if sources:
            results = [_query_source(tables, query, source, low, high) for source in sources]
            entries, rest = _merge_results(results)
        else:
            entries, rest = _query_days(tables, query, low, high)
        return _limit_page(tables, query, entries, rest)


def vends(tables: Tables, member: str, since: datetime) -> Iterator[Entry]:
    """Yield the trail entries of the member's vends since then, each intent followed by its
    outcome. The read is consistent."""
    request = {
        "TableName": tables.trail,
        "KeyConditionExpression": "pk = :pk AND sk >= :since",
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.vend_entries(member)},
            ":since": {"S": sortable(since)},
        },
        "ConsistentRead": True,
    }
    while True:
        with translate_errors():
            response = tables.client.query(**request)
        yield from (_entry_from(item) for item in response["Items"])
        if "LastEvaluatedKey" not in response:
            return
        request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _sources_of(query: TrailQuery) -> Sequence[Source]:
    """Return the fewest sources that together hold all matching entries. If there are none, the
    caller must read all entries, day by day."""
    engagement, member = query.engagement, query.member
    vends: list[Source] = []
    other_sources: list[Source] = []
    if member:
        vends = [Source("pk", keys.vend_entries(member))]
        other_sources = [
            Source("actor", member, "by-actor"),
            Source("subject", member, "by-subject"),
        ]
    elif engagement:
        vends = [Source("engagement", engagement, "by-engagement")]
    if engagement:
        other_sources = [Source("pk", keys.other_entries(engagement))]
    if query.vends_only:
        return vends
    return other_sources if query.no_vends else [*vends, *other_sources]


def _query_source(
    tables: Tables, query: TrailQuery, source: Source, low: str, high: str
) -> tuple[FoundEntries, str]:
    """Return the matching entries of one source, newest first, and the sort key at which DynamoDB
    stopped; "" if it has read the whole source. `low` is included. `high` is not: each sort key is
    longer than the text of its time."""
    names = {"#key": source.name}
    values = {":key": {"S": source.value}, ":low": {"S": low}, ":high": {"S": high}}
    request: dict[str, Any] = {
        "TableName": tables.trail,
        "KeyConditionExpression": "#key = :key AND sk BETWEEN :low AND :high",
        "ScanIndexForward": False,
        # One extra for the cursor's own entry, and one to learn whether more follow.
        "Limit": query.limit + 2,
    }
    if conditions := _filter_conditions(query, names, values):
        request["FilterExpression"] = " AND ".join(conditions)
        request["Limit"] = _MOST_READ
    if source.index:
        request["IndexName"] = source.index
    else:
        request["ConsistentRead"] = True
    response = tables.client.query(
        **request, ExpressionAttributeNames=names, ExpressionAttributeValues=values
    )
    entries = [(item["sk"]["S"], _entry_from(item)) for item in response["Items"]]
    reached = response["LastEvaluatedKey"]["sk"]["S"] if "LastEvaluatedKey" in response else ""
    return [entry for entry in entries if entry[0] != query.cursor], reached


def _filter_conditions(
    query: TrailQuery, names: dict[str, str], values: dict[str, Any]
) -> list[str]:
    """Return the query's conditions on attributes other than the source's key. Add the names and
    values that they use to `names` and `values`."""
    conditions = []
    if query.outcome is not None:
        values[":outcome"] = {"S": query.outcome.value}
        conditions.append("#body.#outcome = :outcome")
    if query.engagement and query.member:
        values[":engagement"] = {"S": query.engagement}
        values[":member"] = {"S": query.member}
        conditions.append("#body.#engagement = :engagement")
        conditions.append("(#body.#actor = :member OR #body.#subject = :member)")
    if query.vends_only and not query.engagement and not query.member:
        conditions.append("attribute_exists(#body.#vend)")
    expression = " ".join(conditions)
    for name in ("body", "outcome", "engagement", "actor", "subject", "vend"):
        if f"#{name}" in expression:
            names[f"#{name}"] = name
    return conditions


def _merge_results(results: Sequence[tuple[FoundEntries, str]]) -> tuple[FoundEntries, str]:
    """Return the entries of several sources, newest first, down to the sort key that every
    source's query has reached, and that key."""
    reached = max(reached_by_query for _, reached_by_query in results)
    entries = [
        entry
        for entries_of_query, _ in results
        for entry in entries_of_query
        if entry[0] >= reached
    ]
    return sorted(entries, key=lambda entry: entry[0], reverse=True), reached


def _query_days(tables: Tables, query: TrailQuery, low: str, high: str) -> tuple[FoundEntries, str]:
    """Return the matching entries of at most `_MOST_DAYS` days, from the newest day back, and the
    sort key at which the search stopped; "" if it is complete."""
    entries: FoundEntries = []
    day, first = date.fromisoformat(high[:10]), date.fromisoformat(low[:10])
    cursor = ""
    for _ in range(_MOST_DAYS):
        entries_of_day, reached = _query_source(
            tables, query, Source("day", day.isoformat(), "by-day"), low, high
        )
        entries += entries_of_day
        if reached or day == first:
            return entries, reached
        cursor = f"{day.isoformat()}T00:00:00.000000Z#0"  # before every entry of that day
        if len(entries) > query.limit:
            break
        day -= timedelta(days=1)
    return entries, cursor


def _limit_page(
    tables: Tables, query: TrailQuery, entries: FoundEntries, cursor: str
) -> Page[Entry]:
    """Return a page with the query's limit of entries. A page of vends that would end between an
    outcome and its intent has one more: the intent, read by its key."""
    page_entries = entries[: query.limit]
    if len(entries) > query.limit:
        cursor = page_entries[-1][0]
    if query.vends_only and cursor and page_entries and page_entries[-1][0].endswith(keys.OUTCOME):
        sk, outcome = page_entries[-1]
        intent = sk.removesuffix(keys.OUTCOME)
        if intent < cursor:
            page_entries.append((intent, _read_intent(tables, outcome.actor, intent)))
            cursor = intent
    return Page(tuple(entry for _, entry in page_entries), cursor)


def _read_intent(tables: Tables, member: str, sk: str) -> Entry:
    """Return the intent of the member's vend with this sort key."""
    response = tables.client.query(
        TableName=tables.trail,
        KeyConditionExpression="pk = :pk AND sk = :sk",
        ExpressionAttributeValues={":pk": {"S": keys.vend_entries(member)}, ":sk": {"S": sk}},
        ConsistentRead=True,
    )
    (item,) = response["Items"]
    return _entry_from(item)


def _entry_from(item: dict[str, Any]) -> Entry:
    return items.value_of(Entry, remove_type_tags(item["body"]["M"]))
