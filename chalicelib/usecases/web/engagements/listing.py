"""Read a page of the list of engagements, in seven calls to AWS at most, however much there is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.domain.web.engagement_states import (
    ShownState,
    Tone,
    describe_shut_roles,
    describe_state,
)
from chalicelib.domain.web.role_reports import find_worst_grade
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.web.parts import list_unread, pick_block, read_part

ROWS = 25
MAX_ROLES_READ = 170
"""The most roles that are read for one page. Two calls read their stops, which are stored
revocations, and two their cut-offs with the pauses. Most engagements have one to three roles."""
_PART_OF_AN_ID = re.compile("[a-z0-9-]*", re.ASCII)


class EngagementRow(Value, frozen=True, kw_only=True):
    """An engagement as a row of the list."""

    engagement: Engagement
    state: ShownState
    role_count: int | None
    """The number of roles in use. None: not read."""
    worst_grade: str
    """The worst grade of these roles. Empty if there is none, or if they were not read."""
    worst_tone: Tone
    is_paused: bool | None
    """True if the client paused the engagement. None: not read."""
    shut: tuple[ShutRole, ...] | None
    """The roles that Daypass shut and that the client has to release. None: not read."""


class EngagementListPage(Value, frozen=True, kw_only=True):
    """A page of the list of engagements."""

    rows: tuple[EngagementRow, ...]
    cursor: str
    """The cursor of the next page. Empty on the last page."""
    is_frozen: bool | None
    """True if a lead froze everything. None: not read."""
    unread: tuple[str, ...]
    """The parts that could not be read, as words for a sentence."""


def list_engagements(ports: Ports, *, prefix: str = "", cursor: str = "") -> EngagementListPage:
    """Return a page of the engagements whose IDs begin with `prefix`, sorted by ID.

    Raise Unavailable if the engagements themselves cannot be read.
    """
    page = _read_engagements(ports, prefix, cursor)
    ids = [engagement.id for engagement in page.items]
    roles = read_part(lambda: _read_roles(ports, ids))
    keys = _list_keys(ids, roles or {})
    items = read_part(lambda: ports.state.get_together(keys))
    return EngagementListPage(
        rows=tuple(_build_row(ports, engagement, roles, items) for engagement in page.items),
        cursor=page.cursor,
        is_frozen=None if items is None else pick_block(items, EVERYTHING) is not None,
        unread=list_unread({"roles": roles, "pauses and shut roles": items}),
    )


def _read_engagements(ports: Ports, prefix: str, cursor: str) -> Page[Engagement]:
    """Return a page of the engagements whose IDs begin with the prefix. They are neighbours."""
    if not _PART_OF_AN_ID.fullmatch(prefix):
        return Page((), "")
    page = ports.state.list(Engagement, limit=ROWS, cursor=max(cursor, _just_before(prefix)))
    matches = tuple(item for item in page.items if item.id.startswith(prefix))
    is_complete = len(matches) < len(page.items)
    return Page(matches, "" if is_complete else page.cursor)


def _just_before(prefix: str) -> str:
    """Return a text that sorts before every ID with this prefix, and after all earlier IDs."""
    return prefix and f"{prefix[:-1]}{chr(ord(prefix[-1]) - 1)}~"


def _read_roles(ports: Ports, engagements: Sequence[str]) -> dict[str, list[Role]]:
    """Return the roles of these engagements, which are neighbours in the list of all roles too. If
    there are too many roles, leave out the last engagements."""
    if not engagements:
        return {}
    page = ports.state.list(Role, limit=MAX_ROLES_READ, cursor=engagements[0])
    roles: dict[str, list[Role]] = defaultdict(list)
    for role in page.items:
        roles[role.engagement].append(role)
    # The last engagement on a page that is not the last may have further roles.
    read_until = page.items[-1].engagement if page.items and page.cursor else None
    return {
        engagement: roles[engagement]
        for engagement in engagements
        if read_until is None or engagement < read_until
    }


def _list_keys(engagements: Sequence[str], roles: Mapping[str, Sequence[Role]]) -> list[MixedKey]:
    """Return the keys of the blocks and of the roles' cut-offs."""
    keys: list[MixedKey] = [(Block, (scope,)) for scope in (EVERYTHING, *engagements)]
    all_roles = (role for its_roles in roles.values() for role in its_roles)
    return [*keys, *((RoleCutOffs, role.key) for role in all_roles)]


def _build_row(
    ports: Ports,
    engagement: Engagement,
    roles: Mapping[str, list[Role]] | None,
    items: Mapping[MixedKey, Item] | None,
) -> EngagementRow:
    now = ports.now()
    its_roles = None if roles is None else roles.get(engagement.id)
    in_use = [role for role in its_roles or () if role.ended_at is None]
    grade, tone = find_worst_grade(engagement, in_use)
    shut = None
    if its_roles is not None and items is not None:
        stored = (pick(items, RoleCutOffs, *role.key) for role in its_roles)
        shut = list_shut_roles(engagement, its_roles, filter(None, stored), now)
    state = describe_state(engagement, its_roles, None, now)
    return EngagementRow(
        engagement=engagement,
        state=describe_shut_roles(state, engagement, in_use, shut or (), now),
        role_count=None if its_roles is None else len(in_use),
        worst_grade=grade,
        worst_tone=tone,
        is_paused=None if items is None else pick_block(items, engagement.id) is not None,
        shut=shut,
    )
