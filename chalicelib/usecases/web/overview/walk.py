"""Read all engagements, roles, members and grants for the overview, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from msgspec import Struct, field

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Member
from chalicelib.domain.values import I, Value
from chalicelib.domain.web.overview.overview import (
    MAX_ROWS,
    Ending,
    FailedRole,
    Overview,
    OverviewCounts,
)
from chalicelib.domain.web.overview.rules import (
    find_failed_check,
    find_policy_end,
    is_engagement_ending,
    is_grant_ending,
    may_be_unused,
)
from chalicelib.usecases.lists import PAGE_SIZE, iterate_list, list_all
from chalicelib.usecases.ports import Ports

TIME_TO_STORE = 60.0
"""Seconds. A run reads no further page with less time left."""


class OverviewTookTooLong(Exception):
    """The run's time ended before it had read everything."""


class WalkResult(Value, frozen=True, kw_only=True):
    """The overview, the grants that may be unused, and the numbers of the items."""

    overview: Overview
    old_grants: tuple[Grant, ...]
    engagements: int
    roles: int
    members: int


class _Walk(Struct, kw_only=True):
    """The state of one walk. `time_left` returns seconds."""

    ports: Ports
    now: datetime
    time_left: Callable[[], float]
    engagements: dict[str, Engagement] = field(default_factory=dict)
    """The engagements that are not over, by ID."""
    roles: int = 0
    """The number of their roles that have not ended."""
    members: int = 0
    """The number of members who are not suspended."""
    ending_engagements: list[Ending] = field(default_factory=list)
    ending_grants: list[Ending] = field(default_factory=list)
    ending_policies: list[Ending] = field(default_factory=list)
    failed_roles: list[FailedRole] = field(default_factory=list)
    old_grants: list[Grant] = field(default_factory=list)

    def read(self, kind: type[I]) -> Iterator[I]:
        """Yield all items of the kind. Raise OverviewTookTooLong if the time ends."""
        for number, item in enumerate(iterate_list(self.ports.state, kind, PAGE_SIZE)):
            if number % PAGE_SIZE == 0:
                self.require_time()
            yield item

    def require_time(self) -> None:
        """Raise OverviewTookTooLong if too little time is left to store an overview."""
        if self.time_left() < TIME_TO_STORE:
            raise OverviewTookTooLong


def walk(ports: Ports, now: datetime, time_left: Callable[[], float]) -> WalkResult:
    """Read everything, and return the overview as of `now`. The items are not read at one common
    moment, and the lists lag behind by about a second.

    Raise OverviewTookTooLong if less than TIME_TO_STORE is left before everything is read.
    """
    state = _Walk(ports=ports, now=now, time_left=time_left)
    _read_engagements(state)
    _read_roles(state)
    _read_members(state)
    return WalkResult(
        overview=_build_overview(state),
        old_grants=tuple(state.old_grants),
        engagements=len(state.engagements),
        roles=state.roles,
        members=state.members,
    )


def _read_engagements(state: _Walk) -> None:
    """Keep the engagements that are not over, and list those that end soon."""
    for engagement in state.read(Engagement):
        if engagement.is_over(state.now):
            continue
        state.engagements[engagement.id] = engagement
        if is_engagement_ending(engagement, state.now):
            ending = Ending(
                engagement=engagement.id, client=engagement.client, ends_at=engagement.ends_at
            )
            state.ending_engagements.append(ending)


def _read_roles(state: _Walk) -> None:
    """Count the roles of these engagements. List those whose check failed, and those whose trust
    policy ends soon."""
    for role in state.read(Role):
        engagement = state.engagements.get(role.engagement)
        if engagement is None or role.ended_at is not None:
            continue
        state.roles += 1
        if failed_at := find_failed_check(role, engagement, state.now):
            state.failed_roles.append(
                FailedRole(
                    engagement=engagement.id,
                    client=engagement.client,
                    role=role.name,
                    checked_at=failed_at,
                )
            )
        if ends_at := find_policy_end(role, engagement, state.now):
            state.ending_policies.append(
                Ending(
                    engagement=engagement.id,
                    client=engagement.client,
                    role=role.name,
                    ends_at=ends_at,
                )
            )


def _read_members(state: _Walk) -> None:
    """Count the members, and read their grants, those of several members at a time."""
    members = tuple(state.read(Member))
    state.members = sum(member.suspended_at is None for member in members)
    calls = (partial(_list_grants, state.ports, member) for member in members)
    with closing(state.ports.side_by_side(calls)) as results:
        for member, grants in results:
            state.require_time()
            _add_grants(state, member, grants)


def _list_grants(ports: Ports, member: Member) -> tuple[Member, Sequence[Grant]]:
    """Return the member with all their grants."""
    return member, list_all(ports.state, Grant, member=member.id)


def _add_grants(state: _Walk, member: Member, grants: Sequence[Grant]) -> None:
    """List the grants that end soon or may be unused."""
    for grant in grants:
        engagement = state.engagements.get(grant.engagement)
        if engagement is None:
            continue
        if may_be_unused(grant, state.now):
            state.old_grants.append(grant)
        if member.suspended_at is None and is_grant_ending(grant, engagement, state.now):
            state.ending_grants.append(
                Ending(
                    engagement=engagement.id,
                    client=engagement.client,
                    member=member.id,
                    ends_at=grant.ends_at,
                )
            )


def _build_overview(state: _Walk) -> Overview:
    """Return the overview, with the rows of each list that matter first."""
    latest_failures = sorted(state.failed_roles, key=lambda row: row.checked_at, reverse=True)
    return Overview(
        taken_at=state.now,
        counts=OverviewCounts(
            failed_roles=len(state.failed_roles),
            ending_engagements=len(state.ending_engagements),
            ending_grants=len(state.ending_grants),
            ending_policies=len(state.ending_policies),
        ),
        ending_engagements=_take_earliest(state.ending_engagements),
        ending_grants=_take_earliest(state.ending_grants),
        ending_policies=_take_earliest(state.ending_policies),
        failed_roles=tuple(latest_failures[:MAX_ROWS]),
    )


def _take_earliest(rows: list[Ending]) -> tuple[Ending, ...]:
    """Return the rows that end first, at most MAX_ROWS."""
    return tuple(sorted(rows, key=lambda row: row.ends_at)[:MAX_ROWS])
