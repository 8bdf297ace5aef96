"""Read requests with all that their views and decisions need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    StoredApprovers,
    build_effective_policy,
    counts_too_late,
    has_ended,
    is_approver,
    select_counting,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import (
    AccessRequest,
    Approval,
    RequestStatus,
    member_of_request,
)
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.blocks import EVERYTHING, Block, find_block_reason
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.policies import ALL_ROLES
from chalicelib.usecases.vending.facts import read_access_facts

_NO_TOKEN = "0" * 64
"""No stored token has this hash."""


class RequestContext(Value, frozen=True, kw_only=True):
    """A request with its policy and the people who approved it."""

    request: AccessRequest
    engagement: Engagement
    policy: ApprovalPolicy
    policies: tuple[ApprovalPolicy, ...]
    """The stored policies that the policy follows from."""
    approvers: StoredApprovers
    opened: ApprovedGrant | None
    """The approved grant that the request made. None if it made none, or a later one has its
    number."""
    has_ended: bool
    """True if the request is undecided, and can open nothing any more."""
    block: Reason | None
    """Why no access can be opened in the engagement now: it is frozen or paused."""

    @property
    def counting(self) -> tuple[Approval, ...]:
        """Return the approvals that count now."""
        return select_counting(self.request, self.engagement, self.policy, self.approvers)

    def find_policy_problem(self) -> Reason | None:
        """Return why no one can approve under the policy now."""
        changed_by = self.approvers.members.get(self.policy.changed_by or "")
        return Reason.LEAD_SUSPENDED if self.policy.waits_for_a_lead(changed_by) else None


def find_request(ports: Ports, request: str) -> AccessRequest | None:
    """Return the request with this ID, or None."""
    return ports.state.get(AccessRequest, member_of_request(request), request)


def read_contexts(ports: Ports, requests: Sequence[AccessRequest]) -> list[RequestContext]:
    """Return the requests with their policies, approvers and approved grants. Leave out a request
    whose engagement does not exist."""
    related = [key for each in requests for key in _list_related(each)]
    items = ports.state.get_together(dict.fromkeys(related))
    keys = _list_people(items.values())
    people = {each.id: each for each in ports.state.get_many(Member, keys).values()}
    now = ports.now()
    contexts = (_build_context(items, people, request, now) for request in requests)
    return [context for context in contexts if context is not None]


def _list_people(items: Iterable[Item]) -> set[ItemKey]:
    """Return the keys of the people who could approve under these policies, and of the leads that
    policies and the client's approvers depend on."""
    people: set[str] = set()
    for item in items:
        if isinstance(item, Leads):
            people |= item.members
        elif isinstance(item, ApprovalPolicy):
            people |= item.members | {item.changed_by or ""}
        elif isinstance(item, ClientApprover):
            people.add(item.responsible_lead)
    return {(each,) for each in people if each}


def _list_related(request: AccessRequest) -> Iterator[MixedKey]:
    """Yield the kinds and keys of the stored items that the request refers to: its engagement, the
    policies, the people who approved, and the access that was opened; for an undecided request also
    what decides whether it can open anything now."""
    yield Engagement, (request.engagement,)
    yield from ((ApprovalPolicy, key) for key in list_policy_keys(request))
    for approval in request.approvals:
        if approval.is_client:
            yield ClientApprover, (request.engagement, approval.by)
        else:
            yield Member, (approval.by,)
    if request.number:
        yield ApprovedGrant, request.grant_key
    if request.status is RequestStatus.PENDING:
        yield Leads, ()
        yield Member, (request.member,)
        yield Role, (request.engagement, request.role)
        yield Grant, (request.engagement, request.member)
        yield from ((Block, (scope,)) for scope in (EVERYTHING, request.engagement))


def _build_context(
    items: Mapping[MixedKey, Item],
    people: Mapping[str, Member],
    request: AccessRequest,
    now: datetime,
) -> RequestContext | None:
    """Return the request with its items. None if its engagement does not exist."""
    engagement = pick(items, Engagement, request.engagement)
    if engagement is None:
        return None
    stored = (pick(items, ApprovalPolicy, *key) for key in list_policy_keys(request))
    policies = [policy for policy in stored if policy is not None]
    opened = pick(items, ApprovedGrant, *request.grant_key)
    return RequestContext(
        request=request,
        engagement=engagement,
        policy=build_effective_policy(
            engagement, {each.role: each for each in policies}, request.role
        ),
        policies=tuple(policies),
        approvers=_find_approvers(items, people, request),
        opened=opened if opened is not None and request.has_opened(opened) else None,
        has_ended=request.status is RequestStatus.PENDING
        and has_ended(
            request,
            pick(items, Member, request.member),
            engagement,
            pick(items, Role, request.engagement, request.role),
            pick(items, Grant, request.engagement, request.member),
            now,
        ),
        block=find_block_reason(
            pick(items, Block, EVERYTHING), pick(items, Block, request.engagement)
        ),
    )


def _find_approvers(
    items: Mapping[MixedKey, Item], people: Mapping[str, Member], request: AccessRequest
) -> StoredApprovers:
    """Return the people who approved the request or could, as they are stored now."""
    members = dict(people)
    client: dict[str, ClientApprover] = {}
    for approval in request.approvals:
        if approval.is_client:
            approver = pick(items, ClientApprover, request.engagement, approval.by)
            client |= {} if approver is None else {approval.by: approver}
        else:
            member = pick(items, Member, approval.by)
            members |= {} if member is None else {approval.by: member}
    return StoredApprovers(members=members, client=client)


def read_context(ports: Ports, request: AccessRequest) -> RequestContext:
    """Return one request with its policy, approvers and approved grant."""
    contexts = read_contexts(ports, [request])
    if not contexts:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return contexts[0]


def show(context: RequestContext, now: datetime) -> RequestView:
    """Return the view of a request."""
    request, policy, counting = context.request, context.policy, context.counting
    return build_view(
        request,
        context.engagement,
        policy,
        counting,
        context.opened,
        now,
        has_ended=context.has_ended,
        is_late=counts_too_late(request, policy, context.approvers.members.values(), counting),
    )


def read_view(ports: Ports, request: AccessRequest) -> RequestView:
    """Return the view of a request that has just been written or read."""
    return show(read_context(ports, request), ports.now())


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
