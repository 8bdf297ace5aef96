"""Read what a member may enter, until when, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import accumulate

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, list_keys
from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.lists import NameCursor, Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.access import Access, describe_access, describe_grant
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, earliest_id_since
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.lists import PAGE_SIZE, pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.questions import ROWS, ListFilters, Question
from chalicelib.usecases.requests.ask import LONGEST_OPEN
from chalicelib.usecases.vending.explain import require_own_or_reader

_GRANTS_READ = 100
"""Ended grants stay in the list, so more are read than a page has."""


class AccessFilters(ListFilters, frozen=True, kw_only=True):
    """A page of a member's access. It has all roles of one grant at least."""

    member: MemberId = ""
    """The member. Only leads and auditors may name another. Default: yourself."""
    cursor: NameCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class MemberAccess(Value, frozen=True, kw_only=True):
    """A page of a member's grants, with what else one read of them shows."""

    rows: tuple[Access, ...]
    """A row for each role in use of each current or upcoming grant."""
    ended: tuple[Grant, ...]
    """Grants that have ended, and that the page passed over."""
    requests: tuple[AccessRequest, ...]
    """The member's undecided requests, those that expire first at the front."""
    unreviewed_emergency: str
    """The request of the member's emergency that no lead has reviewed. Empty if there is none."""
    cursor: str


def list_access(ports: Ports, caller: Caller, filters: AccessFilters) -> Page[Access]:
    """Return a page of what `read_access` returns."""
    page = read_access(ports, caller, filters)
    return Page(page.rows, page.cursor)


def read_access(ports: Ports, caller: Caller, filters: AccessFilters) -> MemberAccess:
    """Return a page of the member's current and upcoming grants, with a row for each role in use.

    Callers who are neither leads nor auditors get only their own, with no more than a refused vend
    says. Raise AccessDenied for another member's, and record that refusal. Raise NotFound if there
    is no such member.

    The page's cursor is the ID of the last engagement on it, never of one whose grant has ended:
    the caller must learn nothing about those. If one read finds only ended grants, read on.
    """
    member = filters.member or caller.member.id
    require_own_or_reader(ports, caller, member)
    now, limit = ports.now(), min(filters.limit, ROWS)
    list_grants = partial(ports.state.list_without_stops, Grant, member=member)
    page = list_grants(limit=_GRANTS_READ, cursor=filters.cursor)
    while page.cursor and not any(grant.is_current_or_upcoming(now) for grant in page.items):
        page = list_grants(limit=PAGE_SIZE, cursor=page.cursor)
    active = [grant for grant in page.items if grant.is_current_or_upcoming(now)]
    shown = _cut_to_rows(active, limit)
    has_more = bool(shown) and (len(active) > len(shown) or bool(page.cursor))
    requests = list_pending_requests(ports, member)
    # The list of grants is eventually consistent, so each is read again with all that decides.
    items = dict(ports.state.get_together(_list_keys(member, shown)))
    approvable = [grant for grant in shown if _requires_client(items, grant)]
    if approvable:
        items |= ports.state.get_together(_list_approved_keys(approvable))
    stored = pick(items, Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    rows = tuple(
        row
        for grant in shown
        for row in _describe_grant(ports, caller, items, stored, grant, requests)
    )
    if has_more and not rows:
        return read_access(ports, caller, replace(filters, cursor=shown[-1].engagement))
    lock = pick(items, EmergencyLock, member)
    return MemberAccess(
        rows=rows,
        ended=tuple(grant for grant in page.items if grant not in active),
        requests=requests,
        unreviewed_emergency=lock.request or "" if lock is not None else "",
        cursor=rows[-1].engagement if has_more else "",
    )


def _cut_to_rows(grants: Sequence[Grant], rows: int) -> Sequence[Grant]:
    """Return the first grants, with no more rows than so many, and one grant at least."""
    counts = accumulate(len(grant.roles) for grant in grants)
    return [each for each, count in zip(grants, counts, strict=True) if count <= rows] or grants[:1]


def _describe_grant(
    ports: Ports,
    caller: Caller,
    items: Mapping[MixedKey, Item],
    member: Member,
    listed: Grant,
    requests: Sequence[AccessRequest],
) -> Iterator[Access]:
    """Yield a row for each role in use, or one without a role. Yield nothing if the grant has ended
    since it was listed."""
    grant = pick(items, Grant, *listed.key)
    engagement = pick(items, Engagement, listed.engagement)
    if grant is None or engagement is None or not grant.is_current_or_upcoming(ports.now()):
        return
    roles = (pick(items, Role, grant.engagement, name) for name in sorted(grant.roles))
    used = [role for role in roles if role is not None and role.ended_at is None]
    if not used:
        yield describe_grant(grant, engagement)
    for role in used:
        keys = list_keys(grant.engagement, grant.member, role.name)
        approved = (pick(items, ApprovedGrant, *key) for key in keys)
        yield describe_access(
            AccessFacts(
                token=None,
                member=member,
                engagement=engagement,
                role=role,
                grant=grant,
                approved_grants=tuple(filter(None, approved)),
                freeze=pick(items, Block, EVERYTHING),
                pause=pick(items, Block, grant.engagement),
            ),
            role.name,
            lock=pick(items, EmergencyLock, member.id),
            requests=requests,
            shut=find_shut_role(pick(items, RoleCutOffs, *role.key), role.arn),
            limited=caller.member.kind not in READERS,
            now=ports.now(),
        )


def _list_keys(member: str, grants: Sequence[Grant]) -> list[MixedKey]:
    keys: list[MixedKey] = [
        (Member, (member,)),
        (EmergencyLock, (member,)),
        (Block, (EVERYTHING,)),
    ]
    for grant in grants:
        name = grant.engagement
        keys += [(Grant, grant.key), (Engagement, (name,)), (Block, (name,))]
        for role in sorted(grant.roles):
            keys += [(Role, (name, role)), (RoleCutOffs, (name, role))]
        keys += _list_approved_keys([grant], grant.on_request)
    return keys


def _list_approved_keys(
    grants: Iterable[Grant], roles: frozenset[str] | None = None
) -> list[MixedKey]:
    """Return the keys of the approved grants of all roles, or of these."""
    return [
        (ApprovedGrant, key)
        for grant in grants
        for role in sorted(grant.roles if roles is None else roles)
        for key in list_keys(grant.engagement, grant.member, role)
    ]


def _requires_client(items: Mapping[MixedKey, Item], grant: Grant) -> bool:
    """Return whether every role of the grant needs an approved grant."""
    engagement = pick(items, Engagement, grant.engagement)
    return engagement is not None and engagement.requires_client_approval


def list_pending_requests(ports: Ports, member: str) -> tuple[AccessRequest, ...]:
    """Return the member's requests that no one has decided, those that expire first at the front,
    in one call."""
    now = ports.now()
    since = earliest_id_since(member, now - LONGEST_OPEN - timedelta(days=1))
    page = ports.state.list(AccessRequest, member=member, limit=PAGE_SIZE, cursor=since)
    pending = (each for each in page.items if each.status_at(now) is RequestStatus.PENDING)
    return tuple(sorted(pending, key=lambda each: each.expires_at))


ACCESS = Question(
    name="access",
    title="Your access",
    kinds=EVERYONE,
    columns=(
        ("target", "Engagement/role"),
        ("client", "Client"),
        ("account_id", "Account"),
        ("until", "Until"),
        ("state", "State"),
        ("text", ""),
    ),
    empty="No grant is current or upcoming. A lead can grant access.",
    ask=list_access,
)
