"""Read the trail, page by page.

A page costs one query of each place that may hold answers, or one of each day up to `_MOST_DAYS`:
where few entries answer, it is short, or empty, and says where to go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import plain, records
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import sortable
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value

_MOST_READ = 1000  # entries that one query looks at; DynamoDB itself stops at 1 MB
_MOST_DAYS = 10

Found = list[tuple[str, Entry]]
"""Entries with their sort keys, newest first."""


class Source(Value, frozen=True):
    """Entries whose attribute `name` is `value`: of the table itself, or of an index."""

    name: str
    value: str
    index: str = ""


def page(tables: Tables, question: TrailQuery) -> Page[Entry]:
    """The entries that answer the question, newest first."""
    low, high = sortable(question.since), sortable(question.until)
    if question.cursor:
        high = min(high, question.cursor)
    if high <= low:
        return Page((), "")
    sources = _sources(question)
    with records():
        if sources:
            read = [_query(tables, question, source, low, high) for source in sources]
            found, rest = _merged(read)
        else:
            found, rest = _days_back(tables, question, low, high)
        return _cut(tables, question, found, rest)


def vends(tables: Tables, member: str, since: datetime) -> Iterator[Entry]:
    """The member's vends since then, in the order of their intents; complete as of now."""
    request = {
        "TableName": tables.trail,
        "KeyConditionExpression": "pk = :pk AND sk >= :since",
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.vends(member)},
            ":since": {"S": sortable(since)},
        },
        "ConsistentRead": True,
    }
    while True:
        with records():
            answer = tables.client.query(**request)
        yield from (_entry(item) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _sources(question: TrailQuery) -> Sequence[Source]:
    """The places that hold every answer, and the fewest others. None: all entries, day by day."""
    place, member = question.engagement, question.member
    vends: list[Source] = []
    others: list[Source] = []
    if member:
        vends = [Source("pk", keys.vends(member))]
        others = [Source("actor", member, "by-actor"), Source("subject", member, "by-subject")]
    elif place:
        vends = [Source("engagement", place, "by-engagement")]
    if place:
        others = [Source("pk", keys.others(place))]
    if question.vends_only:
        return vends
    return others if question.no_vends else [*vends, *others]


def _query(
    tables: Tables, question: TrailQuery, source: Source, low: str, high: str
) -> tuple[Found, str]:
    """Return what one query finds, and the sort key down to which it has looked: "" for the very
    end. A sort key sorts after the text of its own moment, so that `high` is excluded."""
    names = {"#key": source.name}
    values = {":key": {"S": source.value}, ":low": {"S": low}, ":high": {"S": high}}
    request: dict[str, Any] = {
        "TableName": tables.trail,
        "KeyConditionExpression": "#key = :key AND sk BETWEEN :low AND :high",
        "ScanIndexForward": False,
        # One is the cursor's own, and one more tells whether there are more.
        "Limit": question.limit + 2,
    }
    if conditions := _conditions(question, names, values):
        request["FilterExpression"] = " AND ".join(conditions)
        request["Limit"] = _MOST_READ
    if source.index:
        request["IndexName"] = source.index
    else:
        request["ConsistentRead"] = True
    answer = tables.client.query(
        **request, ExpressionAttributeNames=names, ExpressionAttributeValues=values
    )
    found = [(item["sk"]["S"], _entry(item)) for item in answer["Items"]]
    looked = answer["LastEvaluatedKey"]["sk"]["S"] if "LastEvaluatedKey" in answer else ""
    return [one for one in found if one[0] != question.cursor], looked


def _conditions(question: TrailQuery, names: dict[str, str], values: dict[str, Any]) -> list[str]:
    """What an entry has to be beyond its place, with the names and the values that say it."""
    wanted = []
    if question.outcome is not None:
        values[":outcome"] = {"S": question.outcome.value}
        wanted.append("#body.#outcome = :outcome")
    if question.engagement and question.member:
        values[":place"] = {"S": question.engagement}
        values[":member"] = {"S": question.member}
        wanted.append("#body.#engagement = :place")
        wanted.append("(#body.#actor = :member OR #body.#subject = :member)")
    if question.vends_only and not question.engagement and not question.member:
        wanted.append("attribute_exists(#body.#vend)")
    spelt = " ".join(wanted)
    for name in ("body", "outcome", "engagement", "actor", "subject", "vend"):
        if f"#{name}" in spelt:
            names[f"#{name}"] = name
    return wanted


def _merged(read: Sequence[tuple[Found, str]]) -> tuple[Found, str]:
    """All that was found, down to where every query has looked."""
    rest = max(looked for _, looked in read)
    found = [one for some, _ in read for one in some if one[0] >= rest]
    return sorted(found, key=lambda one: one[0], reverse=True), rest


def _days_back(tables: Tables, question: TrailQuery, low: str, high: str) -> tuple[Found, str]:
    found: Found = []
    day, first = date.fromisoformat(high[:10]), date.fromisoformat(low[:10])
    rest = ""
    for _ in range(_MOST_DAYS):
        some, looked = _query(tables, question, Source("day", day.isoformat(), "by-day"), low, high)
        found += some
        if looked or day == first:
            return found, looked
        rest = f"{day.isoformat()}T00:00:00.000000Z#0"  # before every entry of that day
        if len(found) > question.limit:
            break
        day -= timedelta(days=1)
    return found, rest


def _cut(tables: Tables, question: TrailQuery, found: Found, rest: str) -> Page[Entry]:
    """As many as were asked for. A page of vends never parts what came of one from its intent."""
    cut = found[: question.limit]
    if len(found) > question.limit:
        rest = cut[-1][0]
    if question.vends_only and rest and cut and cut[-1][0].endswith(keys.OUTCOME):
        sk, outcome = cut[-1]
        intent = sk.removesuffix(keys.OUTCOME)
        if intent < rest:
            cut.append((intent, _intent(tables, outcome.actor, intent)))
            rest = intent
    return Page(tuple(entry for _, entry in cut), rest)


def _intent(tables: Tables, member: str, sk: str) -> Entry:
    answer = tables.client.query(
        TableName=tables.trail,
        KeyConditionExpression="pk = :pk AND sk = :sk",
        ExpressionAttributeValues={":pk": {"S": keys.vends(member)}, ":sk": {"S": sk}},
        ConsistentRead=True,
    )
    (item,) = answer["Items"]
    return _entry(item)


def _entry(item: dict[str, Any]) -> Entry:
    return items.thing_of(Entry, plain(item["body"]["M"]))
