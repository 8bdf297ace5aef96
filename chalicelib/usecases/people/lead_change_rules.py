"""Define which of a suspended lead's changes are still in force: the change still has its effect.
Each rule compares the change's trail entry with the item that the lead changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role, RoleRelaxation
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Member
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import Action, Entry, target_of
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports


class ChangeKind(StrEnum):
    """The kind of a lead's change, the most dangerous first."""

    OWN_GRANT = "own-grant"
    """A grant that the lead gave to themselves."""
    TOKEN = "token"
    """A token that someone got with the lead's enrolment code."""
    LEAD = "lead"
    """A lead: the suspended lead created or reinstated them, or made them a lead."""
    AUDITOR = "auditor"
    """An auditor, who can read the whole trail: the lead created or reinstated them, or made them
    an auditor."""
    MEMBER = "member"
    """An ordinary member: the lead created or reinstated them, or made them an ordinary member."""
    GRANT = "grant"
    """A grant that the lead gave to someone else."""
    APPROVER = "approver"
    """An approver at the client that the lead named. They do not count until another lead names
    them again, or someone at the client confirms them."""
    APPROVALS = "approvals"
    """An approval policy that the lead changed. If no other lead has changed it since, no one can
    approve under it until one saves it again."""
    OVERRIDE = "override"
    """An override, with which Daypass issues sessions from an unverified role."""
    REOPENED = "reopened"
    """An engagement that would be over without the lead's change."""
    ROLE = "role"
    """A role that the lead made less strict: sessions may assume further roles, need no reason any
    more, or come from another ARN."""
    IMPORT = "import"
    """An engagement with an imported external ID that is still in use."""
    ADMIN_ROLE = "admin-role"
    """A role for which the client is asked to grant administrator permissions."""
    LINK = "link"
    """A link to a client's page. The suspension made the link invalid."""
    CODE = "code"
    """An unused enrolment code. The suspension made the code invalid."""


class LeadChange(Value, frozen=True, kw_only=True):
    """One change by a suspended lead. A change of kind `link` or `code` is invalid already; every
    other change is still in force."""

    kind: ChangeKind
    at: Moment
    """The time of the change. For a token, the time when the token was created."""
    engagement: str = ""
    """The ID of the changed engagement. Empty if there is none."""
    role: str = ""
    """The name of the changed role. Empty if there is none."""
    member: str = ""
    """The ID of the member that the change is about. Empty if there is none."""
    id: str = ""
    """The ID of the token, of the link to the client's page, or of the approver at the client.
    Empty for other kinds."""


class RuleFacts(Value, frozen=True, kw_only=True):
    """The stored items that show which changes are in force, as of one time."""

    items: Mapping[MixedKey, Item]
    now: datetime


def find_changes_in_force(
    ports: Ports, lead: Member, entries: Sequence[Entry]
) -> Iterator[LeadChange]:
    """Yield the lead's changes that are still in force, by the rules in `_RULES`. `entries` are the
    trail entries of the lead's operations, latest first."""
    items = ports.state.get_together(list_changed_items(lead.id, entries, ports.now()))
    return select_changes_in_force(RuleFacts(items=items, now=ports.now()), lead, entries)


def list_changed_items(lead: str, entries: Sequence[Entry], now: datetime) -> Iterator[MixedKey]:
    """Yield the keys of the items that show whether these changes are in force."""
    for kind, entries_by_key in _group_by_item(lead, entries, now).items():
        for key in entries_by_key:
            yield _RULES[kind][0], key
            if kind is ChangeKind.ADMIN_ROLE:
                yield RoleSetup, key


def select_changes_in_force(
    facts: RuleFacts, lead: Member, entries: Sequence[Entry]
) -> Iterator[LeadChange]:
    """Yield the lead's changes that are still in force, from the items that `list_changed_items`
    names."""
    for kind, entries_by_key in _group_by_item(lead.id, entries, facts.now).items():
        item_type, is_in_force = _RULES[kind]
        for key, entries_of_item in entries_by_key.items():
            item = pick(facts.items, item_type, *key)
            entries_in_force = [
                entry
                for entry in entries_of_item
                if item is not None and is_in_force(facts, lead, item, entry)
            ]
            if item is not None and entries_in_force:
                yield _build_lead_change(kind, entries_in_force[0], item)


def _group_by_item(
    lead: str, entries: Sequence[Entry], now: datetime
) -> Mapping[ChangeKind, Mapping[ItemKey, Sequence[Entry]]]:
    """Return the entries that decide whether a change is in force, by kind and changed item."""
    entries_by_kind: dict[ChangeKind, dict[ItemKey, list[Entry]]] = {}
    for entry in entries:
        for kind, key in _find_changed_items(lead, entry, now):
            entries_of_item = entries_by_kind.setdefault(kind, {}).setdefault(key, [])
            # The latest change of an item decides. But each change of a role can have relaxed
            # another protection, so the rule reads them all.
            if kind is ChangeKind.ROLE or not entries_of_item:
                entries_of_item.append(entry)
    return entries_by_kind


def _build_lead_change(kind: ChangeKind, entry: Entry, item: Item) -> LeadChange:
    """Return the change, with the time of its entry and the names of the changed item."""
    target = target_of(item)
    return LeadChange(
        kind=kind,
        at=entry.at,
        engagement=target.get("engagement", ""),
        role=target.get("role", ""),
        member=target.get("subject", ""),
        id=target.get("approver", ""),
    )


def _find_changed_items(
    lead: str, entry: Entry, now: datetime
) -> Iterator[tuple[ChangeKind, ItemKey]]:
    """Yield the kind of each change in the entry, and the key of the item that shows whether the
    change is in force. One operation can be several changes."""
    member_id, role_key = entry.subject or lead, (entry.engagement, entry.role)
    match entry.action:
        case Action.GRANT_CREATE | Action.GRANT_CHANGE:
            yield (
                ChangeKind.OWN_GRANT if member_id == lead else ChangeKind.GRANT,
                (entry.engagement, member_id),
            )
        case Action.APPROVER_CREATE:
            yield ChangeKind.APPROVER, (entry.engagement, entry.detail("approver"))
        case Action.APPROVAL_POLICY_CHANGE:
            yield ChangeKind.APPROVALS, role_key
        case Action.ROLE_OVERRIDE:
            yield ChangeKind.OVERRIDE, role_key
        case Action.ENGAGEMENT_IMPORT:
            yield ChangeKind.IMPORT, (entry.engagement,)
        case Action.ENGAGEMENT_REOPEN:
            yield ChangeKind.REOPENED, (entry.engagement,)
        case Action.ENGAGEMENT_CHANGE | Action.ENGAGEMENT_RENEW if entry.detail("former_ends_at"):
            previous_end = _parse_moment(entry, "former_ends_at")
            end = _parse_moment(entry, "ends_at")
            if previous_end <= now and previous_end < end:
                yield ChangeKind.REOPENED, (entry.engagement,)
    if entry.details.get("widened"):
        yield ChangeKind.ROLE, role_key
    # The roles of a new engagement that allow chaining: their sessions may assume further roles.
    for name in entry.details.get("chaining", "").split():
        yield ChangeKind.ROLE, (entry.engagement, name)
    if entry.details.get("asks_for") == "everything":
        yield ChangeKind.ADMIN_ROLE, role_key


def _parse_moment(entry: Entry, name: str) -> datetime:
    """Return the time in this detail of the entry."""
    return datetime.fromisoformat(entry.detail(name))


def _is_grant_in_force(facts: RuleFacts, lead: Member, grant: Grant, entry: Entry) -> bool:
    """Return whether the grant is current or upcoming, and the lead's."""
    # If another lead has created the grant again since, the lead's grant is no longer in force.
    is_by_lead = grant.granted_by == lead.id or entry.at >= grant.created_at
    return grant.is_current_or_upcoming(facts.now) and is_by_lead


def _is_approver_in_force(
    _facts: RuleFacts, lead: Member, approver: ClientApprover, _: Entry
) -> bool:
    """Return whether the person at the client waits for another lead to name them again: this lead
    named them, and no one at the client has confirmed them."""
    is_the_leads = approver.responsible_lead == lead.id and approver.confirmed_at is None
    return approver.may_approve and is_the_leads


def _is_policy_in_force(
    _facts: RuleFacts, _: Member, policy: ApprovalPolicy, _entry: Entry
) -> bool:
    return policy.allows_requests


def _is_override_in_force(facts: RuleFacts, lead: Member, role: Role, _: Entry) -> bool:
    override = role.override
    return override is not None and override.by == lead.id and role.is_overridden(facts.now)


def _is_engagement_open(facts: RuleFacts, _: Member, engagement: Engagement, entry: Entry) -> bool:
    """Return whether the engagement is not over and, after an import, still has the imported
    external ID."""
    is_import = entry.action is Action.ENGAGEMENT_IMPORT
    return not engagement.is_over(facts.now) and (not is_import or engagement.external_id_imported)


def _is_role_relaxed(_facts: RuleFacts, _: Member, role: Role, entry: Entry) -> bool:
    """Return whether the role is in use and a protection that this change relaxed is still
    relaxed."""
    is_relaxed = {
        RoleRelaxation.CHAINING: role.allows_chaining,
        RoleRelaxation.NO_REASON: not role.requires_reason,
        RoleRelaxation.OTHER_ARN: role.arn == entry.detail("arn"),
    }
    # The entry of a new engagement has no detail `widened`. It can only have allowed chaining.
    relaxations = entry.details.get("widened", "").split() or [RoleRelaxation.CHAINING]
    return role.ended_at is None and any(
        still_relaxed
        for relaxation, still_relaxed in is_relaxed.items()
        if relaxation in relaxations
    )


def _has_admin_policy(facts: RuleFacts, _: Member, role: Role, _entry: Entry) -> bool:
    """Return whether the role is in use and the client is still asked to grant administrator
    permissions."""
    # Imported here, because requests for sessions do not need it: they start faster without it.
    from chalicelib.domain.onboarding.setup.wildcards import grants_admin

    setup = pick(facts.items, RoleSetup, *role.key)
    policy = setup.permissions_policy if setup and role.ended_at is None else None
    return policy is not None and grants_admin(json.loads(policy))


_RULES: Mapping[ChangeKind, tuple[type[Item], Callable[[RuleFacts, Member, Any, Entry], bool]]] = {
    ChangeKind.OWN_GRANT: (Grant, _is_grant_in_force),
    ChangeKind.GRANT: (Grant, _is_grant_in_force),
    ChangeKind.APPROVER: (ClientApprover, _is_approver_in_force),
    ChangeKind.APPROVALS: (ApprovalPolicy, _is_policy_in_force),
    ChangeKind.OVERRIDE: (Role, _is_override_in_force),
    ChangeKind.REOPENED: (Engagement, _is_engagement_open),
    ChangeKind.IMPORT: (Engagement, _is_engagement_open),
    ChangeKind.ROLE: (Role, _is_role_relaxed),
    ChangeKind.ADMIN_ROLE: (Role, _has_admin_policy),
}
"""For each kind of change: the type of the changed item, and the function that returns whether the
change is still in force."""
