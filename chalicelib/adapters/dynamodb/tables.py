"""The two tables as pynamodb sees them, on one connection: what a thing consists of is one map,
`body`.

Imported where a lead asks for something: no vend waits for pynamodb. It makes a botocore session
and client for every model that finds none; `connect` gives all of them ours.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.connection import Tables


class _Meta:
    region: str | None = None


class ByList(GlobalSecondaryIndex["StateRow"]):
    """All members, engagements or roles, one member's grants, or one engagement's links."""

    class Meta:
        index_name = "by-list"
        projection = AllProjection()

    list = UnicodeAttribute(hash_key=True)
    list_sk = UnicodeAttribute(range_key=True)


class StateRow(Model):
    """Any item of the state table; `type` says which."""

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
    """One entry of the trail, as a change writes it beside its items."""

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
    """Name the tables and give both models one connection, by the client that there is."""
    StateRow.Meta.table_name, TrailRow.Meta.table_name = tables.state, tables.trail
    _Meta.region = tables.region
    StateRow._connection = TrailRow._connection = None
    state, trail = StateRow._get_connection(), TrailRow._get_connection()
    connection: Connection = state.connection
    connection.add_meta_table(trail.get_meta_table())
    connection._client = tables.client
    trail.connection = connection
    return connection
