"""What leads do in the state table, by pynamodb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import meaning
from chalicelib.adapters.dynamodb.patience import patiently
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow, connect
from chalicelib.adapters.dynamodb.trail import told_if_unrecorded
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item


class Rows:
    """Items one by one, by partition and by list; and changes, in one step with their entry."""

    def __init__(self, tables: Tables) -> None:
        self._connection = connect(tables)

    def partition(self, kind: type[I], pk: str, prefix: str, limit: int, after: str) -> Page[I]:
        """A page of the items whose sort keys begin so; consistent. `after` is what the sort key of
        the last item before it goes on with, and so is the cursor."""
        span = StateRow.sk.between(prefix + after + keys.FIRST, prefix + keys.LAST)
        with row_records():
            rows = list(StateRow.query(pk, span, limit=limit + 1, consistent_read=True))
        return _page(kind, rows, limit, lambda row: row.sk.removeprefix(prefix))

    def listed(self, kind: type[I], name: str, limit: int, after: str) -> Page[I]:
        """The same of a list, by the items' keys in it. It may lag."""
        span = StateRow.list_sk > after + keys.FIRST
        with row_records():
            rows = list(StateRow.by_list.query(name, span, limit=limit + 1))
        return _page(kind, rows, limit, lambda row: row.list_sk or "")

    def grants_since(self, pk: str, since: datetime) -> list[Grant]:
        """Return the partition's grants that stood at that moment or later; the read is consistent.

        Moments are stored as text, whole seconds without a fraction, and compare as such with one
        that has neither fraction nor zone.
        """
        from_then = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        revoked_at = StateRow.body["revoked_at"]
        stood = (StateRow.body["ends_at"] >= from_then) & (
            revoked_at.does_not_exist() | (revoked_at >= from_then)
        )
        span = StateRow.sk.startswith(keys.prefix(Grant))
        with row_records():
            return [
                _of(Grant, row)
                for row in StateRow.query(pk, span, filter_condition=stood, consistent_read=True)
            ]

    def save(self, item: Item) -> None:
        patiently(lambda: self._save(item))

    def change(self, changed: Sequence[Item], entry: Entry, preconditions: Sequence[Item]) -> None:
        checks = _versions_to_check(changed, preconditions)
        with told_if_unrecorded(entry):
            patiently(lambda: self._write(changed, entry, checks))

    def apply(self, changed: Sequence[Item]) -> None:
        patiently(lambda: self._write(changed, None, {}))

    def _save(self, item: Item) -> None:
        with row_records():
            row_of(item).save(condition=_over(item.version - 1))

    def _write(
        self, changed: Sequence[Item], entry: Entry | None, checks: Mapping[keys.Key, int]
    ) -> None:
        with row_records(), TransactWrite(connection=self._connection) as transaction:
            for key, version in checks.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(row_of(item), condition=_over(item.version - 1))
            if entry is not None:
                row = TrailRow(**items.entry_attributes(entry))
                transaction.save(row, condition=TrailRow.pk.does_not_exist())


def _page(
    kind: type[I], rows: Sequence[StateRow], limit: int, place: Callable[[StateRow], str]
) -> Page[I]:
    """One more was asked for than is wanted: it tells whether there are more."""
    wanted = rows[:limit]
    found = tuple(_of(kind, row) for row in wanted)
    return Page(found, place(wanted[-1]) if len(rows) > limit else "")


@contextmanager
def row_records() -> Iterator[None]:
    """As `records`, of what pynamodb makes of a failure: it wraps each one."""
    try:
        yield
    except PynamoDBException as error:
        raise meaning(_original(error)) from error


def row_of(item: Item) -> StateRow:
    """The item as pynamodb writes it."""
    return StateRow(**items.attributes_of(item))


def _of(kind: type[I], row: StateRow) -> I:
    return items.thing_of(kind, row.body.as_dict() | {"version": row.version})


def _over(version: int) -> Any:
    return StateRow.version == version if version else StateRow.pk.does_not_exist()


def _original(error: PynamoDBException) -> BaseException:
    """The SDK's own error: pynamodb wraps it, and keeps a copy without the reasons."""
    copy = error.cause or error
    return copy.__cause__ if isinstance(copy.__cause__, ClientError) else copy


def _versions_to_check(
    changed: Sequence[Item], preconditions: Sequence[Item]
) -> dict[keys.Key, int]:
    """Return the versions to find besides those written over: a transaction takes one step on each
    item. FactsChanged if an item was read at two versions."""
    expected = {keys.key_of(item): item.version - 1 for item in changed}
    checks: dict[keys.Key, int] = {}
    for item in preconditions:
        key = keys.key_of(item)
        if expected.setdefault(key, item.version) != item.version:
            raise FactsChanged
        checks[key] = item.version
    for item in changed:
        checks.pop(keys.key_of(item), None)
    return checks
