"""The Trail port on DynamoDB: entries are put where there was none, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import CONDITION_FAILED, Busy, plain, records, tagged
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.telemetry import logger, measured


class DynamoTrail:
    """The entries in the trail table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def record(self, entry: Entry) -> None:
        with told_if_unrecorded(entry), records():
            self._put(items.entry_attributes(entry))

    def put_outcome(self, intent: Entry, outcome: Entry) -> Entry:
        attributes = items.entry_attributes(outcome, intent=intent)
        with told_if_unrecorded(outcome), records():
            try:
                self._put(attributes)
            except ClientError as error:
                if error.response["Error"]["Code"] != CONDITION_FAILED:
                    raise
                return items.thing_of(Entry, plain(error.response["Item"]["body"]["M"]))
        return outcome

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        from chalicelib.adapters.dynamodb.pages import vends  # nobody vends waits for it

        return vends(self._tables, member, since)

    def page(self, question: TrailQuery) -> Page[Entry]:
        from chalicelib.adapters.dynamodb.pages import page

        return page(self._tables, question)

    def _put(self, attributes: dict[str, Any]) -> None:
        """Put an entry where there is none, or only itself."""
        item = tagged(attributes)
        try:
            self._tables.client.put_item(
                TableName=self._tables.trail,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            # The SDK asks again when an answer is lost, and then finds its own entry there.
            if error.response.get("Item") != item:
                raise


@contextmanager
def told_if_unrecorded(entry: Entry) -> Iterator[None]:
    """Log that the entry could not be written, with a metric for an alarm, and raise all the same.
    A conflict with another write does not count: nothing was written, and the caller gets it."""
    try:
        yield
    except Unavailable as error:
        if isinstance(error.__cause__, Busy):
            raise
        named = {
            "action": entry.action.value,
            "outcome": entry.outcome.value,
            "entry": entry.id,
            "vend": entry.vend,
            "engagement": entry.engagement,
        }
        logger.error("unrecorded", extra=named | measured({"Unrecorded": 1}))
        raise
