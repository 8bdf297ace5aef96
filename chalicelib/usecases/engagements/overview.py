"""Make the hourly overview. Read all engagements, roles, members and grants, find the last uses of
the last 90 days, and list the unused grants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.overview import (
    Overview,
    OverviewPart,
    OverviewRow,
    build_overview,
    ends_soon,
    find_failed_check,
    find_policy_end,
    is_grant_ending,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.engagements.unused import (
    UnusedGrants,
    list_unused,
    may_be_unused,
)
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.people.members import Member
from chalicelib.domain.values import I, Value
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.engagements.daily_uses import search_uses
from chalicelib.usecases.lists import PAGE_SIZE, iterate_list, list_all
from chalicelib.usecases.ports import Ports

TIME_TO_STORE = 60.0
"""Seconds. A run reads no further page with less time left."""


class OverviewTookTooLong(Exception):
    """The run's time ended before it had read everything."""


class OverviewEnd(StrEnum):
    """The reason why a run ended."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    """The overview is stored. The next run reads the uses of the days that are left. Until then,
    the list of unused grants counts a grant as used on these days."""
    ANOTHER_RUN = "another-run"
    """Another run was active at the same time, and stores its overview."""


class OverviewSummary(Value):
    """The numbers of one run: items that it read, and days whose vends it read."""

    engagements: int = 0
    """Engagements that are not over."""
    roles: int = 0
    """Roles of these engagements, without ended ones."""
    members: int = 0
    """Members who are not suspended."""
    days: int = 0
    ended: OverviewEnd = OverviewEnd.ALL_DONE


class _Walk(Struct):
    """The state of one walk through everything. `time_left` returns seconds."""

    ports: Ports
    now: datetime
    time_left: Callable[[], float]
    engagements: dict[str, Engagement] = field(default_factory=dict)
    """The engagements that are not over, by ID."""
    roles: int = 0
    members: int = 0
    rows: list[OverviewRow] = field(default_factory=list)
    old_grants: list[Grant] = field(default_factory=list)
    """The grants that may be unused."""

    def read(self, kind: type[I]) -> Iterator[I]:
        """Yield all items of the kind. Raise OverviewTookTooLong if the time ends."""
        for number, item in enumerate(iterate_list(self.ports.state, kind, PAGE_SIZE)):
            if number % PAGE_SIZE == 0:
                self.require_time()
            yield item

    def add(self, part: OverviewPart, **facts: Any) -> None:
        """Add a row to the part."""
        self.rows.append(OverviewRow(part=part, **facts))

    def require_time(self) -> None:
        """Raise OverviewTookTooLong if too little time is left to store an overview."""
        if self.time_left() < TIME_TO_STORE:
            raise OverviewTookTooLong


def make_overview(ports: Ports, *, time_left: Callable[[], float]) -> OverviewSummary:
    """Store a complete overview and the unused grants, and let `search_uses` store the uses of each
    day. Return the numbers of this run. The items are not read at one common moment, and the lists
    lag behind by about a second.

    `time_left` returns seconds. Raise OverviewTookTooLong if the time ends before the overview is
    complete, and Unavailable if the tables are unavailable. Then the last complete overview stays
    in place. If the time ends during the search of the uses, return OUT_OF_TIME.
    """
    now = ports.now()
    walk = _Walk(ports=ports, now=now, time_left=time_left)
    _read_engagements(walk)
    _read_roles(walk)
    _read_members(walk)
    overview = build_overview(walk.rows, now)
    summary = OverviewSummary(
        engagements=len(walk.engagements), roles=walk.roles, members=walk.members
    )
    try:
        _save_over(ports, overview)
        search = search_uses(ports, now, lambda: time_left() > TIME_TO_STORE)
        unused = list_unused(
            walk.old_grants,
            search.uses,
            searched_from=search.searched_from,
            weekly=search.weekly,
            now=now,
        )
        _save_over(ports, unused)
    except FactsChanged:
        return replace(summary, ended=OverviewEnd.ANOTHER_RUN)
    ended = OverviewEnd.ALL_DONE if search.is_complete else OverviewEnd.OUT_OF_TIME
    return replace(summary, days=search.days_read, ended=ended)


def _save_over(ports: Ports, item: Overview | UnusedGrants) -> None:
    """Store the item in place of that of the last run. Raise FactsChanged if another run stores one
    at the same time."""
    stored = ports.state.get(type(item))
    ports.state.save(replace(item, version=stored.version + 1 if stored else 1))


def _read_engagements(walk: _Walk) -> None:
    """Collect the engagements that are not over. Add those that end soon or are paused to the
    overview."""
    for engagement in walk.read(Engagement):
        if engagement.is_over(walk.now):
            continue
        walk.engagements[engagement.id] = engagement
        if ends_soon(engagement.ends_at, walk.now):
            walk.add(OverviewPart.ENDING, engagement=engagement.id, at=engagement.ends_at)
    blocks = walk.ports.state.get_many(Block, [(each,) for each in walk.engagements])
    for block in filter(lambda each: each.is_in_force, blocks.values()):
        walk.add(OverviewPart.PAUSED, engagement=block.scope, at=block.began_at)


def _read_roles(walk: _Walk) -> None:
    """Count the roles of the collected engagements. Add roles that failed their check, and trust
    policies that end soon, to the overview."""
    for role in walk.read(Role):
        engagement = walk.engagements.get(role.engagement)
        if engagement is None or role.ended_at is not None:
            continue
        walk.roles += 1
        if at := find_failed_check(role, engagement):
            walk.add(OverviewPart.FAILED, engagement=engagement.id, role=role.name, at=at)
        if at := find_policy_end(role, walk.now):
            walk.add(OverviewPart.ENDING, engagement=engagement.id, role=role.name, at=at)


def _read_members(walk: _Walk) -> None:
    """Count the active members. Add the unconfirmed emergencies of all members to the overview, and
    from their grants, which are read for several members at a time, those that end soon. Collect
    the old grants, which may be unused."""
    members = tuple(walk.read(Member))
    walk.members = sum(member.suspended_at is None for member in members)
    locks = walk.ports.state.get_many(EmergencyLock, [member.key for member in members])
    # A lock names a request until someone has confirmed that emergency.
    for lock in filter(lambda each: each.request is not None, locks.values()):
        walk.add(OverviewPart.EMERGENCIES, member=lock.member, request=lock.request)
    calls = (partial(list_all, walk.ports.state, Grant, member=each.id) for each in members)
    with closing(walk.ports.side_by_side(calls)) as results:
        for member, grants in zip(members, results, strict=True):
            walk.require_time()
            for grant in grants:
                engagement = walk.engagements.get(grant.engagement)
                if engagement is None:
                    continue
                if may_be_unused(grant, walk.now):
                    walk.old_grants.append(grant)
                if member.suspended_at is None and is_grant_ending(grant, engagement, walk.now):
                    facts = {"member": member.id, "at": grant.ends_at}
                    walk.add(OverviewPart.ENDING, engagement=engagement.id, **facts)
