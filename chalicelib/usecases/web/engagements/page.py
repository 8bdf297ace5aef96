"""Read an engagement's page: its state, roles, grants, live sessions and latest trail entries.

The page costs seven calls to AWS at most, however much there is: lists have pages. The grants are
read again with the roles' cut-offs, because their list lacks the stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.onboarding.next_step import NextStep, choose_next_step
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.frozen import FrozenRole, list_freezes
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.web.client_steps import describe_client_step, waits_for_client
from chalicelib.domain.web.engagement_states import ShownState, describe_freezes, describe_state
from chalicelib.domain.web.role_reports import ShownRole, describe_role
from chalicelib.domain.web.session_states import (
    SessionCount,
    SessionState,
    count_sessions,
    describe_sessions,
)
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK
from chalicelib.usecases.verification.report import build_report
from chalicelib.usecases.web.parts import list_unread, pick_block, read_part, read_parts
from chalicelib.usecases.web.role_cut_offs import list_cut_off_keys, pick_cut_offs

ROWS = 25
ENTRIES_READ = 150
"""The trail entries that are read for the live sessions and the latest entries. A session has two
or three."""
ENTRIES_SHOWN = 10
_ENTRIES_SINCE = timedelta(days=400)


class EngagementPage(Value, frozen=True, kw_only=True):
    """The content of an engagement's page. A part is None if it could not be read."""

    engagement: Engagement
    state: ShownState
    freeze: Block | None
    """The freeze of everything, if it is in force."""
    pause: Block | None
    """The client's pause, if it is in force."""
    roles: tuple[ShownRole, ...] | None
    client_step: str
    """The client's next step in a sentence. Empty if the roles could not be read."""
    waits_for_client: bool
    grants: Page[Grant] | None
    """The first page of the grants, by member."""
    sessions: tuple[Session, ...] | None
    """The sessions that may be alive, those that end last first."""
    states: Mapping[str, SessionState]
    """The state of each session, by its ID."""
    frozen: tuple[FrozenRole, ...]
    """The roles that Daypass froze and that the client has to release."""
    has_more_sessions: bool
    """True if there may be further live sessions, which were not read."""
    entries: tuple[Entry, ...] | None
    """The latest trail entries, newest first."""
    unread: tuple[str, ...]
    """The parts that could not be read, as words for a sentence."""

    @property
    def count(self) -> SessionCount:
        return count_sessions(self.states)

    @property
    def frozen_arns(self) -> frozenset[str]:
        return frozenset(each.role_arn for each in self.frozen)


def read_engagement_page(
    ports: Ports, engagement_id: str, *, grants_cursor: str = ""
) -> EngagementPage:
    """Return the content of the engagement's page.

    Raise NotFound if the engagement does not exist, and Unavailable if it cannot be read.
    """
    basics = read_basics(ports, engagement_id)
    engagement, now = basics.engagement, ports.now()
    state = ports.state
    parts = read_parts(
        ports,
        {
            "the roles": partial(state.list, Role, limit=MAX_ROLES, engagement=engagement.id),
            "the grants": partial(
                state.list_without_stops,
                Grant,
                limit=ROWS,
                cursor=grants_cursor,
                engagement=engagement.id,
            ),
            "the trail": partial(_read_entries, ports, engagement.id, now),
        },
    )
    roles, grants, entries = parts["the roles"], parts["the grants"], parts["the trail"]
    sessions = find_alive_sessions(entries.items, now) if entries is not None else None
    items = _read_items(ports, engagement.id, roles, grants, sessions or ())
    if items is None:
        grants = parts["the grants"] = parts["the cut-offs"] = None
    elif grants is not None:
        again = (pick(items, Grant, *each.key) or each for each in grants.items)
        grants = Page(tuple(again), grants.cursor)
    stored = pick_cut_offs(items or {})
    frozen = list_freezes(engagement, roles.items if roles is not None else None, stored, now)
    step = choose_client_step(engagement, roles.items, now) if roles is not None else None
    return EngagementPage(
        engagement=engagement,
        state=describe_freezes(
            describe_state(
                engagement,
                roles.items if roles is not None else None,
                grants.items if grants is not None else None,
                now,
                has_all_grants=grants is not None and not grants.cursor and not grants_cursor,
            ),
            engagement,
            roles.items if roles is not None else (),
            frozen,
            now,
        ),
        freeze=basics.freeze,
        pause=basics.pause,
        roles=_describe_roles(engagement, roles.items, now) if roles is not None else None,
        client_step=describe_client_step(step) if step is not None else "",
        waits_for_client=step is not None and waits_for_client(step),
        grants=grants,
        sessions=sessions,
        states=describe_sessions(sessions or (), stored),
        frozen=frozen,
        has_more_sessions=entries is not None and _may_miss_sessions(entries, now),
        entries=_select_latest(entries.items) if entries is not None else None,
        unread=list_unread(parts),
    )


class EngagementBasics(Value, frozen=True, kw_only=True):
    """An engagement with the blocks that are in force for it."""

    engagement: Engagement
    freeze: Block | None
    """The freeze of everything, if it is in force."""
    pause: Block | None
    """The client's pause, if it is in force."""


def read_basics(ports: Ports, engagement_id: str) -> EngagementBasics:
    """Return the engagement with its blocks, in one call. Raise NotFound if it does not exist."""
    keys = basic_keys(engagement_id)
    return find_basics(ports.state.get_together(keys), engagement_id)


def basic_keys(engagement_id: str) -> list[MixedKey]:
    """Return the keys of an engagement and of its blocks."""
    blocks: list[MixedKey] = [(Block, (scope,)) for scope in (EVERYTHING, engagement_id)]
    return [(Engagement, (engagement_id,)), *blocks]


def find_basics(items: Mapping[MixedKey, Item], engagement_id: str) -> EngagementBasics:
    """Return the engagement with its blocks from items that were read. Raise NotFound if it is not
    among them."""
    engagement = pick(items, Engagement, engagement_id)
    if engagement is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return EngagementBasics(
        engagement=engagement,
        freeze=pick_block(items, EVERYTHING),
        pause=pick_block(items, engagement_id),
    )


def choose_client_step(engagement: Engagement, roles: Sequence[Role], now: datetime) -> NextStep:
    """Return the client's next step. It does not say whether the client has checked the removal
    already, which only the links record."""
    is_over = engagement.is_over(now)
    shown = [role for role in roles if role.ended_at is None or is_over]
    return choose_next_step(
        engagement,
        {role.name: build_report(engagement, role, None, None) for role in shown},
        has_ended=is_over,
        removal_checked=False,
        outdated=[role.name for role in shown if role.needs_policy_update],
    )


def _read_items(
    ports: Ports,
    engagement: str,
    roles: Page[Role] | None,
    grants: Page[Grant] | None,
    sessions: Sequence[Session],
) -> Mapping[MixedKey, Item] | None:
    """Return the grants as they are now, and the roles' cut-offs. None if they cannot be read."""
    keys: list[MixedKey] = [(Grant, each.key) for each in (grants.items if grants else ())]
    keys += [(RoleCutOffs, (engagement, each.name)) for each in (roles.items if roles else ())]
    keys += list_cut_off_keys(sessions, MAX_ROLES)
    unique = list(dict.fromkeys(keys))
    return read_part(partial(ports.state.get_together, unique)) if unique else {}


def _describe_roles(
    engagement: Engagement, roles: Sequence[Role], now: datetime
) -> tuple[ShownRole, ...]:
    """Return the roles with their grades, those in use first."""
    shown = [describe_role(engagement, role, now) for role in roles]
    return tuple(sorted(shown, key=lambda role: not role.is_in_use))


def _read_entries(ports: Ports, engagement: str, now: datetime) -> Page[Entry]:
    """Return the engagement's latest trail entries, newest first. This costs two queries: of vends,
    and of everything else."""
    return ports.trail.page(
        TrailQuery(
            since=now - _ENTRIES_SINCE,
            until=now + MAX_CLOCK_LEAD,
            engagement=engagement,
            limit=ENTRIES_READ,
        )
    )


def _select_latest(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the latest entries, newest first. Leave out an intent that is not a vend's if a later
    entry shows its outcome. Keep the entries of the last vend together."""
    with_outcome: set[tuple[str, str]] = set()
    latest: list[Entry] = []
    for entry in entries:
        operation = entry.action.value, entry.role
        if not entry.vend and entry.outcome is not Outcome.INTENDED:
            with_outcome.add(operation)
        elif not entry.vend and operation in with_outcome:
            with_outcome.remove(operation)
            continue
        is_of_last_vend = bool(entry.vend) and bool(latest) and entry.vend == latest[-1].vend
        if len(latest) >= ENTRIES_SHOWN and not is_of_last_vend:
            break
        latest.append(entry)
    return tuple(latest)


def _may_miss_sessions(entries: Page[Entry], now: datetime) -> bool:
    """Return whether the page of entries ends so early that live sessions may be beyond it."""
    if not entries.cursor:
        return False
    return not entries.items or entries.items[-1].at > now - LOOK_BACK
