"""List engagements with their states. No state is stored: each follows from what is stored now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import takewhile

from msgspec.structs import asdict

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import (
    DescribedState,
    EngagementState,
    describe_state,
    describe_unread,
)
from chalicelib.domain.engagements.role_grades import find_worst_grade
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import join_words
from chalicelib.domain.values import Inline, Internal, Item, Value, shown_property
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import iterate_list, pick, pick_block, read_part
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.questions import ROWS, IdFilters, Question

ITEMS_PER_READ = 100
"""How many roles or grants each read asks for. One further read then finds all their stops."""


class EngagementBasics(Value, frozen=True, kw_only=True):
    """An engagement with its roles, and what blocks sessions in it."""

    engagement: Inline[Engagement]
    shut: tuple[ShutRole, ...]
    """The roles that Daypass shut and that only the client can release."""
    roles: Internal[tuple[Role, ...] | None]
    """The engagement's roles, also ended ones. None: they could not be read."""
    cut_offs: Internal[tuple[RoleCutOffs, ...]]
    freeze: Internal[Block | None]
    """The freeze of everything, if it is in force."""
    pause: Internal[Block | None]
    """The client's pause, if it is in force."""

    @property
    def roles_in_use(self) -> tuple[Role, ...]:
        return tuple(role for role in self.roles or () if role.ended_at is None)

    @shown_property
    def role_count(self) -> int | None:
        """The number of roles in use. null: they could not be read."""
        return None if self.roles is None else len(self.roles_in_use)

    @shown_property
    def worst_grade(self) -> str:
        """The worst grade of the roles in use: `F`, `Not checked`, `B` or `A`. Empty: no role is in
        use, or they could not be read."""
        return find_worst_grade(self.engagement, self.roles_in_use)

    @shown_property
    def paused_at(self) -> Moment | None:
        """When the client paused the engagement. null: it is not paused."""
        return self.pause.began_at if self.pause is not None else None


class EngagementRow(EngagementBasics, frozen=True, kw_only=True):
    """An engagement with its state at the time of the request."""

    described: Internal[DescribedState]

    @shown_property
    def state(self) -> EngagementState:
        return self.described.state

    @shown_property
    def why(self) -> str:
        """Why the engagement is in this state, in a sentence or two."""
        return self.described.why

    @shown_property
    def next_step(self) -> str:
        """The lead's next step. Empty if there is none."""
        return self.described.next_step

    @shown_property
    def note(self) -> str:
        """Parts that could not be read, a pause and shut roles, in sentences. Usually empty."""
        if self.state is EngagementState.UNKNOWN:
            return self.why
        names = join_words([each.role for each in self.shut]) if self.shut else ""
        pause = f"The client paused it on {utc_text(self.pause.began_at)}." if self.pause else ""
        shut = f"Only the client can release what Daypass shut: {names}." if names else ""
        return " ".join(filter(None, (pause, shut)))


def list_engagements(
    ports: Ports, *, limit: int = ROWS, cursor: str = "", starts_with: str = ""
) -> Page[EngagementRow]:
    """Return a page of the engagements whose IDs begin with a text, with their states. It has 25
    rows at most.

    The roles of the whole page come from one list, which is sorted like the engagements. Grants are
    read only for engagements that are proven and have more than 14 days left: one read each, side
    by side, unless none of an engagement's first hundred grants is current.
    """
    page = ports.state.list(
        Engagement, limit=min(limit, ROWS), cursor=cursor, starts_with=starts_with
    )
    roles = read_part(lambda: _read_roles(ports, page.items))
    keys: list[MixedKey] = [
        (Block, (scope,)) for scope in (EVERYTHING, *(e.id for e in page.items))
    ]
    keys += [(RoleCutOffs, role.key) for of_one in (roles or {}).values() for role in of_one]
    items = read_part(lambda: ports.state.get_together(keys))
    calls = [
        partial(_build_row, ports, each, None if roles is None else roles[each.id], items)
        for each in page.items
    ]
    return Page(tuple(ports.side_by_side(calls)), page.cursor)


ENGAGEMENTS: Question[EngagementRow, IdFilters] = Question(
    name="engagements",
    title="Engagements",
    kinds=READERS,
    columns=(
        ("engagement.id", "Engagement"),
        ("engagement.client", "Client"),
        ("engagement.account_id", "Account"),
        ("state", "State"),
        ("role_count", "Roles"),
        ("worst_grade", "Worst grade"),
        ("engagement.ends_at", "Until"),
        ("engagement.cut_off", "Cut-off"),
        ("note", ""),
    ),
    empty="There is no engagement. A lead can open one.",
    ask=lambda ports, _, filters: list_engagements(
        ports, limit=filters.limit, cursor=filters.cursor, starts_with=filters.starts_with
    ),
)


def read_engagement(ports: Ports, engagement: str) -> EngagementRow:
    """Return the engagement with its state. Raise NotFound if it does not exist."""
    return _add_state(ports, read_basics(ports, engagement), has_blocks=True)


def read_basics(ports: Ports, engagement: str) -> EngagementBasics:
    """Return the engagement without its state. Raise NotFound if it does not exist."""
    roles = read_part(
        lambda: tuple(iterate_list(ports.state, Role, ITEMS_PER_READ, engagement=engagement))
    )
    blocks: list[MixedKey] = [(Block, (scope,)) for scope in (EVERYTHING, engagement)]
    keys: list[MixedKey] = [(Engagement, (engagement,)), *blocks]
    items = ports.state.get_together([*keys, *((RoleCutOffs, role.key) for role in roles or ())])
    stored = pick(items, Engagement, engagement)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return _build_basics(ports, stored, roles, items)


def _build_row(
    ports: Ports,
    engagement: Engagement,
    roles: Sequence[Role] | None,
    items: Mapping[MixedKey, Item] | None,
) -> EngagementRow:
    basics = _build_basics(ports, engagement, roles, items or {})
    return _add_state(ports, basics, has_blocks=items is not None)


def _build_basics(
    ports: Ports,
    engagement: Engagement,
    roles: Sequence[Role] | None,
    items: Mapping[MixedKey, Item],
) -> EngagementBasics:
    """Return the engagement from its roles and from the items that were read for the page."""
    stored = (pick(items, RoleCutOffs, *role.key) for role in roles or ())
    cut_offs = tuple(each for each in stored if each is not None)
    shut = list_shut_roles(engagement, roles, cut_offs, ports.now())
    return EngagementBasics(
        engagement=engagement,
        shut=shut,
        roles=None if roles is None else tuple(roles),
        cut_offs=cut_offs,
        freeze=pick_block(items, EVERYTHING),
        pause=pick_block(items, engagement.id),
    )


def _add_state(ports: Ports, basics: EngagementBasics, *, has_blocks: bool) -> EngagementRow:
    """Return the engagement with its state, which is unknown without its pause and its shut roles.
    Read its grants only if the state depends on them."""
    engagement, now = basics.engagement, ports.now()
    grants = iterate_list(ports.state, Grant, ITEMS_PER_READ, engagement=engagement.id)
    names = {each.role for each in basics.shut if each.is_used}
    if basics.roles is None and not engagement.is_over(now):
        described = describe_unread("roles")
    elif not has_blocks and not engagement.is_over(now):
        described = describe_unread("pause and shut roles")
    else:
        try:
            described = describe_state(engagement, basics.roles or (), grants, now, names)
        except Unavailable:
            described = describe_unread("grants")
    return EngagementRow(**asdict(basics), described=described)


def _read_roles(ports: Ports, engagements: Sequence[Engagement]) -> Mapping[str, Sequence[Role]]:
    """Return the roles of these engagements. The engagements are one page of the list of all
    engagements, so their roles are neighbours in the list of all roles."""
    roles: dict[str, list[Role]] = defaultdict(list)
    if engagements:
        first, last = engagements[0].id, engagements[-1].id
        from_first_on = iterate_list(ports.state, Role, ITEMS_PER_READ, first)
        for role in takewhile(lambda role: role.engagement <= last, from_first_on):
            roles[role.engagement].append(role)
    return roles
