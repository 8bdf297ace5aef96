"""The two tables as pynamodb sees them, on one connection.

pynamodb makes a botocore session and client for every model that finds none, at some 40 ms each;
`connect` makes one for all, and hands it out for the calls that the vend path makes itself.
"""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
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
    """All members, all engagements, or all grants for one engagement."""

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
    type = DiscriminatorAttribute()
    version = NumberAttribute()
    list = UnicodeAttribute(null=True)
    list_sk = UnicodeAttribute(null=True)
    by_list = ByList()


class MemberRow(StateRow, discriminator="member"):
    id = UnicodeAttribute()
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    created_at = UnicodeAttribute()
    tokens_from = UnicodeAttribute()
    suspended_at = UnicodeAttribute(null=True)


class LeadsRow(StateRow, discriminator="leads"):
    members = UnicodeSetAttribute()


class TokenRow(StateRow, discriminator="token"):
    member = UnicodeAttribute()
    hash = UnicodeAttribute()
    label = UnicodeAttribute()
    created_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    revoked_at = UnicodeAttribute(null=True)


class EngagementRow(StateRow, discriminator="engagement"):
    id = UnicodeAttribute()
    client = UnicodeAttribute()
    account_id = UnicodeAttribute()
    external_id = UnicodeAttribute()
    starts_at = UnicodeAttribute()
    ends_at = UnicodeAttribute()
    created_at = UnicodeAttribute()
    next_external_id = UnicodeAttribute(null=True)
    former_external_id = UnicodeAttribute(null=True)
    retired_external_ids = ListAttribute(of=UnicodeAttribute)
    chosen_elsewhere = BooleanAttribute()
    closed_at = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    left_at = UnicodeAttribute(null=True)


class ExternalIdRow(StateRow, discriminator="external-id"):
    external_id = UnicodeAttribute()
    engagement = UnicodeAttribute()


class RoleRow(StateRow, discriminator="role"):
    engagement = UnicodeAttribute()
    name = UnicodeAttribute()
    arn = UnicodeAttribute()
    max_session = NumberAttribute()
    asks_reason = BooleanAttribute()
    allows_chaining = BooleanAttribute()
    created_at = UnicodeAttribute()
    former_arns = ListAttribute(of=UnicodeAttribute)
    ended_at = UnicodeAttribute(null=True)
    proof_checked_at = UnicodeAttribute(null=True)
    proof_role_arn = UnicodeAttribute(null=True)
    proof_external_id = UnicodeAttribute(null=True)
    proof_results = ListAttribute(of=UnicodeAttribute, null=True)
    proof_causes = ListAttribute(of=UnicodeAttribute, null=True)
    override_until = UnicodeAttribute(null=True)
    override_by = UnicodeAttribute(null=True)
    override_why = UnicodeAttribute(null=True)
    override_role_arn = UnicodeAttribute(null=True)


class GrantRow(StateRow, discriminator="grant"):
    member = UnicodeAttribute()
    engagement = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    starts_at = UnicodeAttribute()
    ends_at = UnicodeAttribute()
    granted_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    revoked_at = UnicodeAttribute(null=True)


class SetupRow(StateRow, discriminator="setup"):
    engagement = UnicodeAttribute()
    role = UnicodeAttribute()
    permissions = UnicodeAttribute()
    own_policy = UnicodeAttribute(null=True)
    max_session_duration = NumberAttribute()
    boundary_arn = UnicodeAttribute(null=True)
    makes_boundary = BooleanAttribute()


class LinkRow(StateRow, discriminator="link"):
    hash = UnicodeAttribute()
    engagement = UnicodeAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    revoked_at = UnicodeAttribute(null=True)
    checked_at = UnicodeAttribute(null=True)


class SweepRow(StateRow, discriminator="sweep"):
    done_until = UnicodeAttribute()


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
    id = UnicodeAttribute()
    at = UnicodeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    outcome = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    engagement = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    vend = UnicodeAttribute(null=True)
    details: MapAttribute[str, str] = MapAttribute(null=True)
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
