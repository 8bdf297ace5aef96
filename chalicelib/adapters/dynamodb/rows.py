"""What leads do in the state table, by pynamodb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import DoesNotExist, PynamoDBException
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import meaning, records
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow, connect
from chalicelib.adapters.dynamodb.versions import versions_to_check
from chalicelib.domain.things import I, Item
from chalicelib.domain.trail import Entry


class Rows:
    """Items one by one, by partition and by list; and changes, in one step with their entry."""

    def __init__(self, tables: Tables) -> None:
        self._connection = connect(tables)

    def get(self, kind: type[I], key: keys.Key) -> I | None:
        with row_records():
            try:
                return _of(kind, StateRow.get(*key, consistent_read=True))
            except DoesNotExist:
                return None

    def partition(self, kind: type[I], pk: str, prefix: str) -> list[I]:
        with row_records():
            rows = StateRow.query(pk, StateRow.sk.startswith(prefix), consistent_read=True)
            return [_of(kind, row) for row in rows]

    def listed(self, kind: type[I], name: str) -> list[I]:
        with row_records():
            return [_of(kind, row) for row in StateRow.by_list.query(name)]

    def save(self, item: Item) -> None:
        with row_records():
            row_of(item).save(condition=_over(item.version - 1))

    def change(self, changed: Sequence[Item], entry: Entry, standing: Sequence[Item]) -> None:
        checks = versions_to_check(changed, standing)
        with row_records(), TransactWrite(connection=self._connection) as transaction:
            for key, version in checks.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(row_of(item), condition=_over(item.version - 1))
            transaction.save(
                TrailRow(**items.entry_attributes(entry)), condition=TrailRow.pk.does_not_exist()
            )


@contextmanager
def row_records() -> Iterator[None]:
    """As `records`, of what pynamodb makes of it."""
    with records():
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
