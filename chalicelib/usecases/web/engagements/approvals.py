"""Read the page about an engagement's approvals: policies, approvers and undecided requests."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.decisions import build_effective_policy, list_waiting_for
from chalicelib.domain.requests.policies import MAX_APPROVERS, ApprovalPolicy
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.values import Value
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.lists import list_unread, read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.listing import list_requests
from chalicelib.usecases.requests.policies import ALL_ROLES

APPROVERS_SHOWN = 50


class RolePolicy(Value, frozen=True, kw_only=True):
    """The approval policy in force for a role, or for all roles without one of their own."""

    role: str
    """The role's name. Empty: every role without a policy of its own."""
    policy: ApprovalPolicy
    is_own: bool

    @property
    def approvers(self) -> tuple[str, ...]:
        """Return the approvers that a request for the role waits for."""
        return list_waiting_for("", self.policy, (), max_names=MAX_APPROVERS)


class Approvals(Value, frozen=True, kw_only=True):
    """The content of the page about approvals. A part is None if it could not be read."""

    engagement: Engagement
    policies: tuple[RolePolicy, ...] | None
    """The engagement's policy, and those of the roles in use."""
    approvers: tuple[ClientApprover, ...] | None
    """The client's approvers and contacts, those with a right first."""
    requests: Page[RequestRow] | None
    """The engagement's undecided requests, the first to expire first. With a cursor, further
    undecided requests, of any engagement, were not read."""
    can_mail_clients: bool
    unread: tuple[str, ...]
    """The parts that could not be read, as words for a sentence."""


def read_approvals(ports: Ports, caller: Caller, engagement_id: str) -> Approvals:
    """Return the content of the page about approvals as the caller sees it. Raise NotFound if the
    engagement does not exist, and Unavailable if it cannot be read."""
    engagement = find_engagement(ports, engagement_id)
    parts = read_parts(
        ports,
        {
            "the approval policies": partial(_read_policies, ports, engagement),
            "the client's approvers": partial(
                ports.state.list, ClientApprover, limit=APPROVERS_SHOWN, engagement=engagement.id
            ),
            "the undecided requests": partial(
                list_requests, ports, caller, engagement=engagement.id
            ),
        },
    )
    policies, approvers, requests = parts.values()
    return Approvals(
        engagement=engagement,
        policies=policies,
        approvers=tuple(sorted(approvers.items, key=lambda person: not person.is_active))
        if approvers is not None
        else None,
        requests=requests,
        can_mail_clients=ports.can_mail_clients,
        unread=list_unread(parts),
    )


def _read_policies(ports: Ports, engagement: Engagement) -> tuple[RolePolicy, ...]:
    """Return the policies in force, in two calls."""
    listed = ports.state.list_without_stops(Role, limit=MAX_ROLES, engagement=engagement.id).items
    keys = [(engagement.id, name) for name in (ALL_ROLES, *(role.name for role in listed))]
    items = ports.state.get_together(
        [*((ApprovalPolicy, key) for key in keys), *((Role, role.key) for role in listed)]
    ).values()
    stored = {item.role: item for item in items if isinstance(item, ApprovalPolicy)}
    roles = [item.name for item in items if isinstance(item, Role) and item.ended_at is None]
    names = [ALL_ROLES, *roles]
    return tuple(
        RolePolicy(
            role=name,
            policy=build_effective_policy(engagement, stored, name),
            is_own=name in stored,
        )
        for name in names
    )
