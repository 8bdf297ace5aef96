"""List the engagements of a member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import field

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    find_open_access,
    list_keys,
    list_stops,
    needs_approval,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, GrantContext
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import ItemKey, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block, find_block_reason
from chalicelib.usecases.lists import PAGE_SIZE
from chalicelib.usecases.ports import Ports


class RoleOnRequest(Value, frozen=True, kw_only=True):
    """A role that the member has no access to until a request is approved."""

    allows_emergency: bool
    """True if the member may open the role themself, in an emergency."""
    opened: ApprovedGrant | None
    """The approved grant that opens the role now, or that the member can start, or the next one.
    None if there is none."""


class EngagementAccess(Value, frozen=True, kw_only=True):
    """An engagement as one member sees it: their roles in it, and the time of their access."""

    engagement: Engagement
    roles: tuple[Role, ...]
    starts_at: datetime
    ends_at: datetime
    is_open: bool
    """True if the engagement allows sessions at `now`, and is not blocked."""
    block_reason: Reason | None
    """Why no one gets a session in any engagement, or in this one. None if nothing is blocked."""
    is_granted: bool
    """True if the grant allows the member to get sessions at `now`."""
    now: datetime
    """The time of the request."""
    on_request: Mapping[str, RoleOnRequest] = field(default_factory=dict)
    """The roles that need an approved request, by name. The grant alone opens the others."""


def list_my_engagements(
    ports: Ports, caller: Caller, *, limit: int, cursor: str = ""
) -> Page[EngagementAccess]:
    """Return a page of the engagements that the caller has a current or upcoming grant for.

    The page's cursor is the ID of the last engagement on it, never of one whose grant has ended:
    the caller must learn nothing about those. If one read finds only ended grants, read on.
    """
    now = ports.now()
    read_size = limit
    while True:
        grants = ports.state.list(Grant, member=caller.member.id, limit=read_size, cursor=cursor)
        active_grants = [grant for grant in grants.items if grant.is_current_or_upcoming(now)]
        page_grants = active_grants[:limit]
        has_more = len(active_grants) > limit
        cursor = page_grants[-1].engagement if has_more else grants.cursor
        engagements = tuple(_build_accesses(ports, caller, page_grants, now))
        if engagements or not cursor:
            return Page(engagements, engagements[-1].engagement.id if cursor else "")
        read_size = PAGE_SIZE


def _build_accesses(
    ports: Ports, caller: Caller, grants: Sequence[Grant], now: datetime
) -> Iterator[EngagementAccess]:
    """Yield the caller's access for each of these grants that is still current or upcoming.

    The grants come from an eventually consistent list, so each is read again.
    """
    may_have_access = caller.member.kind is not Kind.AUDITOR
    block_keys = [(scope,) for scope in (EVERYTHING, *(grant.engagement for grant in grants))]
    blocks = ports.state.get_many(Block, block_keys) if grants else {}
    contexts = ports.state.read_grant_contexts(grants) if grants else ()
    approved_grants = _read_approved_grants(ports, contexts)
    for context in contexts:
        grant, engagement = context.grant, context.engagement
        if grant.is_current_or_upcoming(now):
            block_reason = find_block_reason(
                blocks.get((EVERYTHING,)), blocks.get((engagement.id,))
            )
            yield EngagementAccess(
                engagement=engagement,
                roles=tuple(
                    role
                    for role in context.roles
                    if role.name in grant.roles and role.ended_at is None
                ),
                starts_at=max(grant.starts_at, engagement.starts_at),
                ends_at=min(grant.ends_at, engagement.ends_at),
                is_open=engagement.allows_sessions(now) and block_reason is None,
                block_reason=block_reason,
                is_granted=may_have_access and grant.is_current(now),
                now=now,
                on_request=_build_roles_on_request(caller.member, context, approved_grants, now),
            )


def _list_roles_on_request(context: GrantContext) -> list[Role]:
    """Return the grant's roles that need an approved request, without ended ones."""
    return [
        role
        for role in context.roles
        if role.name in context.grant.roles
        and role.ended_at is None
        and needs_approval(context.engagement, context.grant, role.name)
    ]


def _read_approved_grants(
    ports: Ports, contexts: Sequence[GrantContext]
) -> Mapping[ItemKey, ApprovedGrant]:
    """Return the approved grants of the roles that need one, by key. Without such roles, read
    nothing."""
    keys = [
        key
        for context in contexts
        for role in _list_roles_on_request(context)
        for key in list_keys(context.grant.engagement, context.grant.member, role.name)
    ]
    return ports.state.get_many(ApprovedGrant, keys)


def _build_roles_on_request(
    member: Member,
    context: GrantContext,
    approved_grants: Mapping[ItemKey, ApprovedGrant],
    now: datetime,
) -> Mapping[str, RoleOnRequest]:
    """Return the roles that need an approved request, each with the access that one has opened."""
    grant, engagement = context.grant, context.engagement
    on_request = {}
    for role in _list_roles_on_request(context):
        keys = list_keys(engagement.id, grant.member, role.name)
        on_request[role.name] = RoleOnRequest(
            allows_emergency=(
                role.name in grant.emergency and not engagement.requires_client_approval
            ),
            opened=find_open_access(
                [approved_grants[key] for key in keys if key in approved_grants],
                engagement,
                list_stops(member, engagement, role, grant),
                now,
            ),
        )
    return on_request
