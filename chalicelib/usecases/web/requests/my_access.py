"""Read the page of the caller's own access: their roles, live sessions and undecided requests.

The page takes seven calls at most, however much there is. A page of engagements has as many as one
call can read, and their approved grants as two can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    list_keys,
    needs_approval,
)
from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.requests.requests import AccessRequest, earliest_id_since
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, find_shut_role
from chalicelib.domain.vending.session_states import (
    SessionCount,
    SessionState,
    count_sessions,
    describe_sessions,
)
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.web.requests.own_roles import OwnRole, describe_own_role
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK
from chalicelib.usecases.web.parts import read_part
from chalicelib.usecases.web.requests.pending_requests import select_pending
from chalicelib.usecases.web.role_cut_offs import list_cut_off_keys, pick_cut_offs

ROWS = 10
_GRANTS_READ = 100
_KEYS_OF_ENGAGEMENTS = 96
"""Keys of grants, engagements, roles and pauses that are read in one call, beside four others."""
_KEYS_OF_APPROVED_GRANTS = 120
"""Keys of approved grants that are read in two calls. A grant of twenty roles has that many."""
_CUT_OFFS_OF_SESSIONS = 50
"""The roles of live sessions whose cut-offs are read, in the calls for the approved grants."""
_REQUESTS_SINCE = timedelta(days=8)
"""No request waits longer."""
_REQUESTS_READ = 200
_ENTRIES_READ = 600
"""How many entries of the member's latest vends are read. A session has two or three."""


class OwnEngagement(Value, frozen=True, kw_only=True):
    """An engagement in which the caller has a grant."""

    engagement: Engagement
    grant: Grant
    ends_at: datetime
    """When the caller's access ends: the earlier end of the engagement and the grant."""
    roles: tuple[OwnRole, ...]


class MyAccess(Value, frozen=True, kw_only=True):
    """The content of the page. A part is None if it could not be read."""

    engagements: Page[OwnEngagement] | None
    sessions: tuple[Session, ...] | None
    """The caller's sessions that may be alive, those that end last first."""
    states: Mapping[str, SessionState]
    """The state of each session, by its ID."""
    has_cut_offs: bool
    """False if the cut-offs could not be read, so that a session shown as live may be cut off."""
    has_more_sessions: bool
    requests: tuple[AccessRequest, ...] | None
    """The caller's requests that no one has decided, those that expire first at the front."""

    @property
    def count(self) -> SessionCount:
        return count_sessions(self.states)


def read_my_access(
    ports: Ports, caller: Caller, presented: PresentedToken, cursor: str = ""
) -> MyAccess:
    """Return the caller's own access, from the engagement after the cursor on.

    What the page says of a role agrees with the decision about a session of it, for the presented
    token.
    """
    requests = read_part(partial(_list_own_requests, ports, caller))
    entries = read_part(partial(read_vend_entries, ports, caller))
    sessions = find_alive_sessions(entries, ports.now()) if entries is not None else None
    cut_off_keys = list_cut_off_keys(sessions or (), _CUT_OFFS_OF_SESSIONS)
    read = read_part(
        partial(_read_engagements, ports, caller, presented, requests or (), cursor, cut_off_keys)
    )
    engagements, cut_offs = read if read is not None else (None, ())
    return MyAccess(
        engagements=engagements,
        sessions=sessions,
        states=describe_sessions(sessions or (), cut_offs),
        has_cut_offs=read is not None,
        has_more_sessions=entries is not None and len(entries) >= _ENTRIES_READ,
        requests=requests,
    )


def _list_own_requests(ports: Ports, caller: Caller) -> tuple[AccessRequest, ...]:
    now, member = ports.now(), caller.member.id
    start = earliest_id_since(member, now - _REQUESTS_SINCE)
    page = ports.state.list(AccessRequest, member=member, limit=_REQUESTS_READ, cursor=start)
    return tuple(select_pending(page.items, now))


def read_vend_entries(ports: Ports, caller: Caller) -> list[Entry]:
    """Return the entries of the caller's vends whose sessions may be alive, the oldest first."""
    entries = ports.trail.vends(caller.member.id, ports.now() - LOOK_BACK)
    return list(islice(entries, _ENTRIES_READ))


def _read_engagements(
    ports: Ports,
    caller: Caller,
    presented: PresentedToken,
    requests: Sequence[AccessRequest],
    cursor: str,
    cut_off_keys: Sequence[MixedKey],
) -> tuple[Page[OwnEngagement], tuple[RoleCutOffs, ...]]:
    """Return a page of the engagements in which the caller has a current or upcoming grant, and the
    cut-offs that are needed. The page may be empty even if more follow."""
    listed = _list_grants(ports, caller, cursor)
    items = _read_items(ports, caller, listed.items)
    page = _limit_approved_grants(items, listed)
    approved = ports.state.get_together([*_list_approved_keys(items, page.items), *cut_off_keys])
    now = ports.now()
    engagements = []
    for key in page.items:
        grant = pick(items, Grant, *key.key)
        engagement = pick(items, Engagement, key.engagement)
        if grant is None or engagement is None or not grant.is_current_or_upcoming(now):
            continue
        engagements.append(
            OwnEngagement(
                engagement=engagement,
                grant=grant,
                ends_at=min(grant.ends_at, engagement.ends_at),
                roles=tuple(
                    describe_own_role(
                        build_facts(items, approved, caller, grant, name),
                        presented,
                        lock=pick(items, EmergencyLock, caller.member.id),
                        requests=requests,
                        shut=_find_shut(items, grant, name),
                        name=name,
                        now=now,
                    )
                    for name in sorted(grant.roles)
                    if not _has_ended(items, grant, name)
                ),
            )
        )
    return Page(tuple(engagements), page.cursor), pick_cut_offs(approved)


def _has_ended(items: Mapping[MixedKey, Item], grant: Grant, role: str) -> bool:
    """Return whether a lead ended the role. One that does not exist is shown."""
    stored = pick(items, Role, grant.engagement, role)
    return stored is not None and stored.ended_at is not None


def _find_shut(items: Mapping[MixedKey, Item], grant: Grant, role: str) -> ShutRole | None:
    key = (grant.engagement, role)
    stored = pick(items, Role, *key)
    return find_shut_role(pick(items, RoleCutOffs, *key), stored.arn) if stored else None


def build_facts(
    items: Mapping[MixedKey, Item],
    approved: Mapping[MixedKey, Item],
    caller: Caller,
    grant: Grant,
    role: str,
) -> AccessFacts:
    """Return the facts of the decision about a session of the role."""
    keys = list_keys(grant.engagement, grant.member, role)
    stored = (pick(approved, ApprovedGrant, *key) for key in keys)
    return AccessFacts(
        token=caller.token,
        member=caller.member,
        engagement=pick(items, Engagement, grant.engagement),
        role=pick(items, Role, grant.engagement, role),
        grant=grant,
        approved_grants=tuple(each for each in stored if each is not None),
        freeze=pick(items, Block, EVERYTHING),
        pause=pick(items, Block, grant.engagement),
    )


def _list_grants(ports: Ports, caller: Caller, cursor: str) -> Page[Grant]:
    """Return the listed grants whose items one call can read, and the cursor after them. The list
    may lag behind, and lacks the stops, which are stored revocations."""
    listed = ports.state.list_without_stops(
        Grant, member=caller.member.id, limit=_GRANTS_READ, cursor=cursor
    )
    now = ports.now()
    current = [grant for grant in listed.items if grant.is_current_or_upcoming(now)]
    shown: list[Grant] = []
    keys = 0
    for grant in current:
        keys += 5 + 3 * len(grant.roles)
        if shown and (keys > _KEYS_OF_ENGAGEMENTS or len(shown) == ROWS):
            return Page(tuple(shown), shown[-1].engagement)
        shown.append(grant)
    return Page(tuple(shown), listed.cursor)


def _read_items(ports: Ports, caller: Caller, grants: Iterable[Grant]) -> Mapping[MixedKey, Item]:
    keys: list[MixedKey] = [
        (Block, (EVERYTHING,)),
        (EmergencyLock, (caller.member.id,)),
    ]
    for grant in grants:
        keys += [(Grant, grant.key), (Engagement, (grant.engagement,))]
        keys += [(Block, (grant.engagement,))]
        keys += [
            (kind, (grant.engagement, role))
            for kind in (Role, RoleCutOffs)
            for role in sorted(grant.roles)
        ]
    return ports.state.get_together(keys)


def _limit_approved_grants(items: Mapping[MixedKey, Item], page: Page[Grant]) -> Page[Grant]:
    """Return the page without the last engagements whose approved grants two calls cannot read."""
    shown: list[Grant] = []
    keys = 0
    for grant in page.items:
        keys += 2 * len(list(_list_approved_keys(items, [grant])))
        if shown and keys > _KEYS_OF_APPROVED_GRANTS:
            return Page(tuple(shown), shown[-1].engagement)
        shown.append(grant)
    return page


def _list_approved_keys(
    items: Mapping[MixedKey, Item], grants: Iterable[Grant]
) -> Iterable[MixedKey]:
    """Yield the keys of the approved grants of the roles that need one."""
    for listed in grants:
        grant = pick(items, Grant, *listed.key)
        engagement = pick(items, Engagement, listed.engagement)
        if grant is None or engagement is None:
            continue
        for role in sorted(grant.roles):
            if needs_approval(engagement, grant, role):
                for key in list_keys(grant.engagement, grant.member, role):
                    yield ApprovedGrant, key
