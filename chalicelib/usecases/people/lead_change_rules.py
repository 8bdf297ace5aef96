"""The changes by a lead that live on without them, and whether one still stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role, Widening
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import Action, Entry, target_of
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.usecases.ports import Ports


class ChangeKind(StrEnum):
    """What is set going, the worst first."""

    OWN_GRANT = "own-grant"
    """A grant to themself."""
    TOKEN = "token"
    """A token that somebody has got with a code of theirs."""
    LEAD = "lead"
    AUDITOR = "auditor"
    """Somebody who reads all of the trail."""
    MEMBER = "member"
    """Somebody whom they took in, let back in, or gave this kind, like the two before."""
    GRANT = "grant"
    OVERRIDE = "override"
    REOPENED = "reopened"
    """An engagement that would be over but for them."""
    ROLE = "role"
    """A role that they made less strict."""
    IMPORT = "import"
    """An engagement with an external ID that was chosen elsewhere, and is still in use."""
    ASKED = "asked"
    """A client who is asked for a role that may do everything."""
    LINK = "link"
    """To a client's page: dead with the suspension."""
    CODE = "code"
    """For enrolment, and not used: dead with the suspension."""


class LeadChange(Value, frozen=True, kw_only=True):
    """One thing that they set going, and when."""

    what: ChangeKind
    at: Moment
    engagement: str = ""
    role: str = ""
    member: str = ""
    id: str = ""
    """Of a token or a link."""


def changes_in_force(ports: Ports, lead: Member, entries: Sequence[Entry]) -> Iterator[LeadChange]:
    """Yield what is read from an entry and one item. `entries` are the lead's own, latest first."""
    done: dict[ChangeKind, dict[ItemKey, list[Entry]]] = {}
    for entry in entries:
        for what, name in _read(lead, entry, ports.now()):
            made = done.setdefault(what, {}).setdefault(name, [])
            if what is ChangeKind.ROLE or not made:  # a role is less strict by each of its changes
                made.append(entry)
    for what, by_name in done.items():
        kind, stands = _RULES[what]
        for item in ports.state.get_many(kind, by_name).values():
            standing = [one for one in by_name[item.key] if stands(ports, lead, item, one)]
            if standing:
                yield _deed(what, standing[0], item)


def _deed(what: ChangeKind, entry: Entry, item: Item) -> LeadChange:
    target = target_of(item)
    return LeadChange(
        what=what,
        at=entry.at,
        engagement=target.get("engagement", ""),
        role=target.get("role", ""),
        member=target.get("subject", ""),
    )


def _read(lead: Member, entry: Entry, now: datetime) -> Iterator[tuple[ChangeKind, ItemKey]]:
    """Yield what the entry may have set going, and the key of the item that tells if it stands."""
    about, role = entry.subject or lead.id, (entry.engagement, entry.role)
    match entry.action:
        case Action.GRANT_CREATE | Action.GRANT_CHANGE:
            yield (
                ChangeKind.OWN_GRANT if about == lead.id else ChangeKind.GRANT,
                (entry.engagement, about),
            )
        case Action.ROLE_OVERRIDE:
            yield ChangeKind.OVERRIDE, role
        case Action.ENGAGEMENT_IMPORT:
            yield ChangeKind.IMPORT, (entry.engagement,)
        case Action.ENGAGEMENT_REOPEN:
            yield ChangeKind.REOPENED, (entry.engagement,)
        case Action.ENGAGEMENT_CHANGE | Action.ENGAGEMENT_RENEW if entry.detail("former_ends_at"):
            former, end = _moment(entry, "former_ends_at"), _moment(entry, "ends_at")
            if former <= now and former < end:
                yield ChangeKind.REOPENED, (entry.engagement,)
    if entry.details.get("widened"):
        yield ChangeKind.ROLE, role
    for name in entry.details.get("chaining", "").split():  # as it was opened
        yield ChangeKind.ROLE, (entry.engagement, name)
    if entry.details.get("asks_for") == "everything":
        yield ChangeKind.ASKED, role


def _moment(entry: Entry, name: str) -> datetime:
    return datetime.fromisoformat(entry.detail(name))


def _is_theirs(ports: Ports, lead: Member, grant: Grant, entry: Entry) -> bool:
    # Another lead may have made it anew since they changed it.
    is_theirs = grant.granted_by == lead.id or entry.at >= grant.created_at
    return grant.stands(ports.now()) and is_theirs


def _is_overridden(ports: Ports, lead: Member, role: Role, _: Entry) -> bool:
    override = role.override
    return override is not None and override.by == lead.id and role.is_overridden(ports.now())


def _is_open(ports: Ports, _: Member, engagement: Engagement, entry: Entry) -> bool:
    is_import = entry.action is Action.ENGAGEMENT_IMPORT
    return not engagement.is_over(ports.now()) and (
        not is_import or engagement.external_id_imported
    )


def _is_less_strict(_ports: Ports, _: Member, role: Role, entry: Entry) -> bool:
    stands = {
        Widening.CHAINING: role.allows_chaining,
        Widening.NO_REASON: not role.requires_reason,
        Widening.OTHER_ARN: role.arn == entry.detail("arn"),
    }
    ways = entry.details.get("widened", "").split() or [Widening.CHAINING]
    return role.ended_at is None and any(is_so for way, is_so in stands.items() if way in ways)


def _grants_admin(ports: Ports, _: Member, role: Role, _entry: Entry) -> bool:
    # Here and not above: no container that vends waits for it.
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
    ChangeKind.ASKED: (Role, _grants_admin),
}
"""The kind of item that an entry's change is held against, and whether it still stands there."""
