"""Read the hourly overview, and check the rows that a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.domain.web.overview import (
    AccessDay,
    AccessPart,
    AccessRecord,
    DaySessions,
    EndingEngagement,
    EndingGrant,
    EndingPolicy,
    FailedRole,
    Overview,
    name_day,
    parse_part,
)
from chalicelib.domain.web.overview_rules import (
    find_failed_check,
    find_policy_end,
    is_engagement_ending,
    is_grant_ending,
)
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports

_Row = EndingEngagement | EndingGrant | EndingPolicy | FailedRole

ROWS_SHOWN = 14
"""The rows of each list that `read_current_rows` checks by default."""


class RoleRow(Value, frozen=True, kw_only=True):
    """A role with its engagement."""

    role: Role
    engagement: Engagement


class GrantRow(Value, frozen=True, kw_only=True):
    """A grant with its engagement."""

    grant: Grant
    engagement: Engagement


class CurrentRows(Value, frozen=True, kw_only=True):
    """The first rows of an overview's lists that are still true, as they are stored now. A row is
    left out if its end was moved, its check passed, or its engagement is over by now."""

    ending_engagements: tuple[Engagement, ...]
    ending_grants: tuple[GrantRow, ...]
    ending_policies: tuple[RoleRow, ...]
    failed_roles: tuple[RoleRow, ...]


def read_overview(ports: Ports) -> Overview | None:
    """Return the last complete overview in one read, or None before the first one.

    Say from when it is (`taken_at`) where a page shows its counts. Show its rows only after
    `read_current_rows`, or with that time.
    """
    return ports.state.get(Overview)


def read_current_rows(ports: Ports, overview: Overview, limit: int = ROWS_SHOWN) -> CurrentRows:
    """Read the first `limit` rows of each of the overview's lists again, and return those that are
    still true. It takes one call for each seven rows of a list: two for the default."""
    now = ports.now()
    endings, grant_ends = overview.ending_engagements[:limit], overview.ending_grants[:limit]
    policies, failures = overview.ending_policies[:limit], overview.failed_roles[:limit]
    keys: dict[MixedKey, None] = {}
    for row in chain[_Row](endings, grant_ends, policies, failures):
        keys[Engagement, (row.engagement,)] = None
    keys |= {(Grant, (row.engagement, row.member)): None for row in grant_ends}
    for role_row in chain[EndingPolicy | FailedRole](policies, failures):
        keys[Role, (role_row.engagement, role_row.role)] = None
    items = ports.state.get_together(keys)
    return CurrentRows(
        ending_engagements=tuple(
            engagement
            for row in endings
            if (engagement := pick(items, Engagement, row.engagement))
            and is_engagement_ending(engagement, now)
        ),
        ending_grants=tuple(
            GrantRow(grant=grant, engagement=engagement)
            for row in grant_ends
            if (engagement := pick(items, Engagement, row.engagement))
            and (grant := pick(items, Grant, row.engagement, row.member))
            and is_grant_ending(grant, engagement, now)
        ),
        ending_policies=tuple(
            row
            for row in _pick_roles(items, policies)
            if find_policy_end(row.role, row.engagement, now)
        ),
        failed_roles=tuple(
            row
            for row in _pick_roles(items, failures)
            if find_failed_check(row.role, row.engagement, now)
        ),
    )


def _pick_roles(
    items: Mapping[MixedKey, Item], rows: Iterable[EndingPolicy | FailedRole]
) -> Iterator[RoleRow]:
    """Yield the roles of these rows with their engagements. Leave out those that do not exist."""
    for row in rows:
        role = pick(items, Role, row.engagement, row.role)
        engagement = pick(items, Engagement, row.engagement)
        if role is not None and engagement is not None:
            yield RoleRow(role=role, engagement=engagement)


def read_access(ports: Ports, day: date) -> AccessRecord | None:
    """Return the record of the day's access, or None if there is none. It takes two reads."""
    return read_access_of_days(ports, [day]).get(day)


def read_access_of_days(ports: Ports, days: Iterable[date]) -> Mapping[date, AccessRecord]:
    """Return the records of these days' access. Leave out days without one. It takes two reads
    for up to two days."""
    return read_rows_of_days(ports, find_recorded_days(ports, days))


def find_recorded_days(ports: Ports, days: Iterable[date]) -> Mapping[date, AccessDay]:
    """Return what `read_rows_of_days` needs to read the access of these days. Leave out days
    without a record."""
    keys: dict[ItemKey, date] = {(name_day(day),): day for day in days}
    records = ports.state.get_many(AccessDay, keys)
    return {keys[key]: record for key, record in records.items()}


def read_rows_of_days(ports: Ports, days: Mapping[date, AccessDay]) -> Mapping[date, AccessRecord]:
    """Return the records of these days' access, from one read for up to two days.

    Leave out a day whose record a run has replaced since it was found.
    """
    parts = ports.state.get_many(
        AccessPart, chain.from_iterable(record.part_keys for record in days.values())
    )
    access = {}
    for day, record in days.items():
        if all(key in parts and parts[key].taken_at == record.taken_at for key in record.part_keys):
            texts = (parts[key].text for key in record.part_keys)
            access[day] = AccessRecord(
                day=record.day,
                taken_at=record.taken_at,
                rows=tuple(chain.from_iterable(map(parse_part, texts))),
                left_out=record.left_out,
            )
    return access


def read_sessions_per_day(ports: Ports, days: Iterable[date]) -> Mapping[date, DaySessions]:
    """Return the numbers of sessions of these days, in one read for up to 100 days. Leave out days
    that were not counted yet."""
    keys: dict[ItemKey, date] = {(name_day(day),): day for day in days}
    counted = ports.state.get_many(DaySessions, keys)
    return {keys[key]: sessions for key, sessions in counted.items()}
