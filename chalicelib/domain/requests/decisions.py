"""The rule of approval: who may decide a request, which approvals count, and what is still missing.

Pure functions, without a clock. Each returns the reason of a refusal, or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import list_stops, needs_approval
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import AgentAccess, Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.rights import counts_from
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, Approval, RequestStatus
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import AccessFacts, CallerKind
from chalicelib.domain.vending.blocks import find_block_reason

CLIENT = "the client"
"""The client among the approvers that a request waits for."""
NO_ONE_LEFT = "another approver, for a lead to name"
NEVER = datetime.max.replace(tzinfo=UTC)
MAX_NAMES = 5
"""The most names in one text of the approvers that a request waits for."""


class StoredApprovers(Value, frozen=True, kw_only=True):
    """The people who approved a request or could, and the leads that their right depends on, as
    they are stored now. Those missing do not exist."""

    members: Mapping[str, Member] = field(default_factory=dict)
    client: Mapping[str, ClientApprover] = field(default_factory=dict)


class Missing(Value, frozen=True, kw_only=True):
    """The approvals that a request still needs: of so many people, and of the client."""

    people: int
    client: bool

    @property
    def is_nothing(self) -> bool:
        return self.people == 0 and not self.client

    @property
    def is_only_client(self) -> bool:
        return self.people == 0 and self.client


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
    if policy.people == 0 or member.suspended_at is not None or member.kind is Kind.AUDITOR:
        return False
    return (policy.leads and member.kind is Kind.LEAD) or member.id in policy.members


def find_decider_problem(
    request: AccessRequest, policy: ApprovalPolicy, member: Member, caller: CallerKind
) -> Reason | None:
    """Return why this member may neither approve nor deny the request."""
    if caller is CallerKind.AGENT:
        return Reason.AGENT_CANNOT_DECIDE
    if request.member == member.id:
        return Reason.OWN_REQUEST
    return None if is_approver(member, policy) else Reason.NOT_AN_APPROVER


def find_approval_problem(
    request: AccessRequest,
    policy: ApprovalPolicy,
    approver: Caller,
    caller: CallerKind,
    now: datetime,
) -> Reason | None:
    """Return why this member may not approve the request."""
    problem = find_decider_problem(request, policy, approver.member, caller)
    if problem is not None:
        return problem
    if now < find_right_begin(policy, approver.member, approver.token.given_since):
        return Reason.RIGHT_TOO_NEW
    if policy.sensitive and approver.token.is_binding:
        return Reason.SENSITIVE_ROLE
    return None


def find_right_begin(
    policy: ApprovalPolicy, member: Member, given_since: datetime | None = None
) -> datetime:
    """Return when this approver's right counts: 24 hours after they got their kind, after the
    policy let them approve, and after someone gave them the token that they act with, if any."""
    rights = policy.list_rights(member)
    if not rights:
        return NEVER
    token_rights = [] if given_since is None else [given_since]
    return counts_from(member.kind_since, min(rights), *token_rights)


def counts_too_late(
    request: AccessRequest,
    policy: ApprovalPolicy,
    members: Iterable[Member],
    counting: tuple[Approval, ...],
) -> bool:
    """Return whether the rights of the firm's people who could give the missing approvals begin to
    count only after the request has expired. False if fewer people than are missing could."""
    approved = {each.by for each in counting if not each.is_client}
    begins = sorted(
        find_right_begin(policy, each)
        for each in members
        if each.id not in {*approved, request.member} and is_approver(each, policy)
    )
    people = find_missing(counting, policy).people
    return any(each >= request.expires_at for each in begins[people - 1 : people])


def find_client_decider_problem(policy: ApprovalPolicy, approver: ClientApprover) -> Reason | None:
    """Return why this person at the client may neither approve nor deny the request."""
    if not policy.client or approver.revoked_at is not None or approver.is_contact:
        return Reason.NOT_AN_APPROVER
    return None if approver.engagement == policy.engagement else Reason.NOT_AN_APPROVER


def find_client_approval_problem(
    engagement: Engagement,
    policy: ApprovalPolicy,
    approver: ClientApprover,
    responsible: Member | None,
    now: datetime,
) -> Reason | None:
    """Return why this person at the client may not approve requests under the policy.
    `responsible` is the lead who answers for them."""
    problem = find_client_decider_problem(policy, approver)
    return problem or approver.find_right_problem(engagement, responsible, now)


def find_status_problem(request: AccessRequest, now: datetime) -> Reason | None:
    """Return why the request cannot be decided any more."""
    match request.status_at(now):
        case RequestStatus.PENDING:
            return None
        case RequestStatus.EXPIRED:
            return Reason.REQUEST_EXPIRED
        case _:
            return Reason.REQUEST_DECIDED


def find_opening_problem(
    request: AccessRequest, facts: AccessFacts, now: datetime
) -> Reason | None:
    """Return why an approval can open nothing now: access was revoked or closed since the request,
    or everything is frozen, or the client has paused the engagement."""
    if has_ended(request, facts.member, facts.engagement, facts.role, facts.grant, now):
        return Reason.REQUEST_ENDED
    return find_block_reason(facts.freeze, facts.pause)


def has_ended(
    request: AccessRequest,
    member: Member | None,
    engagement: Engagement | None,
    role: Role | None,
    grant: Grant | None,
    now: datetime,
) -> bool:
    """Return whether the request can open nothing any more: its member has no access now, or a
    revocation came after it. What someone reinstates later does not revive it."""
    if member is None or engagement is None or role is None or grant is None:
        return True
    if request.stops != list_stops(member, engagement, role, grant):
        return True
    if member.suspended_at is not None or member.kind is Kind.AUDITOR:
        return True
    if not engagement.allows_sessions(now) or not grant.is_current(now):
        return True
    return role.ended_at is not None or role.name not in grant.roles


def find_request_problem(facts: AccessFacts, caller: CallerKind, now: datetime) -> Reason | None:
    """Return why the facts' member may not request access to the facts' role.

    Someone without a grant gets the same answer whether the engagement exists or not.
    """
    member, engagement, role, grant = facts.member, facts.engagement, facts.role, facts.grant
    if member is None or member.kind is Kind.AUDITOR or engagement is None or grant is None:
        return Reason.NOT_A_MEMBER
    if engagement.revoked_at is not None:
        return Reason.ENGAGEMENT_REVOKED
    if not engagement.is_open(now):
        return Reason.ENGAGEMENT_CLOSED
    if not grant.is_current(now):
        return Reason.GRANT_NOT_CURRENT
    if role is None or role.ended_at is not None or role.name not in grant.roles:
        return Reason.ROLE_NOT_GRANTED
    if role.passed_verification(engagement) is None and not role.is_overridden(now):
        return Reason.ROLE_UNVERIFIED
    if caller is CallerKind.AGENT and engagement.agents is AgentAccess.REFUSE:
        return Reason.AGENTS_REFUSED
    return None if needs_approval(engagement, grant, role.name) else Reason.ACCESS_ALREADY_OPEN


def select_counting(
    request: AccessRequest,
    engagement: Engagement,
    policy: ApprovalPolicy,
    approvers: StoredApprovers,
) -> tuple[Approval, ...]:
    """Return the approvals that count now: each of someone who may still approve, whose right
    counted when they approved, and who was not suspended since."""
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
    person = approvers.client.get(approval.by)
    if person is None or find_client_decider_problem(policy, person) is not None:
        return False
    if person.waits_for_a_lead(approvers.members.get(person.responsible_lead)):
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


def has_approved(approvals: tuple[Approval, ...], by: str, *, is_client: bool) -> bool:
    """Return whether this person is among the approvals."""
    return any((each.by, each.is_client) == (by, is_client) for each in approvals)


def with_approval(approvals: tuple[Approval, ...], new: Approval) -> tuple[Approval, ...]:
    """Return the approvals with a new one, which replaces an earlier one of the same person."""
    key = new.by, new.is_client
    return (*(each for each in approvals if (each.by, each.is_client) != key), new)


def find_missing(counting: tuple[Approval, ...], policy: ApprovalPolicy) -> Missing:
    """Return the approvals that are still missing besides those that count."""
    people = {each.by for each in counting if not each.is_client}
    has_client = any(each.is_client for each in counting)
    return Missing(
        people=max(0, policy.people - len(people)), client=policy.client and not has_client
    )


def find_repeat_problem(
    counting: tuple[Approval, ...], policy: ApprovalPolicy, by: str, *, is_client: bool
) -> Reason | None:
    """Return why this person may not approve again. After a change of the policy, nothing may be
    missing. Then any approver completes the request."""
    is_repeated = has_approved(counting, by, is_client=is_client)
    if is_repeated and not find_missing(counting, policy).is_nothing:
        return Reason.ALREADY_APPROVED_BY_YOU
    return None


def list_waiting_for(
    asker: str,
    policy: ApprovalPolicy,
    counting: tuple[Approval, ...],
    *,
    max_names: int = MAX_NAMES,
) -> tuple[str, ...]:
    """Return the approvers that a request of this member waits for, such as ("a lead or bob", "the
    client"). It waits for one even if nothing is missing any more because its policy has
    changed."""
    missing = find_missing(counting, policy)
    if missing.is_nothing:
        return ("one of its approvers",)
    people = {each.by for each in counting if not each.is_client}
    names = sorted(policy.members - people - {asker})
    texts = []
    if missing.people == 1:
        options = ["a lead"] if policy.leads else []
        texts.append(" or ".join(options + _limit(names, max_names)) or NO_ONE_LEFT)
    elif missing.people:
        if not policy.leads and len(names) == missing.people:
            texts += names
        elif not names:
            texts.append("two leads" if policy.leads else NO_ONE_LEFT)
        else:
            options = ["leads"] if policy.leads else []
            texts.append("two of " + " or ".join(options + _limit(names, max_names)))
    if missing.client:
        texts.append(CLIENT)
    return tuple(texts)


def _limit(names: list[str], max_names: int) -> list[str]:
    """Return the names. If there are many, return only some of them and the number of others."""
    if len(names) <= max_names:
        return names
    return [*names[:max_names], f"{len(names) - max_names} others"]
