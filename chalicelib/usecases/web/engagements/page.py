"""Read an engagement's page: its state, roles, grants, live sessions and latest trail entries.

The page costs seven calls to AWS at most, however much there is: lists have pages. The roles and
the grants are read again with the roles' cut-offs, because their lists lack the stops.
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
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import I, Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.domain.vending.session_states import (
    SessionCount,
    SessionState,
    count_sessions,
    describe_sessions,
)
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.web.client_steps import describe_client_step, waits_for_client
from chalicelib.domain.web.engagement_states import ShownState, describe_shut_roles, describe_state
from chalicelib.domain.web.role_reports import ShownRole, describe_role
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK
from chalicelib.usecases.verification.report import build_report
from chalicelib.usecases.web.engagements.waiting import (
    MAX_APPROVERS,
    list_approvers,
    list_candidate_keys,
    list_candidates,
    select_approvers,
    select_waiting,
)
from chalicelib.usecases.web.parts import (
    KEYS_PER_CALL,
    count_keys,
    list_unread,
    pick_block,
    read_part,
    read_parts,
)
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
    """True if the client has something to do at their page."""
    waiting: tuple[RequestView, ...]
    """The engagement's first requests that wait for a decision."""
    has_more_waiting: bool
    """True if there may be more of them."""
    grants: Page[Grant] | None
    """The first page of the grants, by member."""
    sessions: tuple[Session, ...] | None
    """The sessions that may be alive, those that end last first."""
    states: Mapping[str, SessionState]
    """The state of each session, by its ID."""
    shut: tuple[ShutRole, ...]
    """The roles that Daypass shut and that the client has to release."""
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
    def shut_arns(self) -> frozenset[str]:
        return frozenset(each.role_arn for each in self.shut)


def read_engagement_page(
    ports: Ports, engagement_id: str, *, grants_cursor: str = ""
) -> EngagementPage:
    """Return the content of the engagement's page.

    Raise NotFound if the engagement does not exist, and Unavailable if it cannot be read.
    """
    now, state = ports.now(), ports.state
    parts = read_parts(
        ports,
        {
            "the roles": partial(
                state.list_without_stops, Role, limit=MAX_ROLES, engagement=engagement_id
            ),
            "the grants": partial(
                state.list_without_stops,
                Grant,
                limit=ROWS,
                cursor=grants_cursor,
                engagement=engagement_id,
            ),
            "the trail": partial(_read_entries, ports, engagement_id, now),
            "the undecided requests": partial(list_candidates, ports, engagement_id),
        },
    )
    listed_roles, listed_grants, entries, candidates = parts.values()
    sessions = find_alive_sessions(entries.items, now) if entries is not None else None
    pending = candidates.items if candidates is not None else ()
    items = _read_items(ports, engagement_id, listed_roles, listed_grants, sessions or (), pending)
    basics = find_basics(items, engagement_id)
    engagement = basics.engagement
    roles, grants = _read_again(items, listed_roles), _read_again(items, listed_grants)
    all_roles = roles.items if roles is not None else ()
    stored = pick_cut_offs(items)
    shut = list_shut_roles(engagement, roles.items if roles is not None else None, stored, now)
    step = choose_client_step(engagement, roles.items, now) if roles is not None else None
    waiting = select_waiting(items, pending, now)
    approvers = select_approvers(items.values())
    state_of_grants = describe_state(
        engagement,
        roles.items if roles is not None else None,
        grants.items if grants is not None else None,
        now,
        has_all_grants=grants is not None and not grants.cursor and not grants_cursor,
    )
    return EngagementPage(
        engagement=engagement,
        state=describe_shut_roles(state_of_grants, engagement, all_roles, shut, now),
        freeze=basics.freeze,
        pause=basics.pause,
        roles=_describe_roles(engagement, roles.items, now) if roles is not None else None,
        client_step=describe_client_step(step, waiting, approvers) if step is not None else "",
        waits_for_client=step is not None and waits_for_client(step),
        waiting=waiting,
        has_more_waiting=candidates is not None and bool(candidates.cursor),
        grants=grants,
        sessions=sessions,
        states=describe_sessions(sessions or (), stored),
        shut=shut,
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
    requests: Sequence[AccessRequest],
) -> Mapping[MixedKey, Item]:
    """Return the engagement with its blocks, the roles and the grants as they are now, the roles'
    cut-offs, and what the requests need. In an engagement of usual size, that includes the people
    at the client who may approve the requests."""
    keys = basic_keys(engagement)
    keys += [(Grant, each.key) for each in (grants.items if grants else ())]
    for role in roles.items if roles else ():
        keys += [(Role, role.key), (RoleCutOffs, role.key)]
    keys += list_cut_off_keys(sessions, MAX_ROLES)
    keys += list_candidate_keys(requests)
    unique = dict.fromkeys(keys)
    if requests and sum(map(count_keys, unique)) + 2 * MAX_APPROVERS <= KEYS_PER_CALL:
        unique |= dict.fromkeys(read_part(partial(list_approvers, ports, engagement)) or ())
    return ports.state.get_together(unique)


def _read_again(items: Mapping[MixedKey, Item], page: Page[I] | None) -> Page[I] | None:
    """Return the page with its items as they are now: the list lacks their stops."""
    if page is None:
        return None
    now = (pick(items, type(each), *each.key) or each for each in page.items)
    return Page(tuple(now), page.cursor)


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
