"""Read requests with all that their views and decisions need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.client_approvers import ClientApprover
from chalicelib.domain.requests.decisions import (
    StoredApprovers,
    build_effective_policy,
    has_ended,
    is_approver,
    select_counting,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, member_of_request
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.values import ItemKey, Value
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.usecases.ports import Ports
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


def find_request(ports: Ports, request: str) -> AccessRequest | None:
    """Return the request with this ID, or None."""
    return ports.state.get(AccessRequest, member_of_request(request), request)


def read_contexts(ports: Ports, requests: Sequence[AccessRequest]) -> list[RequestContext]:
    """Return the requests with their policies, approvers and approved grants. Leave out a request
    whose engagement does not exist."""
    if not requests:
        return []
    items, now = _read_related_items(ports, requests), ports.now()
    contexts = (_build_context(items, request, now) for request in requests)
    return [context for context in contexts if context is not None]


class _RelatedItems(Value, frozen=True, kw_only=True):
    """The stored items that some requests refer to, by their keys."""

    engagements: Mapping[ItemKey, Engagement]
    policies: Mapping[ItemKey, ApprovalPolicy]
    members: Mapping[ItemKey, Member]
    """The members who approved, and those who ask."""
    client: Mapping[ItemKey, ClientApprover]
    roles: Mapping[ItemKey, Role]
    grants: Mapping[ItemKey, Grant]
    opened: Mapping[ItemKey, ApprovedGrant]


def _read_related_items(ports: Ports, requests: Sequence[AccessRequest]) -> _RelatedItems:
    """Read the items that the requests refer to, each kind in one call."""
    pending = [each for each in requests if each.status is RequestStatus.PENDING]
    approvals = [(each, approval) for each in requests for approval in each.approvals]
    members = [(approval.by,) for _, approval in approvals if not approval.is_client]
    members += [(each.member,) for each in pending]
    client = [(each.engagement, approval.by) for each, approval in approvals if approval.is_client]
    read = ports.state.get_many
    return _RelatedItems(
        engagements=read(Engagement, [(each.engagement,) for each in requests]),
        policies=read(ApprovalPolicy, [key for each in requests for key in _policy_keys(each)]),
        members=read(Member, members),
        client=read(ClientApprover, client),
        roles=read(Role, [(each.engagement, each.role) for each in pending]),
        grants=read(Grant, [(each.engagement, each.member) for each in pending]),
        opened=read(ApprovedGrant, [each.grant_key for each in requests if each.number]),
    )


def _build_context(
    items: _RelatedItems, request: AccessRequest, now: datetime
) -> RequestContext | None:
    """Return the request with its items. None if its engagement does not exist."""
    engagement = items.engagements.get((request.engagement,))
    if engagement is None:
        return None
    policies = [items.policies[key] for key in _policy_keys(request) if key in items.policies]
    opened = items.opened.get(request.grant_key)
    members = items.members
    return RequestContext(
        request=request,
        engagement=engagement,
        policy=build_effective_policy(
            engagement, {each.role: each for each in policies}, request.role
        ),
        policies=tuple(policies),
        approvers=StoredApprovers(
            members={each.id: each for each in members.values()},
            client={c.id: c for c in items.client.values() if c.engagement == request.engagement},
        ),
        opened=opened if opened is not None and request.has_opened(opened) else None,
        has_ended=request.status is RequestStatus.PENDING
        and has_ended(
            request,
            members.get((request.member,)),
            engagement,
            items.roles.get((request.engagement, request.role)),
            items.grants.get((request.engagement, request.member)),
            now,
        ),
    )


def read_context(ports: Ports, request: AccessRequest) -> RequestContext:
    """Return one request with its policy, approvers and approved grant."""
    contexts = read_contexts(ports, [request])
    if not contexts:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return contexts[0]


def show(context: RequestContext, now: datetime) -> RequestView:
    """Return the view of a request."""
    counting = select_counting(context.request, context.policy, context.approvers)
    return build_view(
        context.request,
        context.policy,
        counting,
        context.opened,
        now,
        has_ended=context.has_ended,
    )


def read_view(ports: Ports, request: AccessRequest) -> RequestView:
    """Return the view of a request that has just been written or read."""
    return show(read_context(ports, request), ports.now())


def may_see(context: RequestContext, member: Member) -> bool:
    """Return whether the member may see the request: their own, one that they may decide or have
    decided, and every request for leads and auditors."""
    request = context.request
    if member.id == request.member or member.kind in (Kind.LEAD, Kind.AUDITOR):
        return True
    if is_approver(member, context.policy) or request.decided_by == member.id:
        return True
    return any(each.by == member.id and not each.is_client for each in request.approvals)


def read_facts(ports: Ports, member: str, engagement: str, role: str) -> AccessFacts:
    """Return the facts that decide whether the member may have access to the role, without a
    token."""
    return read_access_facts(ports, PresentedToken(member, _NO_TOKEN), engagement, role)


def _policy_keys(request: AccessRequest) -> list[ItemKey]:
    return [(request.engagement, role) for role in (request.role, ALL_ROLES)]
