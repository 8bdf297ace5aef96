"""List engagements with their states, and suggest the IDs that forms ask for. No state is stored:
each follows from what is stored now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import takewhile

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.life import (
    DescribedState,
    EngagementState,
    describe_state,
    describe_unread,
    ends_soon,
)
from chalicelib.domain.engagements.role_grades import NOT_CHECKED, find_worst_grade
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Reason, Unavailable
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.text import join_words
from chalicelib.domain.values import Inline, Internal, Item, Value, shown_property
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.domain.verification.proof import Grade
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import iterate_list, pick, pick_block, read_part
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.selections import (
    Chip,
    Column,
    Question,
    SearchFilters,
    WholeList,
    build_in_parts,
)

ITEMS_PER_READ = 100
"""How many engagements, roles or grants each read asks for. One further read then finds all their
stops."""


class EngagementRow(Value):
    """An engagement with its state at the time of the request."""

    engagement: Inline[Engagement]
    partition: str
    """The AWS partition of the account, which is also Daypass's, such as `aws` or `aws-us-gov`."""
    shut: tuple[ShutRole, ...]
    """The roles that Daypass shut and that only the client can release."""
    roles: Internal[tuple[Role, ...] | None]
    """The engagement's roles, also ended ones. None if they could not be read."""
    cut_offs: Internal[tuple[RoleCutOffs, ...]]
    read_at: Internal[Moment]
    freeze: Internal[Block | None]
    """The freeze of everything, if it is in force."""
    pause: Internal[Block | None]
    """The client's pause, if it is in force."""
    described: Internal[DescribedState] = describe_unread("state")

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

    @property
    def ends_soon(self) -> bool:
        """Return whether the engagement ends within 14 days."""
        return ends_soon(self.engagement, self.read_at)

    @shown_property
    def paused_at(self) -> Moment | None:
        """When the client paused the engagement. null: it is not paused."""
        return self.pause.began_at if self.pause is not None else None

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
        shut = f"Only the client can detach AWSDenyAll from these roles: {names}." if names else ""
        return " ".join(filter(None, (pause, shut)))


def _build_rows(
    ports: Ports, _: Caller, __: SearchFilters, ids: Sequence[str]
) -> Sequence[EngagementRow]:
    """Return the engagements with their states, as far as the states do not depend on grants."""
    return build_in_parts(ports, ids, ITEMS_PER_READ, partial(_build_neighbours, ports))


def _build_neighbours(ports: Ports, names: Sequence[str]) -> list[EngagementRow]:
    """Return the rows of these engagements. `names` must be consecutive in the list of all
    engagements, so that one query of a range reads their roles.

    If the roles or the blocks (freezes and pauses) cannot be read, return the rows without them.
    """
    roles = read_part(lambda: _read_roles(ports, names))
    keys: list[MixedKey] = [(Block, (scope,)) for scope in (EVERYTHING, *names)]
    keys += [(RoleCutOffs, role.key) for listed in (roles or {}).values() for role in listed]
    stored = ports.state.get_many(Engagement, [(name,) for name in names])
    items = read_part(lambda: ports.state.get_together(keys))
    return [
        _describe(
            _build_row(ports, stored[name,], None if roles is None else roles[name], items or {}),
            blocks_were_read=items is not None,
        )
        for name in names
        if (name,) in stored
    ]


def _finish(ports: Ports, rows: Sequence[EngagementRow]) -> Sequence[EngagementRow]:
    """Return the rows with their states.

    Read the grants only of engagements that are proven and have more than 14 days left. This takes
    one read for each engagement, unless none of its first hundred grants is current.
    """
    calls = [partial(_add_state, ports, row) for row in rows]
    return tuple(ports.side_by_side(calls))


_STATES = (
    (
        "proven",
        "Proven or active",
        EngagementState.PROVEN,
        EngagementState.ACTIVE,
        EngagementState.ENDING,
    ),
    ("invited", "Invited", EngagementState.INVITED),
    ("failing", "Failing", EngagementState.FAILING),
    ("shut", "Shut", EngagementState.SHUT),
    ("over", "Over", EngagementState.OVER, EngagementState.LEFT),
    ("unknown", "Unknown", EngagementState.UNKNOWN),
)
"""The chips for states. They do not depend on grants, which only the rows to show are read with."""
_GRADES = (
    ("grade-f", "Grade F", Grade.F),
    ("not-checked", NOT_CHECKED, NOT_CHECKED),
    ("grade-b", "Grade B", Grade.B),
    ("grade-a", "Grade A", Grade.A),
)
ENGAGEMENTS: Question[EngagementRow, SearchFilters] = Question(
    name="engagements",
    title="Engagements",
    kinds=READERS,
    columns=(
        Column("engagement.id", "Engagement"),
        Column("engagement.client", "Client"),
        Column("engagement.account_id", "Account", 2),
        Column("state", "State"),
        Column("role_count", "Roles", 2),
        Column("worst_grade", "Worst grade"),
        Column("engagement.ends_at", "Until"),
        Column("engagement.cut_off", "Cut-off", 3),
        Column("note", "", 2),
    ),
    empty="There are no engagements yet. A lead can open one.",
    rows=WholeList(
        list_items=lambda ports, _, __, span: ports.state.list_ids(Engagement, **span),
        build_rows=_build_rows,
        finish=_finish,
        key="engagement.id",
        searched=("engagement.id", "engagement.client", "engagement.account_id"),
        chips=(
            *(Chip(name, label, "state", frozenset(states)) for name, label, *states in _STATES),
            Chip("ends-soon", "Ends within 14 days", "ends_soon", frozenset({"yes"})),
            *(
                Chip(name, label, "worst_grade", frozenset({grade}))
                for name, label, grade in _GRADES
            ),
        ),
    ),
)


def read_engagement(ports: Ports, engagement: str) -> EngagementRow:
    """Return the engagement with its state. Raise NotFound if it does not exist."""
    return _add_state(ports, _describe(read_basics(ports, engagement)))


def read_basics(ports: Ports, engagement: str) -> EngagementRow:
    """Return the engagement's row with everything but its state (`described`). Its roles are None
    if they could not be read. Raise NotFound if the engagement does not exist."""
    roles = read_part(
        lambda: tuple(iterate_list(ports.state, Role, ITEMS_PER_READ, engagement=engagement))
    )
    blocks: list[MixedKey] = [(Block, (scope,)) for scope in (EVERYTHING, engagement)]
    keys: list[MixedKey] = [(Engagement, (engagement,)), *blocks]
    items = ports.state.get_together([*keys, *((RoleCutOffs, role.key) for role in roles or ())])
    stored = pick(items, Engagement, engagement)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return _build_row(ports, stored, roles, items)


def _build_row(
    ports: Ports,
    engagement: Engagement,
    roles: Sequence[Role] | None,
    items: Mapping[MixedKey, Item],
) -> EngagementRow:
    """Return the engagement's row, without its state (`_describe` adds it). `roles` is None if they
    could not be read. `items` hold its cut-offs, its pause and the freeze."""
    stored = (pick(items, RoleCutOffs, *role.key) for role in roles or ())
    cut_offs = tuple(each for each in stored if each is not None)
    shut = list_shut_roles(engagement, roles, cut_offs, ports.now())
    return EngagementRow(
        engagement=engagement,
        partition=ports.firm.partition,
        shut=shut,
        roles=None if roles is None else tuple(roles),
        cut_offs=cut_offs,
        read_at=ports.now(),
        freeze=pick_block(items, EVERYTHING),
        pause=pick_block(items, engagement.id),
    )


def _describe(
    row: EngagementRow, grants: Iterable[Grant] = (), *, blocks_were_read: bool = True
) -> EngagementRow:
    """Return the row with its `described` state, which is unknown if its roles, or its pause and
    its shut roles, could not be read. `grants` may read the grants only when they are iterated."""
    engagement, now = row.engagement, row.read_at
    # Daypass attached AWSDenyAll to a shut role. The state counts those that it would still use.
    shut_roles = {each.role for each in row.shut if each.is_used}
    unread = "" if blocks_were_read else "pause and shut roles"
    if row.roles is None:
        unread = "roles"
    if unread and not engagement.is_over(now):
        return replace(row, described=describe_unread(unread))
    try:
        described = describe_state(engagement, row.roles or (), grants, now, shut_roles)
    except Unavailable:  # raised while `grants` were iterated
        described = describe_unread("grants")
    return replace(row, described=described)


def _add_state(ports: Ports, row: EngagementRow) -> EngagementRow:
    """Return the row with its state by the engagement's grants, which are read only if the state
    depends on them."""
    if row.state is EngagementState.UNKNOWN:
        return row
    grants = iterate_list(ports.state, Grant, ITEMS_PER_READ, engagement=row.engagement.id)
    return _describe(row, grants)


def _read_roles(ports: Ports, engagements: Sequence[str]) -> Mapping[str, Sequence[Role]]:
    """Return the roles of these engagements. The engagements are one page of the list of all
    engagements, so their roles are neighbours in the list of all roles."""
    roles: dict[str, list[Role]] = defaultdict(list)
    if engagements:
        from_first_on = iterate_list(ports.state, Role, ITEMS_PER_READ, engagements[0])
        for role in takewhile(lambda role: role.engagement <= engagements[-1], from_first_on):
            roles[role.engagement].append(role)
    return roles


MOST_SUGGESTED = 100
"""How many IDs of each kind a form suggests. Any other ID can be typed."""
_SOURCES: Mapping[str, tuple[type[Item], str, str]] = {
    "member": (Member, "id", "name"),
    "engagement": (Engagement, "id", "client"),
    "client": (Engagement, "client", ""),
    "role": (Role, "name", ""),
}
"""The items whose IDs a field can have, with the attributes of the ID and of its name."""

Suggestions = tuple[tuple[str, str], ...]
"""Pairs of an ID and the name of what it stands for, which can be empty."""


def suggest(ports: Ports, name: str, engagement: str = "") -> Suggestions:
    """Return up to MOST_SUGGESTED values for the form's field of this name, each with a title, only
    those of `engagement` if it is given. Make one call. Return none if DynamoDB does not answer,
    because no form may depend on these suggestions."""
    if name not in _SOURCES:
        return ()
    kind, value_field, title_field = _SOURCES[name]
    by = {"engagement": engagement} if engagement else {}
    page = read_part(partial(ports.state.list_ignoring_stops, kind, limit=MOST_SUGGESTED, **by))
    items = page.items if page is not None else ()
    pairs = {getattr(each, value_field): getattr(each, title_field, "") for each in items}
    return tuple(pairs.items())


def suggest_own(ports: Ports, member: str, engagement: str) -> tuple[Suggestions, Suggestions]:
    """Return the engagements of the member's own grants, and the roles of the member's grant for
    the chosen engagement, in one call. The result names no other engagements and roles."""
    read = partial(ports.state.list_ignoring_stops, Grant, limit=MOST_SUGGESTED, member=member)
    page = read_part(read)
    grants = page.items if page is not None else ()
    roles = {role for grant in grants if grant.engagement == engagement for role in grant.roles}
    return tuple((each.engagement, "") for each in grants), tuple((each, "") for each in roles)
