"""List the engagements of a member."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import PAGE_SIZE
from chalicelib.usecases.ports import Ports


class EngagementAccess(Value, frozen=True, kw_only=True):
    """An engagement for one member: their roles, and the time of their access."""

    engagement: Engagement
    roles: tuple[Role, ...]
    starts_at: datetime
    ends_at: datetime
    is_open: bool
    is_granted: bool
    now: datetime


def list_my_engagements(
    ports: Ports, caller: Caller, *, limit: int, cursor: str = ""
) -> Page[EngagementAccess]:
    """Return the engagements that the caller has a current or upcoming grant for.

    The cursor names the last engagement shown. So a member learns nothing about engagements whose
    grants have ended.
    """
    now = ports.now()
    at_a_time = limit
    while True:
        grants = ports.state.list(Grant, member=caller.member.id, limit=at_a_time, cursor=cursor)
        live = [grant for grant in grants.items if grant.is_current_or_upcoming(now)]
        shown = live[:limit]
        cursor = shown[-1].engagement if len(live) > limit else grants.cursor
        engagements = tuple(_build_accesses(ports, caller, shown, now))
        if engagements or not cursor:
            return Page(engagements, engagements[-1].engagement.id if cursor else "")
        at_a_time = PAGE_SIZE


def _build_accesses(
    ports: Ports, caller: Caller, grants: Sequence[Grant], now: datetime
) -> Iterator[EngagementAccess]:
    may_have_access = caller.member.kind is not Kind.AUDITOR
    for context in ports.state.granted(grants) if grants else ():
        grant, engagement = context.grant, context.engagement
        if grant.is_current_or_upcoming(now):  # the list is eventually consistent
            yield EngagementAccess(
                engagement=engagement,
                roles=tuple(
                    r for r in context.roles if r.name in grant.roles and r.ended_at is None
                ),
                starts_at=max(grant.starts_at, engagement.starts_at),
                ends_at=min(grant.ends_at, engagement.ends_at),
                is_open=engagement.allows_sessions(now),
                is_granted=may_have_access and grant.is_current(now),
                now=now,
            )
