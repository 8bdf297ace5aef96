"""The Trail port on DynamoDB: entries are put where there was none, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import records, tagged
from chalicelib.domain.trail import Entry, Page, Question
from chalicelib.domain.vending.access import Facts

_NEW = "attribute_not_exists(pk)"
_UNCHANGED = "version = :version"


class DynamoTrail:
    """The entries in the trail table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def record(self, entry: Entry) -> None:
        item = tagged(items.entry_attributes(entry))
        with records():
            try:
                self._tables.client.put_item(
                    TableName=self._tables.trail,
                    Item=item,
                    ConditionExpression=_NEW,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                # The SDK asks again when an answer is lost, and then finds its own entry there.
                if error.response.get("Item") != item:
                    raise

    def settle(self, entry: Entry, facts: Facts) -> None:
        state, trail = self._tables.state, self._tables.trail
        standing = (facts.token, facts.member, facts.engagement, facts.role, facts.grant)
        steps: list[dict[str, Any]] = [
            {
                "ConditionCheck": {
                    "TableName": state,
                    "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "ConditionExpression": _UNCHANGED,
                    "ExpressionAttributeValues": {":version": {"N": str(version)}},
                }
            }
            for (pk, sk), version in ((items.key_of(i), i.version) for i in standing if i)
        ]
        put = {
            "TableName": trail,
            "Item": tagged(items.entry_attributes(entry)),
            "ConditionExpression": _NEW,
        }
        with records():
            self._tables.client.transact_write_items(TransactItems=[*steps, {"Put": put}])

    def page(self, question: Question) -> Page:
        return self._pages(question)

    @cached_property
    def _pages(self) -> Callable[[Question], Page]:
        from chalicelib.adapters.dynamodb.pages import page  # with pynamodb: no vend waits for it
        from chalicelib.adapters.dynamodb.tables import connect

        connect(self._tables)
        return page
