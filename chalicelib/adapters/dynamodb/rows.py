"""Read and write the state table with pynamodb."""

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
from chalicelib.adapters.dynamodb.failures import translated_error
from chalicelib.adapters.dynamodb.retries import retry_while_busy
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow, connect
from chalicelib.adapters.dynamodb.trail import log_if_unrecorded
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item


class Rows:
    """Reads single items, partitions and lists. Writes changes and their entries in one
    transaction."""

    def __init__(self, tables: Tables) -> None:
        self._connection = connect(tables)

    def partition(self, kind: type[I], pk: str, prefix: str, limit: int, after: str) -> Page[I]:
        """Return a page of items whose sort keys begin with `prefix`. The read is consistent.
        `after` is the rest of the previous page's last sort key, and so is the cursor."""
        span = StateRow.sk.between(prefix + after + keys.FIRST, prefix + keys.LAST)
        with translate_row_errors():
            rows = list(StateRow.query(pk, span, limit=limit + 1, consistent_read=True))
        return _page_of(kind, rows, limit, lambda row: row.sk.removeprefix(prefix))

    def listed(self, kind: type[I], name: str, limit: int, after: str) -> Page[I]:
        """Return a page of a list, sorted by the items' keys in it. It may lag."""
        span = StateRow.list_sk > after + keys.FIRST
        with translate_row_errors():
            rows = list(StateRow.by_list.query(name, span, limit=limit + 1))
        return _page_of(kind, rows, limit, lambda row: row.list_sk or "")

    def grants_since(self, pk: str, since: datetime) -> list[Grant]:
        """Return the partition's grants that were valid at that moment or later. The read is
        consistent.

        Moments are stored as text in whole seconds, and compare as text with a moment that has
        neither fraction nor zone.
        """
        earliest = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        revoked_at = StateRow.body["revoked_at"]
        was_valid = (StateRow.body["ends_at"] >= earliest) & (
            revoked_at.does_not_exist() | (revoked_at >= earliest)
        )
        span = StateRow.sk.startswith(keys.prefix(Grant))
        with translate_row_errors():
            return [
                _item_of(Grant, row)
                for row in StateRow.query(
                    pk, span, filter_condition=was_valid, consistent_read=True
                )
            ]

    def save(self, item: Item) -> None:
        retry_while_busy(lambda: self._save(item))

    def change(self, changed: Sequence[Item], entry: Entry, preconditions: Sequence[Item]) -> None:
        checks = _versions_to_check(changed, preconditions)
        with log_if_unrecorded(entry):
            retry_while_busy(lambda: self._write(changed, entry, checks))

    def apply(self, changed: Sequence[Item]) -> None:
        retry_while_busy(lambda: self._write(changed, None, {}))

    def _save(self, item: Item) -> None:
        with translate_row_errors():
            row_of(item).save(condition=_replaces_version(item.version - 1))

    def _write(
        self, changed: Sequence[Item], entry: Entry | None, checks: Mapping[keys.TableKey, int]
    ) -> None:
        """Write new versions of the items, and the entry if any, in one transaction with the
        checks."""
        with translate_row_errors(), TransactWrite(connection=self._connection) as transaction:
            for key, version in checks.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(row_of(item), condition=_replaces_version(item.version - 1))
            if entry is not None:
                row = TrailRow(**items.entry_attributes(entry))
                transaction.save(row, condition=TrailRow.pk.does_not_exist())


def _page_of(
    kind: type[I], rows: Sequence[StateRow], limit: int, cursor_of: Callable[[StateRow], str]
) -> Page[I]:
    """Return a page of items. `rows` has one row more than `limit` if more pages follow."""
    page_rows = rows[:limit]
    items = tuple(_item_of(kind, row) for row in page_rows)
    return Page(items, cursor_of(page_rows[-1]) if len(rows) > limit else "")


@contextmanager
def translate_row_errors() -> Iterator[None]:
    """Translate errors like `translate_errors`, also if pynamodb has wrapped them."""
    try:
        yield
    except PynamoDBException as error:
        raise translated_error(_sdk_error(error)) from error


def row_of(item: Item) -> StateRow:
    """Return the item as pynamodb writes it."""
    return StateRow(**items.attributes_of(item))


def _item_of(kind: type[I], row: StateRow) -> I:
    return items.value_of(kind, row.body.as_dict() | {"version": row.version})


def _replaces_version(version: int) -> Any:
    """Return the condition that this version is stored, or for version 0 that the item is new."""
    return StateRow.version == version if version else StateRow.pk.does_not_exist()


def _sdk_error(error: PynamoDBException) -> BaseException:
    """Return the SDK's error from inside pynamodb's. pynamodb's own copy of the error lacks the
    cancellation reasons."""
    copy = error.cause or error
    return copy.__cause__ if isinstance(copy.__cause__, ClientError) else copy


def _versions_to_check(
    changed: Sequence[Item], preconditions: Sequence[Item]
) -> dict[keys.TableKey, int]:
    """Return the versions that the transaction must check, for preconditions that it does not also
    write. A transaction allows only one operation on each item. Raise FactsChanged if an item was
    read at two versions."""
    expected = {keys.key_of(item): item.version - 1 for item in changed}
    checks: dict[keys.TableKey, int] = {}
    for item in preconditions:
        key = keys.key_of(item)
        if expected.setdefault(key, item.version) != item.version:
            raise FactsChanged
        checks[key] = item.version
    for item in changed:
        checks.pop(keys.key_of(item), None)
    return checks
