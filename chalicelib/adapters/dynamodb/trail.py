"""Implement the Trail port on DynamoDB. Entries are only ever added.

A vend, which issues temporary credentials to a member, has two entries: the intent before Daypass
asks AWS STS, and the outcome afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import (
    CONDITION_FAILED,
    Busy,
    add_type_tags,
    remove_type_tags,
    translate_errors,
)
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Page
from chalicelib.telemetry import build_metric_fields, logger


class DynamoTrail:
    """The Trail port on the trail table.

    `usecases.ports.Trail` documents its methods.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def record(self, entry: Entry) -> None:
        with log_if_unrecorded(entry), translate_errors():
            self._put(keys.build_entry_attributes(entry))

    def put_outcome(self, intent: Entry, outcome: Entry) -> Entry:
        """Write the outcome of the intent's vend, and return it. If the trail has an outcome of
        this vend already, write nothing, and return that outcome."""
        return self._put_once(intent, outcome)

    def put_end(self, intent: Entry, end: Entry) -> Entry:
        """Write the end of the intent's session, and return it. If the trail has an end by this
        action already, write nothing, and return that one."""
        return self._put_once(intent, end)

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        """Yield the intents of the member's vends since that time, each followed by the other
        entries of its vend."""
        # Imported here, so that no vend waits for this import.
        from chalicelib.adapters.dynamodb.trail_pages import read_vends

        return read_vends(self._tables, member, since)

    def page(self, query: TrailQuery) -> Page[Entry]:
        from chalicelib.adapters.dynamodb.trail_pages import read_page

        return read_page(self._tables, query)

    def _put_once(self, intent: Entry, entry: Entry) -> Entry:
        """Write the entry, under a key that its action and the intent determine, and return it. If
        another entry has that key, write nothing, and return that entry."""
        attributes = keys.build_entry_attributes(entry, intent=intent)
        with log_if_unrecorded(entry), translate_errors():
            try:
                self._put(attributes)
            except ClientError as error:
                if error.response["Error"]["Code"] != CONDITION_FAILED:
                    raise
                # `_put` asks DynamoDB to return the item that has the key.
                return keys.parse_body(Entry, remove_type_tags(error.response["Item"]["body"]["M"]))
        return entry

    def _put(self, attributes: dict[str, Any]) -> None:
        """Write an entry with these attributes. Succeed if the same entry is already stored. Raise
        ClientError if another entry has the key."""
        item = add_type_tags(attributes)
        try:
            self._tables.client.put_item(
                TableName=self._tables.trail,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            # After a lost response the SDK retries, and then finds the entry of its first attempt.
            if error.response.get("Item") != item:
                raise


@contextmanager
def log_if_unrecorded(entry: Entry) -> Iterator[None]:
    """If the entry cannot be written, log and count that for an alarm, and raise the error.

    Do not count it if DynamoDB stayed busy (`Busy`), because the change was not made either.
    """
    try:
        yield
    except Unavailable as error:
        if isinstance(error.__cause__, Busy):
            raise
        fields = {
            "action": entry.action.value,
            "outcome": entry.outcome.value,
            "entry": entry.id,
            "vend": entry.vend,
            "engagement": entry.engagement,
        }
        logger.error("unrecorded", extra=fields | build_metric_fields({"Unrecorded": 1}))
        raise
