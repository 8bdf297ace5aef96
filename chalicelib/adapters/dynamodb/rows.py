"""Read and write the state table with pynamodb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import translate_error
from chalicelib.adapters.dynamodb.retries import retry_while_busy
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow, connect
from chalicelib.adapters.dynamodb.trail import log_if_unrecorded
from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item, Page


class Rows:
    """Reads single items, partitions and lists. Writes changes and their entries in one
    transaction."""

    def __init__(self, tables: Tables) -> None:
        self._connection = connect(tables)

    def read_partition(
        self, kind: type[I], pk: str, prefix: str, starts_with: str, limit: int, cursor: str
    ) -> Page[I]:
        """Return a page of items whose sort keys begin with `prefix` and `starts_with`. The read is
        consistent. The cursor is the last sort key of the previous page, without the prefix."""
        # The range includes both its ends. The first sort key after the cursor's is greater than
        # the cursor and `SORTS_FIRST`. Without a cursor, the range begins at `starts_with`.
        sort_key_range = StateRow.sk.between(
            prefix + max(cursor + keys.SORTS_FIRST, starts_with),
            prefix + starts_with + keys.SORTS_LAST,
        )
        with translate_row_errors():
            rows = list(StateRow.query(pk, sort_key_range, limit=limit + 1, consistent_read=True))
        return _build_page(kind, rows, limit, lambda row: row.sk.removeprefix(prefix))

    def read_list(
        self, kind: type[I], name: str, starts_with: str, limit: int, cursor: str
    ) -> Page[I]:
        """Return a page of the list with this name, sorted by `list_sk`, of the keys that begin
        with `starts_with`. The list may lag behind the items. The cursor is the last `list_sk` of
        the previous page."""
        rows = _query_list(name, starts_with, limit, cursor)
        return _build_page(kind, rows, limit, lambda row: row.list_sk or "")

    def read_ids(self, name: str, starts_with: str, limit: int, cursor: str) -> Page[str]:
        """Return only the sort keys of the page that `read_list` returns."""
        rows = _query_list(name, starts_with, limit, cursor, attributes_to_get=["list_sk"])
        ids = tuple(row.list_sk or "" for row in rows)
        return Page(ids[:limit], ids[limit - 1] if len(ids) > limit else "")

    def find_grants_since(self, pk: str, since: datetime) -> list[Grant]:
        """Return the grants of this partition that were valid at `since` or later. The read is
        consistent."""
        # DynamoDB compares times as text. Stored times have whole seconds and a zone. Without a
        # zone, `earliest` sorts before an equal stored time.
        earliest = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        revoked_at = StateRow.body["revoked_at"]
        was_valid = (StateRow.body["ends_at"] >= earliest) & (
            revoked_at.does_not_exist() | (revoked_at >= earliest)
        )
        sort_key_range = StateRow.sk.startswith(keys.sort_key_prefix(Grant))
        with translate_row_errors():
            return [
                _parse_row(Grant, row)
                for row in StateRow.query(
                    pk, sort_key_range, filter_condition=was_valid, consistent_read=True
                )
            ]

    def save(self, item: Item) -> None:
        """Write one item without a trail entry."""
        retry_while_busy(lambda: self._save(item))

    def change(self, changed: Sequence[Item], entry: Entry, preconditions: Sequence[Item]) -> None:
        """Write the changed items and the trail entry in one transaction. Raise FactsChanged if an
        item or a precondition is stored in another version than the one that was read."""
        versions = _find_versions_to_check(changed, preconditions)
        with log_if_unrecorded(entry):
            retry_while_busy(lambda: self._write(changed, entry, versions))

    def apply(self, changed: Sequence[Item]) -> None:
        """Write the changed items in one transaction, without a trail entry."""
        retry_while_busy(lambda: self._write(changed, None, {}))

    def _save(self, item: Item) -> None:
        """Write the item if its previous version is still stored."""
        with translate_row_errors():
            build_row(item).save(condition=_version_condition(item.version - 1))

    def _write(
        self,
        changed: Sequence[Item],
        entry: Entry | None,
        versions_to_check: Mapping[keys.TableKey, int],
    ) -> None:
        """Write the items, and the entry if any, in one transaction. The transaction fails unless
        each item still has its previous version, and each key to check has its version."""
        with translate_row_errors(), TransactWrite(connection=self._connection) as transaction:
            for key, version in versions_to_check.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(build_row(item), condition=_version_condition(item.version - 1))
            if entry is not None:
                row = TrailRow(**keys.build_entry_attributes(entry))
                transaction.save(row, condition=TrailRow.pk.does_not_exist())


def _query_list(
    name: str, starts_with: str, limit: int, cursor: str, **options: Any
) -> Sequence[StateRow]:
    """Return the rows of a page of a list, and one more if another page follows."""
    # The range begins after the cursor or, without a cursor, at `starts_with`.
    sort_key_range = StateRow.list_sk.between(
        max(cursor + keys.SORTS_FIRST, starts_with), starts_with + keys.SORTS_LAST
    )
    with translate_row_errors():
        return list(StateRow.by_list.query(name, sort_key_range, limit=limit + 1, **options))


def _build_page(
    kind: type[I], rows: Sequence[StateRow], limit: int, cursor_of: Callable[[StateRow], str]
) -> Page[I]:
    """Return a page of the items in `rows`, which has one row more than `limit` if another page
    follows. `cursor_of` returns the cursor after a row."""
    page_rows = rows[:limit]
    items = tuple(_parse_row(kind, row) for row in page_rows)
    return Page(items, cursor_of(page_rows[-1]) if len(rows) > limit else "")


@contextmanager
def translate_row_errors() -> Iterator[None]:
    """Raise Daypass's errors like `translate_errors`, for errors that pynamodb has wrapped."""
    try:
        yield
    except PynamoDBException as error:
        raise translate_error(_find_sdk_error(error)) from error


def build_row(item: Item) -> StateRow:
    """Return the item as a row that pynamodb can write."""
    return StateRow(**keys.build_item_attributes(item))


def _parse_row(kind: type[I], row: StateRow) -> I:
    """Return the item that the row stores."""
    return keys.parse_body(kind, row.body.as_dict() | {"version": row.version})


def _version_condition(version: int) -> Any:
    """Return the condition that this version is stored, or for version 0 that the item is new."""
    return StateRow.version == version if version else StateRow.pk.does_not_exist()


def _find_sdk_error(error: PynamoDBException) -> BaseException:
    """Return the SDK's error that pynamodb wrapped, or pynamodb's own error if there is none.
    pynamodb's copy of an SDK error lacks the cancellation reasons."""
    copied_error = error.cause or error
    sdk_error = copied_error.__cause__
    return sdk_error if isinstance(sdk_error, ClientError) else copied_error


def _find_versions_to_check(
    changed: Sequence[Item], preconditions: Sequence[Item]
) -> dict[keys.TableKey, int]:
    """Return, by key, the version that each precondition must still have.

    Leave out items that the transaction also writes, because it allows one operation on each item,
    and a write checks the version itself. Raise FactsChanged if an item was read at two versions.
    """
    # A changed item has the next version already.
    read_versions = {keys.table_key_of(item): item.version - 1 for item in changed}
    versions: dict[keys.TableKey, int] = {}
    for item in preconditions:
        key = keys.table_key_of(item)
        if read_versions.setdefault(key, item.version) != item.version:
            raise FactsChanged
        versions[key] = item.version
    for item in changed:
        versions.pop(keys.table_key_of(item), None)
    return versions
