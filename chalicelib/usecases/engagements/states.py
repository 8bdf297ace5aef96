"""Read the states of engagements. No state is stored: each follows from what is stored now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import takewhile

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import EngagementState, find_state
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Inline, Value
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.lists import iterate_list
from chalicelib.usecases.ports import Ports

ITEMS_PER_READ = 100
"""How many roles or grants each read asks for. One further read then finds all their stops."""


class EngagementWithState(Value, frozen=True, kw_only=True):
    """An engagement with its state at the time of the request."""

    engagement: Inline[Engagement]
    state: EngagementState
    paused_at: Moment | None
    """When the client paused the engagement. null: it is not paused."""


def read_state(ports: Ports, engagement: Engagement) -> EngagementWithState:
    """Return the engagement with its state."""
    roles = iterate_list(ports.state, Role, ITEMS_PER_READ, engagement=engagement.id)
    return with_state(ports, engagement, roles, ports.state.get(Block, engagement.id))


def list_with_states(ports: Ports, *, limit: int, cursor: str = "") -> Page[EngagementWithState]:
    """Return a page of all engagements with their states.

    The roles of the whole page come from one list, which is sorted like the engagements. Grants are
    read only for engagements that are proven and have more than 14 days left: one read each, side
    by side, unless none of an engagement's first hundred grants is current.
    """
    page = ports.state.list(Engagement, limit=limit, cursor=cursor)
    roles = _read_roles(ports, page.items)
    pauses = ports.state.get_many(Block, [(engagement.id,) for engagement in page.items])
    calls = [
        partial(with_state, ports, engagement, roles[engagement.id], pauses.get((engagement.id,)))
        for engagement in page.items
    ]
    return Page(tuple(ports.side_by_side(calls)), page.cursor)


def with_state(
    ports: Ports, engagement: Engagement, roles: Iterable[Role], pause: Block | None
) -> EngagementWithState:
    """Return the engagement with its state. `roles` and `pause` are the engagement's. Read its
    grants only if the state depends on them."""
    grants = iterate_list(ports.state, Grant, ITEMS_PER_READ, engagement=engagement.id)
    state = find_state(engagement, roles, grants, ports.now())
    paused_at = pause.began_at if pause is not None and pause.is_in_force else None
    return EngagementWithState(engagement=engagement, state=state, paused_at=paused_at)


def _read_roles(ports: Ports, engagements: Sequence[Engagement]) -> dict[str, list[Role]]:
    """Return the roles of those of these engagements that are not over, by engagement.

    The engagements are one page of the list of all engagements, so their roles are neighbours in
    the list of all roles.
    """
    roles: dict[str, list[Role]] = defaultdict(list)
    ids = [engagement.id for engagement in engagements if not engagement.is_over(ports.now())]
    if ids:
        from_first_on = iterate_list(ports.state, Role, ITEMS_PER_READ, ids[0])
        for role in takewhile(lambda role: role.engagement <= ids[-1], from_first_on):
            roles[role.engagement].append(role)
    return roles
