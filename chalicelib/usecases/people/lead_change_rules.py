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
from chalicelib.domain.values import Item, ItemKey, Value, shown_property
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports


class ChangeKind(StrEnum):
    """The kind of a lead's change, the most dangerous first."""

    OWN_GRANT = "own-grant"
    """They gave themself a grant."""
    TOKEN = "token"
    """A token came from an enrolment code of theirs, and works."""
    LEAD = "lead"
    """They created or reinstated a lead, or made someone one."""
    AUDITOR = "auditor"
    """They created or reinstated an auditor, who can read the whole trail, or made someone one."""
    MEMBER = "member"
    """They created or reinstated an ordinary member, or made someone one."""
    GRANT = "grant"
    """They gave someone a grant."""
    APPROVER = "approver"
    """They named an approver at the client, who does not count until another lead names them again,
    or someone at the client confirms them."""
    APPROVALS = "approvals"
    """They changed who approves requests. If no other lead has changed it since, no one can approve
    by it until one saves it again."""
    OVERRIDE = "override"
    """They let Daypass issue sessions from an unverified role."""
    REOPENED = "reopened"
    """They reopened the engagement, or moved its end after it was over."""
    ROLE = "role"
    """They made a role less strict: its sessions may assume further roles, need no reason, or come
    from another ARN."""
    IMPORT = "import"
    """They imported the engagement's external ID, which is still in use."""
    ADMIN_ROLE = "admin-role"
    """The client is asked to give this role administrator permissions."""
    LINK = "link"
    """They created a link to a client's page. The suspension made it invalid."""
    CODE = "code"
    """They created an enrolment code, which no one has used. The suspension made it invalid."""

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    ChangeKind.OWN_GRANT: "They gave themself a grant.",
    ChangeKind.TOKEN: "A token came from a code of theirs, and works.",
    ChangeKind.LEAD: "They made someone a lead, or reinstated them.",
    ChangeKind.AUDITOR: "They made someone an auditor, who can read the whole trail.",
    ChangeKind.MEMBER: "They created a member, or reinstated one.",
    ChangeKind.GRANT: "They gave someone a grant.",
    ChangeKind.APPROVER: "They named an approver at the client, who does not count until another"
    " lead names them again, or someone at the client confirms them.",
    ChangeKind.APPROVALS: "They changed who approves requests. If no other lead has changed it"
    " since, no one approves by it until one saves it again.",
    ChangeKind.OVERRIDE: "They let Daypass issue sessions from an unverified role.",
    ChangeKind.REOPENED: "They reopened the engagement, or moved its end after it was over.",
    ChangeKind.ROLE: "They made a role less strict: its sessions may assume further roles, need"
    " no reason, or come from another ARN.",
    ChangeKind.IMPORT: "They imported the external ID, which is still in use.",
    ChangeKind.ADMIN_ROLE: "The client is asked to give this role administrator permissions.",
    ChangeKind.LINK: "They created a link to a client’s page, which no longer works.",
    ChangeKind.CODE: "They created an enrolment code, which no longer works.",
}


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

    @shown_property
    def text(self) -> str:
        """The change in a sentence."""
        return self.kind.text


class RuleFacts(Value, frozen=True, kw_only=True):
    """The stored items that show which changes are in force, as of one time."""

    items: Mapping[MixedKey, Item]
    now: datetime


def find_changes_in_force(
    ports: Ports, lead: Member, entries: Sequence[Entry]
) -> Iterator[LeadChange]:
    """Yield the lead's changes that are still in force, by the rules in `_RULES`. `entries` are the
    trail entries of the lead's operations, latest first."""
    now = ports.now()
    grouped = _group_by_item(lead.id, entries, now)
    keys = [(_RULES[kind][0], key) for kind, by_key in grouped.items() for key in by_key]
    setups = [(RoleSetup, key) for key in grouped.get(ChangeKind.ADMIN_ROLE, ())]
    facts = RuleFacts(items=ports.state.get_together([*keys, *setups]), now=now)
    for kind, entries_by_key in grouped.items():
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
