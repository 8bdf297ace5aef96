"""Define which of a suspended lead's changes count as still in force. Each rule reads one trail
entry and one item."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role, RoleRelaxation
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import Action, Entry, target_of
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.usecases.ports import Ports


class ChangeKind(StrEnum):
    """The kind of a lead's change, the most dangerous first."""

    OWN_GRANT = "own-grant"
    """A grant to themselves."""
    TOKEN = "token"
    """A token that someone got with the lead's enrolment code."""
    LEAD = "lead"
    AUDITOR = "auditor"
    """A member who can read the whole trail."""
    MEMBER = "member"
    """A member that they created, reinstated or gave this kind. The same holds for `lead` and
    `auditor`."""
    GRANT = "grant"
    OVERRIDE = "override"
    REOPENED = "reopened"
    """An engagement that would be over without their change."""
    ROLE = "role"
    """A role that they made less strict."""
    IMPORT = "import"
    """An engagement with an imported external ID that is still in use."""
    ADMIN_ROLE = "admin-role"
    """A role for which the client is asked to grant administrator permissions."""
    LINK = "link"
    """A link to a client's page. The suspension invalidated it."""
    CODE = "code"
    """An unused enrolment code. The suspension invalidated it."""


class LeadChange(Value, frozen=True, kw_only=True):
    """One change by the lead that is still in force."""

    kind: ChangeKind
    at: Moment
    engagement: str = ""
    role: str = ""
    member: str = ""
    id: str = ""
    """The ID of a token or a link."""


def changes_in_force(ports: Ports, lead: Member, entries: Sequence[Entry]) -> Iterator[LeadChange]:
    """Yield the changes that are still in force and visible in one entry and one item. `entries`
    are the lead's own, latest first."""
    entries_of_change: dict[ChangeKind, dict[ItemKey, list[Entry]]] = {}
    for entry in entries:
        for kind, key in _kinds_and_keys(lead, entry, ports.now()):
            entries_of_key = entries_of_change.setdefault(kind, {}).setdefault(key, [])
            if kind is ChangeKind.ROLE or not entries_of_key:  # each change can relax a role
                entries_of_key.append(entry)
    for kind, by_key in entries_of_change.items():
        item_type, is_in_force = _RULES[kind]
        for item in ports.state.get_many(item_type, by_key).values():
            matching = [
                entry for entry in by_key[item.key] if is_in_force(ports, lead, item, entry)
            ]
            if matching:
                yield _lead_change(kind, matching[0], item)


def _lead_change(kind: ChangeKind, entry: Entry, item: Item) -> LeadChange:
    target = target_of(item)
    return LeadChange(
        kind=kind,
        at=entry.at,
        engagement=target.get("engagement", ""),
        role=target.get("role", ""),
        member=target.get("subject", ""),
    )


def _kinds_and_keys(
    lead: Member, entry: Entry, now: datetime
) -> Iterator[tuple[ChangeKind, ItemKey]]:
    """Yield the kind of each change in the entry, and the key of the item that shows whether it is
    in force."""
    member_id, role_key = entry.subject or lead.id, (entry.engagement, entry.role)
    match entry.action:
        case Action.GRANT_CREATE | Action.GRANT_CHANGE:
            yield (
                ChangeKind.OWN_GRANT if member_id == lead.id else ChangeKind.GRANT,
                (entry.engagement, member_id),
            )
        case Action.ROLE_OVERRIDE:
            yield ChangeKind.OVERRIDE, role_key
        case Action.ENGAGEMENT_IMPORT:
            yield ChangeKind.IMPORT, (entry.engagement,)
        case Action.ENGAGEMENT_REOPEN:
            yield ChangeKind.REOPENED, (entry.engagement,)
        case Action.ENGAGEMENT_CHANGE | Action.ENGAGEMENT_RENEW if entry.detail("former_ends_at"):
            previous_end, end = _moment(entry, "former_ends_at"), _moment(entry, "ends_at")
            if previous_end <= now and previous_end < end:
                yield ChangeKind.REOPENED, (entry.engagement,)
    if entry.details.get("widened"):
        yield ChangeKind.ROLE, role_key
    for name in entry.details.get("chaining", "").split():  # as it was opened
        yield ChangeKind.ROLE, (entry.engagement, name)
    if entry.details.get("asks_for") == "everything":
        yield ChangeKind.ADMIN_ROLE, role_key


def _moment(entry: Entry, name: str) -> datetime:
    return datetime.fromisoformat(entry.detail(name))


def _is_theirs(ports: Ports, lead: Member, grant: Grant, entry: Entry) -> bool:
    # Another lead may have created the grant again since.
    is_theirs = grant.granted_by == lead.id or entry.at >= grant.created_at
    return grant.is_current_or_upcoming(ports.now()) and is_theirs


def _is_overridden(ports: Ports, lead: Member, role: Role, _: Entry) -> bool:
    override = role.override
    return override is not None and override.by == lead.id and role.is_overridden(ports.now())


def _is_open(ports: Ports, _: Member, engagement: Engagement, entry: Entry) -> bool:
    is_import = entry.action is Action.ENGAGEMENT_IMPORT
    return not engagement.is_over(ports.now()) and (
        not is_import or engagement.external_id_imported
    )


def _is_less_strict(_ports: Ports, _: Member, role: Role, entry: Entry) -> bool:
    is_relaxed = {
        RoleRelaxation.CHAINING: role.allows_chaining,
        RoleRelaxation.NO_REASON: not role.requires_reason,
        RoleRelaxation.OTHER_ARN: role.arn == entry.detail("arn"),
    }
    relaxations = entry.details.get("widened", "").split() or [RoleRelaxation.CHAINING]
    return role.ended_at is None and any(
        applies for relaxation, applies in is_relaxed.items() if relaxation in relaxations
    )


def _grants_admin(ports: Ports, _: Member, role: Role, _entry: Entry) -> bool:
    # Imported here, so that vends do not wait for it.
    from chalicelib.domain.onboarding.setup.wildcards import grants_admin

    setup = ports.state.get(RoleSetup, role.engagement, role.name)
    policy = setup.own_policy if setup and role.ended_at is None else None
    return policy is not None and grants_admin(json.loads(policy))


_RULES: Mapping[ChangeKind, tuple[type[Item], Callable[[Ports, Member, Any, Entry], bool]]] = {
    ChangeKind.OWN_GRANT: (Grant, _is_theirs),
    ChangeKind.GRANT: (Grant, _is_theirs),
    ChangeKind.OVERRIDE: (Role, _is_overridden),
    ChangeKind.REOPENED: (Engagement, _is_open),
    ChangeKind.IMPORT: (Engagement, _is_open),
    ChangeKind.ROLE: (Role, _is_less_strict),
    ChangeKind.ADMIN_ROLE: (Role, _grants_admin),
}
"""The type of the item that shows a change, and the check whether the change is still in force
there."""
