"""Where a member may go."""

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


class Place(Value, frozen=True, kw_only=True):
    """An engagement as one of its members sees it: their roles, and the time they have there."""

    engagement: Engagement
    roles: tuple[Role, ...]
    starts_at: datetime
    ends_at: datetime
    is_open: bool
    is_granted: bool
    now: datetime


def my_engagements(ports: Ports, caller: Caller, *, limit: int, cursor: str = "") -> Page[Place]:
    """The engagements that the caller has a grant for, now or from a later day on.

    The cursor names the last one that is shown, so that whoever's grant has ended learns nothing.
    """
    now = ports.now()
    at_a_time = limit
    while True:
        grants = ports.state.list(Grant, member=caller.member.id, limit=at_a_time, cursor=cursor)
        standing = [grant for grant in grants.items if grant.stands(now)]
        asked = standing[:limit]
        cursor = asked[-1].engagement if len(standing) > limit else grants.cursor
        places = tuple(_places(ports, caller, asked, now))
        if places or not cursor:
            return Page(places, places[-1].engagement.id if cursor else "")
        at_a_time = PAGE_SIZE


def _places(
    ports: Ports, caller: Caller, grants: Sequence[Grant], now: datetime
) -> Iterator[Place]:
    may_enter = caller.member.kind is not Kind.AUDITOR
    for one in ports.state.granted(grants) if grants else ():
        grant, engagement = one.grant, one.engagement
        if grant.stands(now):  # the list may lag
            yield Place(
                engagement=engagement,
                roles=tuple(r for r in one.roles if r.name in grant.roles and r.ended_at is None),
                starts_at=max(grant.starts_at, engagement.starts_at),
                ends_at=min(grant.ends_at, engagement.ends_at),
                is_open=engagement.can_be_entered(now),
                is_granted=may_enter and grant.is_current(now),
                now=now,
            )
