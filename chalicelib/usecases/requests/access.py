"""Read which roles a member can use, until when, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, EmergencyLock, list_keys
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.requests.access import (
    Access,
    AccessState,
    describe_access,
    describe_grant_without_role,
)
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.values import Item, Page, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.lists import PAGE_SIZE, iterate_items, pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.ask import LONGEST_OPEN
from chalicelib.usecases.requests.reading import build_facts, list_own
from chalicelib.usecases.selections import (
    Chip,
    Column,
    Question,
    SearchFilters,
    Span,
    WholeList,
    build_in_parts,
)
from chalicelib.usecases.vending.explain import require_own_or_reader

_ENDED_READ = 100
_GRANTS_PER_READ = 10
"""With what belongs to them and to their roles, these are about a hundred items."""


class AccessFilters(SearchFilters):
    """The access to list."""

    member: MemberId = ""
    """The member. Only leads and auditors may name another. Default: yourself."""


class PendingAccess(Value):
    """The requests and the emergency of a member that wait for others."""

    requests: tuple[AccessRequest, ...]
    """The member's undecided requests, those that expire first at the front."""
    unconfirmed_emergency: str
    """The request of the member's emergency that no lead has confirmed. Empty if there is none."""


def _list_grants(ports: Ports, caller: Caller, filters: AccessFilters, span: Span) -> Page[Grant]:
    """Return the member's current and upcoming grants. Raise AccessDenied if a caller who is
    neither a lead nor an auditor asks for another member's grants, and record that refusal. Raise
    NotFound if there is no such member.

    A cursor is never the ID of an engagement whose grant has ended, because the caller must not
    learn of such engagements. So read on until the page has enough other grants.
    """
    member = filters.member or caller.member.id
    require_own_or_reader(ports, caller, member)
    if member != caller.member.id and ports.state.get(Member, member) is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    now, by = ports.now(), {"member": member, "starts_with": span.get("starts_with", "")}
    # This list does not apply stops (stored revocations): it may still have a grant that was
    # revoked. It reads PAGE_SIZE grants at a time. The page has fewer: `span["limit"]`.
    read = partial(ports.state.list_ignoring_stops, Grant, limit=PAGE_SIZE, **by)
    listed = iterate_items(read, span.get("cursor", ""))
    current = (grant for grant in listed if grant.is_current_or_upcoming(now))
    grants = list(islice(current, span["limit"] + 1))
    shown = tuple(grants[: span["limit"]])
    return Page(shown, shown[-1].engagement if len(grants) > len(shown) else "")


def _build_rows(
    ports: Ports, caller: Caller, filters: AccessFilters, grants: Sequence[Grant]
) -> list[Access]:
    """Return a row for each role of each grant that has not ended. Callers who are neither leads
    nor auditors learn no more than a refused vend says."""
    member = filters.member or caller.member.id
    requests = list_pending_requests(ports, member) if grants else ()
    build = partial(_describe_grants, ports, caller, member, requests)
    return build_in_parts(ports, grants, _GRANTS_PER_READ, build)


def _describe_grants(
    ports: Ports,
    caller: Caller,
    member: str,
    requests: Sequence[AccessRequest],
    listed: Sequence[Grant],
) -> Iterator[Access]:
    """Yield the rows of these grants, or nothing if the member does not exist.

    The list of grants is eventually consistent. So read each grant again, with the other items that
    decide whether a session is given.
    """
    items = dict(ports.state.get_together(_list_keys(member, listed)))
    # In engagements that require the client's approval, no grant alone opens a role: each role
    # opens only with an approved grant that the client approved. So read the approved grants of all
    # roles, and not only of those on request.
    strict = {
        each.id
        for each in items.values()
        if isinstance(each, Engagement) and each.requires_client_approval
    }
    strict_grants = [grant for grant in listed if grant.engagement in strict]
    if strict_grants:
        items |= ports.state.get_together(_list_approved_keys(strict_grants))
    if pick(items, Member, member) is not None:
        for grant in listed:
            yield from _describe_grant(ports, caller, items, grant, requests)


def read_pending_access(ports: Ports, member: str) -> PendingAccess:
    """Return the member's requests and the emergency that wait for others."""
    lock = ports.state.get(EmergencyLock, member)
    return PendingAccess(
        requests=list_pending_requests(ports, member),
        unconfirmed_emergency=lock.request or "" if lock is not None else "",
    )


def list_ended_grants(ports: Ports, member: str) -> tuple[Grant, ...]:
    """Return the ended grants among the first hundred grants of the member's list."""
    page = ports.state.list(Grant, member=member, limit=_ENDED_READ)
    now = ports.now()
    return tuple(grant for grant in page.items if not grant.is_current_or_upcoming(now))


def _describe_grant(
    ports: Ports,
    caller: Caller,
    items: Mapping[MixedKey, Item],
    listed: Grant,
    requests: Sequence[AccessRequest],
) -> Iterator[Access]:
    """Yield a row for each of the grant's roles that has not ended. If all have, yield one row
    without a role. If the grant has ended since the caller listed it, yield nothing."""
    grant = pick(items, Grant, *listed.key)
    engagement = pick(items, Engagement, listed.engagement)
    if grant is None or engagement is None or not grant.is_current_or_upcoming(ports.now()):
        return
    roles = (pick(items, Role, grant.engagement, name) for name in sorted(grant.roles))
    used = [role for role in roles if role is not None and role.ended_at is None]
    if not used:
        yield describe_grant_without_role(grant, engagement)
    for role in used:
        yield describe_access(
            build_facts(items, grant.engagement, grant.member, role.name),
            role.name,
            lock=pick(items, EmergencyLock, grant.member),
            requests=requests,
            shut=find_shut_role(pick(items, RoleCutOffs, *role.key), role.arn),
            # Members other than leads and auditors learn no more than a refused vend says.
            limited=caller.member.kind not in READERS,
            now=ports.now(),
        )


def _list_keys(member: str, grants: Sequence[Grant]) -> list[MixedKey]:
    """Return the keys of all items that the rows of these grants of the member need."""
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
    """Return the keys of the approved grants that these grants' members can have of `roles`, or of
    all roles of each grant."""
    return [
        (ApprovedGrant, key)
        for grant in grants
        for role in sorted(grant.roles if roles is None else roles)
        for key in list_keys(grant.engagement, grant.member, role)
    ]


def list_pending_requests(ports: Ports, member: str) -> tuple[AccessRequest, ...]:
    """Return the member's requests that no one has decided, the earliest expiry first."""
    now = ports.now()
    recent = list_own(ports, member, now - LONGEST_OPEN)
    pending = (each for each in recent if each.status_at(now) is RequestStatus.WAITING)
    return tuple(sorted(pending, key=lambda each: each.expires_at))


_STATES = ("open", "approved", "shut", "on-request", "closed")
ACCESS: Question[Access, AccessFilters] = Question(
    name="access",
    title="Your access",
    kinds=EVERYONE,
    columns=(
        Column("target", "Engagement/role"),
        Column("client", "Client"),
        Column("account_id", "Account", 3),
        Column("until", "Until"),
        Column("state", "State"),
        Column("text", "", 2),
    ),
    empty="There are no current or upcoming grants. A lead can grant access.",
    rows=WholeList(
        list_items=_list_grants,
        build_rows=_build_rows,
        key="key",
        searched=("target", "client", "account_id"),
        chips=tuple(
            Chip(name, state.value.capitalize(), "state", frozenset({state}))
            for name, state in zip(_STATES, AccessState, strict=True)
        ),
    ),
)
