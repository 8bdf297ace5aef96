"""Define the two tables for pynamodb, on one connection. An item's fields are one map, `body`.

Importing pynamodb takes long. So the code that issues credentials to a member (a vend) must not
import this module. Without `connect`, pynamodb would create a botocore session and client for each
model.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.connection import Tables


class _Meta:
    """The setting that both models share."""

    region: str | None = None


class ByList(GlobalSecondaryIndex["StateRow"]):
    """The index of the state table's lists, such as all members, or one member's grants. An item
    without `list` and `list_sk` is not in the index: pynamodb writes no attribute that is None."""

    class Meta:
        index_name = "by-list"
        projection = AllProjection()

    list = UnicodeAttribute(hash_key=True)
    list_sk = UnicodeAttribute(range_key=True)


class StateRow(Model):
    """An item of the state table. `type` names its kind."""

    class Meta(_Meta):
        table_name = "daypass-state"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute()
    version = NumberAttribute()
    list = UnicodeAttribute(null=True)
    list_sk = UnicodeAttribute(null=True)
    gone_after = NumberAttribute(null=True)
    body: MapAttribute[str, Any] = MapAttribute()
    by_list = ByList()


class TrailRow(Model):
    """A trail entry that is written in one transaction with the items that it is about."""

    class Meta(_Meta):
        table_name = "daypass-trail"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    day = UnicodeAttribute()
    engagement = UnicodeAttribute(null=True)
    actor = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    body: MapAttribute[str, Any] = MapAttribute()


def connect(tables: Tables) -> Connection:
    """Set the tables' names in both models, and let both models share one connection with the
    existing client. Return the connection."""
    StateRow.Meta.table_name, TrailRow.Meta.table_name = tables.state, tables.trail
    _Meta.region = tables.region
    # These private attributes of pynamodb make both models use one connection and this client.
    StateRow._connection = TrailRow._connection = None
    state, trail = StateRow._get_connection(), TrailRow._get_connection()
    connection: Connection = state.connection
    connection.add_meta_table(trail.get_meta_table())
    connection._client = tables.client
    trail.connection = connection
    return connection
