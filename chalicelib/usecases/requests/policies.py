"""Read and change approval policies: the approvers of requests for a role, and their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, Reason, bad_value
from chalicelib.domain.people.members import Caller, Leads, Member
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.policies import (
    CLIENT,
    MAX_UNCONFIRMED_CHANGES,
    ApprovalPolicy,
    ChangeApprovalPolicy,
    Naming,
)
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.text import count_of, join_words
from chalicelib.domain.trail import Action, Edit, build_operation
from chalicelib.domain.values import next_version, sent_fields
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.engagements.engagements import find_engagement, list_roles_in_use
from chalicelib.usecases.engagements.roles import find_role_of_engagement
from chalicelib.usecases.lists import list_all, read_part
from chalicelib.usecases.people.members import find_active_leads
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import record, write_operation

ALL_ROLES = ""
"""The role of the policy for every role without one of its own."""
NAMES_SHOWN = 5


def read_policies(ports: Ports, engagement: str, *roles: str) -> Mapping[str, ApprovalPolicy]:
    """Return the stored policies of the roles and of all roles of the engagement, by role."""
    keys = [(engagement, name) for name in dict.fromkeys((*roles, ALL_ROLES))]
    policies = ports.state.get_many(ApprovalPolicy, keys)
    return {policy.role: policy for policy in policies.values()}


def find_policy(ports: Ports, engagement: str, role: str = ALL_ROLES) -> ApprovalPolicy:
    """Return the policy in force for the role, or for all roles without one of their own. Raise
    NotFound if the engagement or the role does not exist."""
    stored = _find_engagement_with_role(ports, engagement, role)
    return build_effective_policy(stored, read_policies(ports, engagement, role), role)


def change_policy(
    ports: Ports,
    lead: Caller,
    engagement: str,
    request: ChangeApprovalPolicy,
    role: str = ALL_ROLES,
) -> ApprovalPolicy:
    """Change the policy of a role, or of all roles without one of their own, and return it. A
    role's first policy begins as a copy of the engagement's.

    If the lead who changed the policy last was suspended, no one can approve under it until another
    lead changes it. A change by a lead whose right is less than 24 hours old confirms nothing: the
    policy then rests on the changes before it, too. Raise AccessDenied if the policy waits for a
    lead, or rests on MAX_UNCONFIRMED_CHANGES, and the right of `lead` is less than 24 hours old.

    Raise InvalidRequest if the policy names someone who cannot approve, or could not be satisfied.
    Raise Conflict if it needs a client's approver, and the client has none.
    """
    stored_engagement = _find_engagement_with_role(ports, engagement, role)
    policies = read_policies(ports, engagement, role)
    # If this policy is stored (`old`), the request changes it. If only the policy of all roles is
    # stored, the request changes a copy. If neither is stored, it changes the default policy.
    old = policies.get(role)
    inherited = policies.get(ALL_ROLES) or ApprovalPolicy(engagement=engagement)
    base = old or replace(inherited, role=role, version=0)
    is_full = len(base.unconfirmed) >= MAX_UNCONFIRMED_CHANGES
    if ports.now() < lead.counts_from and (is_full or waits_for_a_lead(ports, base)):
        reason, target = Reason.RIGHT_TOO_NEW, Target(engagement=engagement, role=role)
        record(ports, lead, build_refusal(Action.APPROVAL_POLICY_CHANGE, reason, target))
        raise AccessDenied(reason)
    new = _record_rights(base, _apply(base, request), lead, ports.now())
    _check(ports, new, request)
    edits: list[Edit] = [(old, new)]
    if old is None:
        # No item exists that a decision under the former rules could name as its precondition. So
        # the engagement gets a new version instead.
        edits.append((stored_engagement, next_version(stored_engagement)))
    # The policy of all roles, if the request changes a copy of it. It was in force until now.
    replaced = policies.get(ALL_ROLES) if old is None else None
    # On the trail, a role's first policy is a change of the policy that was in force. So the entry
    # shows how they differ, and the leads are alerted if the new policy is less strict.
    before = old if replaced is None else replace(replaced, role=role)
    action = Action.APPROVAL_POLICY_CHANGE
    operation = build_operation(action, (before, new), *edits[1:], details={})
    items = [item for _, item in edits]
    preconditions = [replaced] if replaced is not None else []
    write_operation(ports, lead, operation, items, preconditions=preconditions)
    return new


def waits_for_a_lead(ports: Ports, policy: ApprovalPolicy) -> bool:
    """Return whether no one can approve under the policy until another lead saves it, because a
    lead on whose change it rests was suspended."""
    stored = ports.state.get_many(Member, [(each.by,) for each in policy.changes])
    return policy.waits_for_a_lead({each.id: each for each in stored.values()})


def _apply(policy: ApprovalPolicy, request: ChangeApprovalPolicy) -> ApprovalPolicy:
    """Return the policy's next version with the changes that the request asks for."""
    fields = sent_fields(request)
    if fields.pop("no_ticket", False):
        fields = {"ticket_pattern": None, "ticket_url": None} | fields
    if fields.pop("all_at_once", False):
        fields["first_approver"] = None
    return next_version(policy, **fields)


def list_client_approvers(ports: Ports, engagement: str) -> list[ClientApprover]:
    """Return the people at the client who may approve requests, including those whose approval does
    not count yet."""
    people = list_all(ports.state, ClientApprover, engagement=engagement)
    return [each for each in people if each.may_approve]


def describe_clients_answer(ports: Ports, engagement: str, requests: Iterable[RequestRow]) -> str:
    """Return a sentence on those of the requests that the client has to answer, and who at the
    client can answer them. Return an empty text if there are none."""
    names = [
        f"{each.member}'s request for {each.role}"
        for each in requests
        if CLIENT in each.waiting_for
    ]
    if not names:
        return ""
    people = read_part(partial(list_client_approvers, ports, engagement)) or ()
    able = sorted(each.name for each in people)[:NAMES_SHOWN]
    can = f" {' or '.join(able)} can do that." if able else ""
    return f"Answer {join_words(names)}.{can}"


class RolePolicy(NamedTuple):
    """The approval policy in force for a role, or for all roles without one of their own."""

    role: str
    """The role's name. Empty for every role without a policy of its own."""
    policy: ApprovalPolicy
    is_own: bool


def list_role_policies(ports: Ports, engagement: Engagement) -> tuple[RolePolicy, ...]:
    """Return the policies in force of the roles in use, the engagement's first."""
    names = [ALL_ROLES, *(role.name for role in list_roles_in_use(ports, engagement.id))]
    stored = read_policies(ports, engagement.id, *names)

    return tuple(
        RolePolicy(name, build_effective_policy(engagement, stored, name), name in stored)
        for name in names
    )


def list_possible_approvers(ports: Ports, policy: ApprovalPolicy) -> set[str]:
    """Return the IDs of the active members who may approve under this policy."""
    members = ports.state.get_many(Member, [(name,) for name in sorted(policy.members)])
    leads = find_active_leads(ports, ports.state.get(Leads)) if policy.leads else []
    return {each.id for each in (*members.values(), *leads) if each.may_be_approver}


def _find_engagement_with_role(ports: Ports, engagement: str, role: str) -> Engagement:
    """Return the engagement. Raise NotFound if it or the role does not exist."""
    stored = find_engagement(ports, engagement)
    if role != ALL_ROLES:
        find_role_of_engagement(ports, stored, role)
    return stored


def _record_rights(
    old: ApprovalPolicy, new: ApprovalPolicy, lead: Caller, now: datetime
) -> ApprovalPolicy:
    """Return the new policy with the lead who changed it, and with its namings: when each member
    was named an approver. If no one at the firm had to approve before (`people` was 0), the rights
    of all approvers begin anew."""
    begins_anew = old.people == 0 and new.people > 0
    kept = {} if begins_anew else {each.member: each for each in old.namings}
    namings = tuple(
        kept.get(member) or Naming(member=member, at=now) for member in sorted(new.members)
    )
    if new.leads and (begins_anew or not old.leads):
        new = replace(new, leads_set_at=now)
    # Drop a first approver from before who is no longer one of the approvers. If the lead chose
    # someone now, or if every lead may approve (`new.leads`), keep the first approver: `_check`
    # knows who the leads are, and raises an error if this member cannot approve.
    is_kept = new.first_approver == old.first_approver and not new.leads
    if is_kept and new.first_approver not in new.members:
        new = replace(new, first_approver=None)
    new = replace(new, namings=namings)
    return new.changed(lead.member.id, now, confirms=now >= lead.counts_from)


def _check(ports: Ports, policy: ApprovalPolicy, request: ChangeApprovalPolicy) -> None:
    """Raise InvalidRequest if the request names people who cannot approve or do not have to, or if
    the changed policy needs more approvers than can approve. Raise Conflict if it needs the
    client's approver and there is none."""
    possible = list_possible_approvers(ports, policy)
    unable = sorted((request.members or frozenset()) - possible)
    if unable:
        raise bad_value(
            "members",
            (
                f"{unable[0]} cannot approve. Only active members and leads can approve, and"
                " auditors cannot."
            ),
        )
    if policy.people == 0 and (request.leads or request.members):
        raise bad_value(
            "people", "Set people to 1 or 2, because you named members who may approve."
        )
    if policy.people > len(possible):
        raise bad_value(
            "people",
            f"The policy needs {count_of(policy.people, 'approver')}, but only {len(possible)} can"
            " approve. Name more members, or let every lead approve.",
        )
    first = policy.first_approver if policy.people else None
    if first is not None and first not in possible:
        raise bad_value("first_approver", "The first approver must be one of the approvers.")
    if policy.client and not list_client_approvers(ports, policy.engagement):
        raise Conflict(Reason.NO_CLIENT_APPROVER, field="client")
