"""The two tables as pynamodb sees them, on one connection.

What a thing consists of is the domain's to say: here it is one map, `body`. The tables know what
they find it by.

pynamodb makes a botocore session and client for every model that finds none, at some 40 ms each;
`connect` makes one for all, and hands it out for the calls that the vend path makes itself.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

CONNECT_SECONDS = 1
READ_SECONDS = 3
RETRIES = 2


class _Meta:
    region: str | None = None
    connect_timeout_seconds = CONNECT_SECONDS
    read_timeout_seconds = READ_SECONDS
    max_retry_attempts = RETRIES


class ByList(GlobalSecondaryIndex["StateRow"]):
    """All members, all engagements, or all grants or links of one engagement."""

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
    body: MapAttribute[str, Any] = MapAttribute()
    by_list = ByList()


class ByDay(GlobalSecondaryIndex["TrailRow"]):
    """All entries of one day (UTC)."""

    class Meta:
        index_name = "by-day"
        projection = AllProjection()

    day = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class ByActor(GlobalSecondaryIndex["TrailRow"]):
    """What one member did."""

    class Meta:
        index_name = "by-actor"
        projection = AllProjection()

    actor = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class BySubject(GlobalSecondaryIndex["TrailRow"]):
    """What was done about one member by somebody else."""

    class Meta:
        index_name = "by-subject"
        projection = AllProjection()

    subject = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class TrailRow(Model):
    """One entry of the trail."""

    class Meta(_Meta):
        table_name = "daypass-trail"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    day = UnicodeAttribute()
    actor = UnicodeAttribute()
    subject = UnicodeAttribute(null=True)
    body: MapAttribute[str, Any] = MapAttribute()
    by_day = ByDay()
    by_actor = ByActor()
    by_subject = BySubject()


def connect(*, state_table: str, trail_table: str, region: str) -> Connection:
    """Name the tables and give both models one connection, with its client already made."""
    StateRow.Meta.table_name, TrailRow.Meta.table_name = state_table, trail_table
    _Meta.region = region
    StateRow._connection = TrailRow._connection = None
    state, trail = StateRow._get_connection(), TrailRow._get_connection()
    connection: Connection = state.connection
    connection.add_meta_table(trail.get_meta_table())
    trail.connection = connection
    _ = connection.client  # made now, so that no request waits for it
    return connection
