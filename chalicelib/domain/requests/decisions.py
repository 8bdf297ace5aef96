"""The rule of approval: who may decide a request, which approvals count, and what is still missing.

Pure functions, without a clock. Each returns the reason of a refusal, or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    list_stops,
)
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.people.members import Caller, Kind, Member, rights_count_from
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import (
    ApprovalPolicy,
    find_missing,
    list_waiting_for,
)
from chalicelib.domain.requests.requests import AccessRequest, Approval, RequestStatus
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.access import AccessFacts, CallerKind
from chalicelib.domain.vending.blocks import find_block_reason

NEVER = datetime.max.replace(tzinfo=UTC)


class StoredApprovers(Value):
    """The people who approved a request or could, and the leads that their right depends on, as
    they are stored now. Those missing do not exist."""

    members: Mapping[str, Member] = field(default_factory=dict)
    client: Mapping[str, ClientApprover] = field(default_factory=dict)


def build_effective_policy(
    engagement: Engagement, policies: Mapping[str, ApprovalPolicy], role: str
) -> ApprovalPolicy:
    """Return the policy in force for the role: its own, or else the engagement's, or else the
    default, which lets no one approve. If the engagement requires the client's approval, so does
    the policy.

    `policies` are the engagement's, by role; that of all roles has the key "".
    """
    stored = policies.get(role) or policies.get("")
    policy = stored or ApprovalPolicy(engagement=engagement.id, role=role)
    return replace(policy, client=True) if engagement.requires_client_approval else policy


def is_approver(member: Member, policy: ApprovalPolicy) -> bool:
    """Return whether the policy lets this member approve requests of others."""
    if policy.people == 0 or not member.may_be_approver:
        return False
    return (policy.leads and member.kind is Kind.LEAD) or member.id in policy.members


def find_decider_problem(
    request: AccessRequest, policy: ApprovalPolicy, member: Member, caller_kind: CallerKind
) -> Reason | None:
    """Return why this member may neither approve nor deny the request. `caller_kind`
    says whether the member sent the decision, or a program that works for them."""
    if caller_kind is CallerKind.AGENT:
        return Reason.AGENT_CANNOT_DECIDE
    if request.member == member.id:
        return Reason.OWN_REQUEST
    return None if is_approver(member, policy) else Reason.NOT_AN_APPROVER


def find_approval_problem(
    request: AccessRequest,
    policy: ApprovalPolicy,
    approver: Caller,
    caller_kind: CallerKind,
    now: datetime,
) -> Reason | None:
    """Return why this member may not approve the request. `caller_kind` says whether the member
    sent the approval, or a program that works for them."""
    problem = find_decider_problem(request, policy, approver.member, caller_kind)
    if problem is not None:
        return problem
    if now < find_right_begin(policy, approver.member, approver.token.given_since):
        return Reason.RIGHT_TOO_NEW
    # A binding links a Slack user to the member. A sensitive role cannot be approved from Slack.
    if policy.sensitive and approver.token.is_binding:
        return Reason.SENSITIVE_ROLE
    return None


def find_right_begin(
    policy: ApprovalPolicy, member: Member, given_since: datetime | None = None
) -> datetime:
    """Return when this approver's right to approve begins to count. It does so 24 hours after the
    last of three events: the member got their kind (lead or member), the policy let them approve,
    and they got the token with which they act (`given_since`). Return NEVER without a right."""
    rights = policy.list_rights(member)
    if not rights:
        return NEVER
    token_rights = [] if given_since is None else [given_since]
    return rights_count_from(member.kind_since, min(rights), *token_rights)


def counts_too_late(
    request: AccessRequest,
    policy: ApprovalPolicy,
    members: Iterable[Member],
    valid: tuple[Approval, ...],
) -> bool:
    """Return whether the request will expire before the firm's people can complete it, because
    their rights to approve are too new. `valid` are the approvals that count already. Return False
    if too few people have the right at all."""
    approved = {each.by for each in valid if not each.is_client}
    begins = [
        find_right_begin(policy, each)
        for each in members
        if each.id not in {*approved, request.member} and is_approver(each, policy)
    ]
    count_in_time = sum(each < request.expires_at for each in begins)
    # Enough people have the right, but it begins to count in time for too few of them.
    return count_in_time < find_missing(valid, policy).people <= len(begins)


def find_client_decider_problem(policy: ApprovalPolicy, approver: ClientApprover) -> Reason | None:
    """Return why this person at the client may neither approve nor deny requests under the
    policy. They may only if the policy asks for their own company's approval."""
    is_of_client = policy.client and approver.engagement == policy.engagement
    return None if is_of_client and approver.may_approve else Reason.NOT_AN_APPROVER


def find_status_problem(request: AccessRequest, now: datetime) -> Reason | None:
    """Return why the request cannot be decided any more."""
    match request.status_at(now):
        case RequestStatus.WAITING:
            return None
        case RequestStatus.EXPIRED:
            return Reason.REQUEST_EXPIRED
        case _:
            return Reason.REQUEST_DECIDED


def find_opening_problem(
    request: AccessRequest, facts: AccessFacts, now: datetime
) -> Reason | None:
    """Return why an approval can give no access now: access was revoked or closed since the
    request, everything is frozen, or the client has paused the engagement."""
    if has_ended(request, facts, now):
        return Reason.REQUEST_ENDED
    return find_block_reason(facts.freeze, facts.pause)


def has_ended(request: AccessRequest, facts: AccessFacts, now: datetime) -> bool:
    """Return whether the request can no longer give access: its member has no access now, or a
    revocation came after the request. Restoring access later does not revive the request."""
    member, engagement, role, grant = facts.member, facts.engagement, facts.role, facts.grant
    if member is None or engagement is None or role is None or grant is None:
        return True
    return (
        request.stops != list_stops(member, engagement, role, grant)
        or member.suspended_at is not None
        or member.kind is Kind.AUDITOR
        or not engagement.allows_sessions(now)
        or not grant.is_current(now)
        or role.ended_at is not None
        or role.name not in grant.roles
    )


def select_valid_approvals(
    request: AccessRequest,
    engagement: Engagement,
    policy: ApprovalPolicy,
    approvers: StoredApprovers,
) -> tuple[Approval, ...]:
    """Return the approvals that count now. An approval counts if its approver may still approve, if
    their right counted when they approved, and if they were not suspended since."""
    return tuple(
        each
        for each in request.approvals
        if (
            _counts_for_client(each, engagement, policy, approvers)
            if each.is_client
            else counts_for_firm(each, request, policy, approvers.members.get(each.by))
        )
    )


def _counts_for_client(
    approval: Approval, engagement: Engagement, policy: ApprovalPolicy, approvers: StoredApprovers
) -> bool:
    """Return whether this approval by someone at the client counts: they may still decide, their
    right is confirmed, and it counted already when they approved."""
    person = approvers.client.get(approval.by)
    if person is None or find_client_decider_problem(policy, person) is not None:
        return False
    # A lead who was suspended named this person, and neither another lead nor someone at the client
    # has confirmed them.
    if person.waits_for_a_lead(approvers.members):
        return False
    begins_at = person.counts_from(engagement)
    return begins_at is not None and approval.at >= begins_at


def counts_for_firm(
    approval: Approval, request: AccessRequest, policy: ApprovalPolicy, member: Member | None
) -> bool:
    """Return whether this member's approval counts now."""
    return (
        member is not None
        and member.id != request.member
        and is_approver(member, policy)
        and approval.at >= find_right_begin(policy, member)
        # A suspension moves `tokens_from`, and so does a reinstatement.
        and approval.at > member.tokens_from
    )


def with_approval(approvals: tuple[Approval, ...], new: Approval) -> tuple[Approval, ...]:
    """Return the approvals with a new one, which replaces an earlier one of the same person."""
    return (*(each for each in approvals if each.decider != new.decider), new)


def find_repeat_problem(
    valid: tuple[Approval, ...], policy: ApprovalPolicy, new: Approval
) -> Reason | None:
    """Return why this person may not approve a second time. `valid` are the approvals that count.
    If a change of the policy has left no approval missing, any approver may complete the request,
    even one who has approved it before."""
    is_repeated = any(each.decider == new.decider for each in valid)
    if is_repeated and not find_missing(valid, policy).is_nothing:
        return Reason.ALREADY_APPROVED_BY_YOU
    return None


class RequestContext(Value):
    """A request with the items that its view and a decision about it depend on, as they were
    read."""

    request: AccessRequest
    engagement: Engagement
    policy: ApprovalPolicy
    policies: tuple[ApprovalPolicy, ...]
    """The stored policies from which `policy` was built: the role's and the engagement's."""
    approvers: StoredApprovers
    facts: AccessFacts
    """The items that its access stands on. For a decided request, only its approved grant is
    sure to be among them."""
    now: datetime
    """When it was read."""

    @property
    def valid_approvals(self) -> tuple[Approval, ...]:
        """Return the approvals that count now."""
        return select_valid_approvals(self.request, self.engagement, self.policy, self.approvers)

    @property
    def opened(self) -> ApprovedGrant | None:
        """Return the approved grant that the request made. Return None if it made none, or if a
        later approved grant has taken its number."""
        return next(filter(self.request.has_opened, self.facts.approved_grants), None)

    @property
    def opening_problem(self) -> Reason | None:
        """Return why an approval of the undecided request can give no access now."""
        if self.request.status is not RequestStatus.WAITING:
            return None
        return find_opening_problem(self.request, self.facts, self.now)

    def list_waiting_for(self, approvals: tuple[Approval, ...]) -> tuple[str, ...]:
        """Return the approvers that the request still waits for, given these approvals. It does not
        wait for a member who cannot approve any more."""
        able = self.policy.members & {each.id for each in self.possible_approvers}
        policy = replace(self.policy, members=able)
        return list_waiting_for(self.request.member, policy, approvals)

    @property
    def possible_approvers(self) -> list[Member]:
        """Return the firm's people who may approve under the policy, except the member who sent the
        request. The rights of some may be too new to count."""
        members = self.approvers.members.values()
        people = (each for each in members if each.id != self.request.member)
        return [each for each in people if is_approver(each, self.policy)]

    def find_policy_problem(self) -> Reason | None:
        """Return why no one can approve under the policy now: a lead who changed it was suspended,
        and no other lead has confirmed it."""
        waits = self.policy.waits_for_a_lead(self.approvers.members)
        return Reason.LEAD_SUSPENDED if waits else None

    def list_preconditions(self) -> list[Item]:
        """Return the items that must not change before an approval is written: the policy, the
        asker, their grant, the engagement, the role, the other approvers who count, and the leads
        who answer for the policy and for these approvers: someone may suspend them meanwhile."""
        approvers, facts = self.approvers, self.facts
        people: list[Item | None] = [
            approvers.client.get(each.by) if each.is_client else approvers.members.get(each.by)
            for each in self.valid_approvals
        ]
        leads = {change.by for change in self.policy.changes}
        for person in people:
            leads |= set(person.leads) if isinstance(person, ClientApprover) else set()
        people += [approvers.members.get(lead) for lead in sorted(leads)]
        items = [facts.member, facts.role, facts.grant, *people, self.engagement, *self.policies]
        return [item for item in items if item is not None]
