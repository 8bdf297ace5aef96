"""Read the trail page by page.

A page costs one query for each source that may hold matches, or one for each day, up to
`_MAX_DAYS_PER_PAGE`. If few entries match, the page is short or empty, and its cursor continues the
search.

A vend is one attempt to issue a session to a member. Its intent is the entry from before Daypass
asks AWS STS, and its outcome is the entry from after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import remove_type_tags, translate_errors
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Page, Value

_MAX_READ_PER_QUERY = 1000  # entries; DynamoDB itself stops at 1 MB
_MAX_DAYS_PER_PAGE = 10

FoundEntries = list[tuple[str, Entry]]
"""Pairs of sort key and entry, newest first."""


class Source(Value, kw_only=False):
    """The entries whose attribute `name` has this value, in the table or in an index."""

    name: str
    value: str
    index: str = ""
    needs_vend_filter: bool = False
    """Only entries that belong to a vend: the ends of other members' sessions by this actor."""


def read_page(tables: Tables, query: TrailQuery) -> Page[Entry]:
    """Return a page of the trail entries that match the query, newest first, from `since` up to but
    excluding `until`."""
    oldest, newest = format_sortable(query.since), format_sortable(query.until)
    if query.cursor:
        newest = min(newest, query.cursor)
    if newest <= oldest:
        return Page((), "")
    sources = _choose_sources(query)
    with translate_errors():
        if sources:
            results = [_query_source(tables, query, source, oldest, newest) for source in sources]
            entries, cursor = _merge_sources(results)
        else:
            entries, cursor = _query_days(tables, query, oldest, newest)
        # This reads the rest of a vend's entries if the page would end between them.
        return _limit_page(tables, query, entries, cursor)


def read_vends(tables: Tables, member: str, since: datetime) -> Iterator[Entry]:
    """Yield the trail entries of the member's vends from `since` on, each intent followed by the
    other entries of its vend. The read is consistent."""
    request = {
        "TableName": tables.trail,
        "KeyConditionExpression": "pk = :pk AND sk >= :since",
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.vends_partition(member)},
            ":since": {"S": format_sortable(since)},
        },
        "ConsistentRead": True,
    }
    while True:
        with translate_errors():
            response = tables.client.query(**request)
        yield from (_parse_entry(item) for item in response["Items"])
        if "LastEvaluatedKey" not in response:
            return
        request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _choose_sources(query: TrailQuery) -> Sequence[Source]:
    """Return the fewest sources that together hold all matching entries, each entry in only one of
    them. If the list is empty, the caller must read all entries, day by day."""
    if query.revoked_sessions_only:
        return [Source("subject", keys.REVOKED_SESSIONS, "by-subject")]
    engagement, member = query.engagement, query.member
    vend_sources: list[Source] = []
    other_sources: list[Source] = []
    if member:
        vend_sources = [Source("pk", keys.vends_partition(member))]
        # These indexes leave out the member's own vends. An entry's actor and subject always
        # differ, so no entry is in both.
        other_sources = [
            Source("actor", member, "by-actor"),
            Source("subject", member, "by-subject"),
        ]
    elif engagement:
        vend_sources = [Source("engagement", engagement, "by-engagement")]
    if engagement:
        # This partition has all other entries about the engagement. With a member, too, the
        # conditions of the query leave out the entries about other members.
        other_sources = [Source("pk", keys.other_entries_partition(engagement))]
    if query.vends_only:
        return vend_sources
    if engagement and member:
        # If the member is a lead who ended another member's session, that entry is in the other
        # member's partition. The index also has the lead's other entries, which the filter leaves
        # out, because the engagement's partition has them.
        vend_sources.append(Source("actor", member, "by-actor", needs_vend_filter=True))
    return other_sources if query.no_vends else [*vend_sources, *other_sources]


def _query_source(
    tables: Tables, query: TrailQuery, source: Source, oldest: str, newest: str
) -> tuple[FoundEntries, str]:
    """Return the matching entries of one source, newest first, and the sort key at which DynamoDB
    stopped, or "" if it has read the whole source.

    A sort key is an entry's time and ID, so it sorts after the time alone. `oldest` is a time, and
    includes the entries of that time. `newest` is either a time, which excludes the entries of that
    time, or the query's cursor, which is the sort key at which the previous page ended.
    """
    names = {"#key": source.name}
    values = {":key": {"S": source.value}, ":low": {"S": oldest}, ":high": {"S": newest}}
    request: dict[str, Any] = {
        "TableName": tables.trail,
        "KeyConditionExpression": "#key = :key AND sk BETWEEN :low AND :high",
        "ScanIndexForward": False,
        # One more for the entry at the cursor, and one more to learn whether entries follow.
        "Limit": query.limit + 2,
    }
    if conditions := _filter_conditions(query, source, names, values):
        request["FilterExpression"] = " AND ".join(conditions)
        # DynamoDB applies the limit before the filter, so it must not be as small as a page.
        request["Limit"] = _MAX_READ_PER_QUERY
    if source.index:
        request["IndexName"] = source.index
    else:
        request["ConsistentRead"] = True
    response = tables.client.query(
        **request, ExpressionAttributeNames=names, ExpressionAttributeValues=values
    )
    entries = [(item["sk"]["S"], _parse_entry(item)) for item in response["Items"]]
    stopped_at = response["LastEvaluatedKey"]["sk"]["S"] if "LastEvaluatedKey" in response else ""
    return [entry for entry in entries if entry[0] != query.cursor], stopped_at


def _filter_conditions(
    query: TrailQuery, source: Source, names: dict[str, str], values: dict[str, Any]
) -> list[str]:
    """Return the conditions on attributes other than the source's key, as DynamoDB expressions. Add
    the placeholders that the conditions use to `names` and `values`."""
    conditions = []
    if query.outcome is not None:
        values[":outcome"] = {"S": query.outcome.value}
        conditions.append("#body.#outcome = :outcome")
    # If the query has only one of them, the source's key selects it.
    if query.engagement and query.member:
        values[":engagement"] = {"S": query.engagement}
        values[":member"] = {"S": query.member}
        conditions.append("#body.#engagement = :engagement")
        conditions.append("(#body.#actor = :member OR #body.#subject = :member)")
    # If a query for vends names a member or an engagement, its sources hold only vends, so they
    # need no filter. A day has entries of all kinds.
    is_by_day = not query.engagement and not query.member
    if source.needs_vend_filter or (query.vends_only and is_by_day):
        conditions.append("attribute_exists(#body.#vend)")
    expression = " ".join(conditions)
    # DynamoDB refuses a placeholder that no condition uses. No name here begins with another one.
    for name in ("body", "outcome", "engagement", "actor", "subject", "vend"):
        if f"#{name}" in expression:
            names[f"#{name}"] = name
    return conditions


def _merge_sources(results: Sequence[tuple[FoundEntries, str]]) -> tuple[FoundEntries, str]:
    """Return the entries of several sources, newest first, and the sort key at which the search
    stopped, or "" if it is complete.

    The queries stopped at different sort keys. Leave out entries that are older than the newest of
    these keys, because another source may have unread entries there.
    """
    stopped_at = max(stopped_at for _, stopped_at in results)
    entries = [
        entry for source_entries, _ in results for entry in source_entries if entry[0] >= stopped_at
    ]
    return sorted(entries, key=lambda entry: entry[0], reverse=True), stopped_at


def _query_days(
    tables: Tables, query: TrailQuery, oldest: str, newest: str
) -> tuple[FoundEntries, str]:
    """Return the matching entries of at most `_MAX_DAYS_PER_PAGE` days, newest day first, and the
    sort key at which the search stopped, or "" if it is complete."""
    entries: FoundEntries = []
    day, oldest_day = date.fromisoformat(newest[:10]), date.fromisoformat(oldest[:10])
    cursor = ""
    for _ in range(_MAX_DAYS_PER_PAGE):
        day_entries, stopped_at = _query_source(
            tables, query, Source("day", day.isoformat(), "by-day"), oldest, newest
        )
        entries += day_entries
        if stopped_at or day == oldest_day:
            return entries, stopped_at
        cursor = f"{day.isoformat()}T00:00:00.000000Z#0"  # before every entry of that day
        if len(entries) > query.limit:
            break
        day -= timedelta(days=1)
    return entries, cursor


def _limit_page(
    tables: Tables, query: TrailQuery, entries: FoundEntries, cursor: str
) -> Page[Entry]:
    """Return a page of at most the query's limit of entries.

    The entries come newest first, so a vend's intent comes after its outcome. If a page of vends
    would end in the middle of a vend's entries, add the vend's other entries, down to its intent.
    """
    page_entries = entries[: query.limit]
    if len(entries) > query.limit:
        cursor = page_entries[-1][0]
    if query.vends_only and cursor and page_entries:
        sk, last_entry = page_entries[-1]
        # `<time>#<ID>` is the sort key of an intent, and `<time>#<ID>#outcome` of its outcome.
        intent_sk = "#".join(sk.split("#")[:2])
        # The page's last entry is not the intent, and the sources were not read down to the intent.
        if intent_sk < sk and intent_sk < cursor:
            member = last_entry.subject or last_entry.actor
            page_entries += _read_rest_of_vend(tables, member, intent_sk, sk)
            cursor = intent_sk
    return Page(tuple(entry for _, entry in page_entries), cursor)


def _read_rest_of_vend(tables: Tables, member: str, intent_sk: str, sk: str) -> FoundEntries:
    """Return the entries of the member's vend before the entry with the sort key `sk`, newest
    first. The last one is the intent."""
    # All sort keys of a vend begin with its intent's, so no other vend is in this range. A vend has
    # at most four entries, so one response holds them all.
    response = tables.client.query(
        TableName=tables.trail,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :intent AND :sk",
        ExpressionAttributeValues={
            ":pk": {"S": keys.vends_partition(member)},
            ":intent": {"S": intent_sk},
            ":sk": {"S": sk},
        },
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    # The first item is the entry at `sk` itself.
    return [(item["sk"]["S"], _parse_entry(item)) for item in response["Items"][1:]]


def _parse_entry(item: dict[str, Any]) -> Entry:
    """Return the trail entry in an item of a response."""
    return keys.parse_body(Entry, remove_type_tags(item["body"]["M"]))
