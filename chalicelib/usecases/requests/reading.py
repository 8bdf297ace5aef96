"""Read requests with all that their views and decisions need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, list_keys
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.moments import format_latest_first
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.requests.decisions import (
    RequestContext,
    StoredApprovers,
    build_effective_policy,
    is_approver,
)
from chalicelib.domain.requests.policies import ApprovalPolicy, list_waiting_for
from chalicelib.domain.requests.requests import (
    DECIDED,
    AccessRequest,
    RequestStatus,
    earliest_id_since,
    member_of_request,
)
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.usecases.lists import PAGE_SIZE, iterate_list, pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.policies import (
    ALL_ROLES,
    list_possible_approvers,
    read_policies,
)
from chalicelib.usecases.vending.facts import read_access_facts

_NO_TOKEN = "0" * 64
"""No stored token has this hash."""


def find_request(ports: Ports, request: str) -> AccessRequest | None:
    """Return the request with this ID, or None."""
    return ports.state.get(AccessRequest, member_of_request(request), request)


def list_own(ports: Ports, member: str, since: datetime) -> list[AccessRequest]:
    """Return the requests that the member sent at `since` or later, the earliest first. The list
    may lag."""
    cursor = earliest_id_since(member, since)
    return list(iterate_list(ports.state, AccessRequest, PAGE_SIZE, cursor, member=member))


def list_decided(ports: Ports, since: datetime) -> Iterator[AccessRequest]:
    """Yield the requests that were decided after `since`, in all engagements, the latest decision
    first. The list may lag."""
    # The latest decision comes first, because its key is the smallest (`format_latest_first`).
    decided = iterate_list(ports.state, AccessRequest, PAGE_SIZE, listed_as=DECIDED)
    return takewhile(lambda each: each.list_key < format_latest_first(since), decided)


def read_contexts(ports: Ports, requests: Sequence[AccessRequest]) -> list[RequestContext]:
    """Return the requests with their policies, approvers and approved grants. Leave out a request
    whose engagement does not exist."""
    related = [key for each in requests for key in _list_related(each)]
    items = ports.state.get_together(dict.fromkeys(related))
    keys = _list_people(requests, items.values())
    people = {each.id: each for each in ports.state.get_many(Member, keys).values()}
    now = ports.now()
    contexts = (_build_context(items, people, request, now) for request in requests)
    return [context for context in contexts if context is not None]


def _list_people(requests: Iterable[AccessRequest], items: Iterable[Item]) -> set[ItemKey]:
    """Return the keys of the people who approved the requests or could approve under these
    policies, and of the leads that policies and the client's approvers depend on."""
    people = {each.by for request in requests for each in request.approvals if not each.is_client}
    for item in items:
        if isinstance(item, Leads):
            people |= item.members
        elif isinstance(item, ApprovalPolicy):
            people |= item.members | {change.by for change in item.changes}
        elif isinstance(item, ClientApprover):
            people |= set(item.leads)
    return {(each,) for each in people if each}


def _list_related(request: AccessRequest) -> Iterator[MixedKey]:
    """Yield the kinds and keys of the stored items that the request refers to: its engagement, the
    policies, the client's people who approved, and the approved grant that the request made. For an
    undecided request, also yield the items that decide whether it can open access now."""
    yield Engagement, (request.engagement,)
    yield from ((ApprovalPolicy, key) for key in list_policy_keys(request))
    for approval in request.approvals:
        if approval.is_client:
            yield ClientApprover, (request.engagement, approval.by)
    if request.number:  # of its approved grant; empty if the request opened no access
        yield ApprovedGrant, request.grant_key
    if request.status is RequestStatus.WAITING:
        yield Leads, ()
        yield Member, (request.member,)
        yield Role, (request.engagement, request.role)
        yield Grant, (request.engagement, request.member)
        yield from ((Block, (scope,)) for scope in (EVERYTHING, request.engagement))
        # A member can have several approved grants of a role, each with a number in its key.
        keys = list_keys(request.engagement, request.member, request.role)
        yield from ((ApprovedGrant, key) for key in keys)


def _build_context(
    items: Mapping[MixedKey, Item],
    people: Mapping[str, Member],
    request: AccessRequest,
    now: datetime,
) -> RequestContext | None:
    """Return the request with its items. Return None if its engagement does not exist."""
    engagement = pick(items, Engagement, request.engagement)
    if engagement is None:
        return None
    stored = (pick(items, ApprovalPolicy, *key) for key in list_policy_keys(request))
    by_role = {each.role: each for each in stored if each is not None}
    client = (pick(items, ClientApprover, engagement.id, each.by) for each in request.approvals)
    return RequestContext(
        request=request,
        engagement=engagement,
        policy=build_effective_policy(engagement, by_role, request.role),
        policies=tuple(by_role.values()),
        approvers=StoredApprovers(
            members=people, client={each.id: each for each in client if each is not None}
        ),
        facts=build_facts(items, engagement.id, request.member, request.role),
        now=now,
    )


def build_facts(
    items: Mapping[MixedKey, Item], engagement: str, member: str, role: str
) -> AccessFacts:
    """Return the facts of the member's access to the role from these items. They have no token."""
    keys = list_keys(engagement, member, role)
    approved = (pick(items, ApprovedGrant, *key) for key in keys)
    return AccessFacts(
        token=None,
        member=pick(items, Member, member),
        engagement=pick(items, Engagement, engagement),
        role=pick(items, Role, engagement, role),
        grant=pick(items, Grant, engagement, member),
        approved_grants=tuple(filter(None, approved)),
        freeze=pick(items, Block, EVERYTHING),
        pause=pick(items, Block, engagement),
    )


def read_context(ports: Ports, request: AccessRequest) -> RequestContext:
    """Return one request with its policy, approvers and approved grant. Raise NotFound if its
    engagement does not exist."""
    contexts = read_contexts(ports, [request])
    if not contexts:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return contexts[0]


def read_view(ports: Ports, request: AccessRequest) -> RequestView:
    """Return the view of a request that has just been written or read."""
    return build_view(read_context(ports, request))


def may_see(request: AccessRequest, policy: ApprovalPolicy, member: Member) -> bool:
    """Return whether the member may see the request: their own, one that they may decide or have
    decided, and every request for leads and auditors."""
    if member.id == request.member or member.kind in (Kind.LEAD, Kind.AUDITOR):
        return True
    if is_approver(member, policy) or request.decided_by == member.id:
        return True
    return any(each.by == member.id and not each.is_client for each in request.approvals)


def read_facts(ports: Ports, member: str, engagement: str, role: str) -> AccessFacts:
    """Return the facts that decide whether the member may have access to the role, without a
    token."""
    return read_access_facts(ports, PresentedToken(member, _NO_TOKEN), engagement, role)


def list_policy_keys(request: AccessRequest) -> list[ItemKey]:
    """Return the keys of the policies that can be in force for the request, the role's own
    first."""
    return [(request.engagement, role) for role in (request.role, ALL_ROLES)]


class RoleTerms(Value):
    """The terms on which a member can get access to a role."""

    engagement: Engagement
    role: Role
    grant: Grant
    policy: ApprovalPolicy
    approvers: frozenset[str]
    """The members who may approve under the policy."""

    @property
    def last_end(self) -> datetime:
        """Return the latest end of the access."""
        return min(self.grant.ends_at, self.engagement.ends_at)

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Return the approvers that a request would wait for."""
        able = replace(self.policy, members=self.policy.members & self.approvers)
        return list_waiting_for(self.grant.member, able, ())


def read_terms(ports: Ports, facts: AccessFacts) -> RoleTerms:
    """Return the terms of the facts' role. `find_request_problem` must have found no problem."""
    engagement, role, grant = facts.engagement, facts.role, facts.grant
    if engagement is None or role is None or grant is None:
        raise AssertionError("no one may request access without these")
    policies = read_policies(ports, engagement.id, role.name)
    policy = build_effective_policy(engagement, policies, role.name)
    approvers = frozenset(list_possible_approvers(ports, policy) if policy.people else ())
    return RoleTerms(
        engagement=engagement, role=role, grant=grant, policy=policy, approvers=approvers
    )
