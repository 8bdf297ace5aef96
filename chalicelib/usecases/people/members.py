"""Create, change, suspend and reinstate members, and manage their enrolment codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrolment, build_code_text
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Leads, Member
from chalicelib.domain.people.tokens import SECRET_BYTES
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import (
    Inline,
    Item,
    ShownOnce,
    Value,
    new_item,
    next_version,
    sent_fields,
)
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, revoke_secret, write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends

# All leads are in one item, and one transaction must be able to change them all.
MOST_LEADS = 50
LIFE = Lifetime(
    default=timedelta(hours=24),
    longest=timedelta(days=7),
    shortest=timedelta(minutes=10),
    refusal="An enrolment code is valid for 10 minutes to 7 days.",
)


class NewEnrolment(Value, frozen=True):
    """A new enrolment code, with its text."""

    enrolment: Inline[Enrolment] = field(name="of")
    code: ShownOnce[
        Annotated[
            str,
            Meta(
                description="Send this to the member. Shown only once; Daypass stores only its"
                " SHA-256."
            ),
        ]
    ]


class NewMember(Value, frozen=True):
    """A new member, and their enrolment code."""

    member: Inline[Member] = field(name="of")
    enrolment: NewEnrolment


def find_member(ports: Ports, member: str) -> Member:
    """Return the member. NotFound if there is none."""
    stored = ports.state.get(Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return stored


def create_member(ports: Ports, lead: Caller, request: CreateMember) -> NewMember:
    """Create a member, with an enrolment code for 24 hours. Conflict if the ID was ever used, or
    for a 51st lead."""
    if ports.state.get(Member, request.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    now = ports.now()
    member = new_item(Member, request, created_at=now, tokens_from=now)
    new = make_enrolment(ports, member.id, made_by=lead.actor, made_with=lead.token_id)
    edits: list[Edit] = [(None, member), (None, new.enrolment)]
    if member.kind is Kind.LEAD:
        edits.append(_leads_edit(ports, member.id, leads=True))
    write(ports, lead, Action.MEMBER_CREATE, *edits)
    return NewMember(member, new)


def change_member(ports: Ports, lead: Caller, member: str, request: ChangeMember) -> Member:
    """Change a member's name or kind. Conflict if this would leave no active lead, or 51. The codes
    and links of a lead who steps down become invalid for good."""
    old = find_member(ports, member)
    new = next_version(old, **sent_fields(request))
    edits: list[Edit] = []
    if (new.kind is Kind.LEAD) != (old.kind is Kind.LEAD):
        new = replace(new, leads_from=ports.now())
        if new.suspended_at is None:
            edits.append(_leads_edit(ports, member, leads=new.kind is Kind.LEAD))
    edits.insert(0, (old, new))
    write(ports, lead, Action.MEMBER_CHANGE, *edits)
    withhold_vends(ports, lead, new)
    return new


def revoke_member(ports: Ports, by: Actor, member: str, *, why: str) -> Revocation:
    """Suspend the member: all their tokens and codes become invalid for good, and no vend succeeds.

    Return the sessions that may still be alive, also if the member was suspended before. Conflict
    for the last active lead; but two leads who suspend each other at once both succeed.
    """

    def find() -> RevocationOrder:
        stored = find_member(ports, member)
        is_active_lead = stored.kind is Kind.LEAD and stored.suspended_at is None
        if is_active_lead and _leads(ports).members == {member}:
            raise Conflict(Reason.LAST_LEAD)
        return suspension(ports, stored, why)

    return revoke(ports, by, find)


def suspension(ports: Ports, member: Member, why: str) -> RevocationOrder:
    """Return the revocation that suspends a member. A lead's kind goes on the trail, because it
    makes the entry an alert."""

    def leads_without() -> Sequence[Item]:
        stored = ports.state.get(Leads)
        if stored is None or member.id not in stored.members:
            return ()
        leads = _leads(ports)  # may be none, if two leads suspend each other
        return (next_version(leads, members=leads.members - {member.id}),)

    if member.kind is not Kind.LEAD:
        return RevocationOrder(member, Action.MEMBER_REVOKE, {"said": why})
    details = {"said": why, "kind": Kind.LEAD.value}
    return RevocationOrder(member, Action.MEMBER_REVOKE, details, leads_without)


def reinstate_member(ports: Ports, lead: Caller, member: str) -> Member:
    """Reinstate a suspended member. They need a new code; their grants are unchanged."""
    old = find_member(ports, member)
    if old.suspended_at is None:
        raise Conflict(Reason.NOT_ENDED)
    # A code created while the suspension was written is newer than the suspension. Moving
    # `tokens_from` to now invalidates it too: no code is created or accepted during a suspension.
    new = next_version(old, suspended_at=None, tokens_from=ports.now())
    edits: list[Edit] = [(old, new)]
    if old.kind is Kind.LEAD:
        edits.append(_leads_edit(ports, member, leads=True))
    write(ports, lead, Action.MEMBER_REINSTATE, *edits)
    return new


def make_enrolment(
    ports: Ports,
    member: str,
    *,
    made_by: str,
    made_with: str = "",
    expires_at: datetime | None = None,
    over: Enrolment | None = None,
) -> NewEnrolment:
    """Return a new code for the member: for 24 hours by default, or for 10 minutes to 7 days
    (InvalidRequest)."""
    now = ports.now()
    text = build_code_text(member, ports.random(SECRET_BYTES))
    enrolment = Enrolment(
        member=member,
        hash=hash_of(text),
        made_by=made_by,
        made_with=made_with,
        created_at=now,
        expires_at=LIFE.end(now, expires_at),
        version=1 if over is None else over.version + 1,
    )
    return NewEnrolment(enrolment, text)


def find_enrolment(ports: Ports, member: str) -> Enrolment:
    """Return the member's last code, valid or not. NotFound if there is none."""
    find_member(ports, member)
    enrolment = ports.state.get(Enrolment, member)
    if enrolment is None:
        raise NotFound(Reason.NO_SUCH_ENROLMENT)
    return enrolment


def create_enrolment(
    ports: Ports, lead: Caller, member: str, *, expires_at: datetime | None = None
) -> NewEnrolment:
    """Create a code that replaces the member's last one, as `make_enrolment`. Conflict for a
    suspended member."""
    owner = find_member(ports, member)
    if owner.suspended_at is not None:
        raise Conflict(Reason.ALREADY_ENDED, "This member is suspended. Reinstate them first.")
    old = ports.state.get(Enrolment, member)
    new = make_enrolment(
        ports,
        member,
        made_by=lead.actor,
        made_with=lead.token_id,
        expires_at=expires_at,
        over=old,
    )
    write(ports, lead, Action.ENROLMENT_CREATE, (None, new.enrolment), preconditions=[owner])
    return new


def revoke_enrolment(ports: Ports, lead: Caller, member: str, *, why: str) -> Enrolment:
    """Revoke the member's code. A second revocation changes nothing. Conflict if the code was used:
    the token must be revoked instead."""

    def find() -> Enrolment:
        enrolment = find_enrolment(ports, member)
        if enrolment.used_at is not None:
            raise Conflict(
                Reason.ALREADY_ENDED, "This code has been used already. Revoke the token instead."
            )
        return enrolment

    return revoke_secret(ports, lead, Action.ENROLMENT_REVOKE, find, why=why)


def active_leads(ports: Ports, leads: Leads | None) -> list[Member]:
    """Return the active leads by their own items, sorted by ID. `leads` may still list one whose
    suspension could not be written there."""
    members = ports.state.get_many(
        Member, [(lead,) for lead in sorted(leads.members if leads else ())]
    )
    return [
        member
        for member in members.values()
        if member.kind is Kind.LEAD and member.suspended_at is None
    ]


def _leads(ports: Ports) -> Leads:
    """Return the active leads, at the version of the stored item."""
    leads = ports.state.get(Leads) or Leads(members=frozenset(), version=0)
    active = frozenset(member.id for member in active_leads(ports, leads))
    return replace(leads, members=active)


def _leads_edit(ports: Ports, member: str, *, leads: bool) -> Edit:
    """Return the edit that adds the member to the active leads or removes them. Conflict for none
    or too many."""
    old = _leads(ports)
    members = old.members | {member} if leads else old.members - {member}
    if not members:
        raise Conflict(Reason.LAST_LEAD)
    if len(members) > MOST_LEADS and len(members) > len(old.members):
        raise Conflict(Reason.TOO_MANY_LEADS)
    return old, next_version(old, members=members)
