"""Where a member may go."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing
from chalicelib.usecases.ports import Ports


class Place(Thing, frozen=True, kw_only=True):
    """An engagement as one of its members sees it: their roles, and the time they have there."""

    engagement: Engagement
    roles: tuple[Role, ...]
    starts_at: datetime
    ends_at: datetime
    is_open: bool
    is_granted: bool


def my_engagements(ports: Ports, caller: Caller) -> list[Place]:
    """Every engagement that the caller has a grant for, now or from a later day on.

    Whose grant has ended or been revoked is an outsider, and is told of nothing.
    """
    now = ports.now()
    may_enter = caller.member.kind is not Kind.AUDITOR
    places = []
    for grant in ports.state.grants_to(caller.member.id):
        engagement = ports.state.engagement(grant.engagement)
        if engagement is None or grant.revoked_at is not None or now >= grant.ends_at:
            continue
        roles = ports.state.roles(grant.engagement)
        places.append(
            Place(
                engagement=engagement,
                roles=tuple(r for r in roles if r.name in grant.roles and r.ended_at is None),
                starts_at=max(grant.starts_at, engagement.starts_at),
                ends_at=min(grant.ends_at, engagement.ends_at),
                is_open=engagement.is_open(now) and engagement.revoked_at is None,
                is_granted=may_enter and grant.is_current(now),
            )
        )
    return sorted(places, key=lambda place: place.engagement.id)
