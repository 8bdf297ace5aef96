"""Our people: take in, change, suspend, take back; and the enrolment codes that leads send them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrolment, code_text
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

# They are one item, and what is to be done to all of them is done in one step.
MOST_LEADS = 50
LIFE = Lifetime(
    default=timedelta(hours=24),
    longest=timedelta(days=7),
    shortest=timedelta(minutes=10),
    refusal="An enrolment code lives for 10 minutes at least, and for 7 days at most.",
)


class NewEnrolment(Value, frozen=True):
    """A code at the one moment at which its text is known."""

    enrolment: Inline[Enrolment] = field(name="of")
    code: ShownOnce[
        Annotated[
            str,
            Meta(
                description="To be sent to the member. Shown this once; Daypass keeps only its"
                " SHA-256."
            ),
        ]
    ]


class NewMember(Value, frozen=True):
    """A new member, and the code to send to them."""

    member: Inline[Member] = field(name="of")
    enrolment: NewEnrolment


def find_member(ports: Ports, member: str) -> Member:
    """The member, or NotFound."""
    found = ports.state.get(Member, member)
    if found is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return found


def create_member(ports: Ports, lead: Caller, asked: CreateMember) -> NewMember:
    """Make a member, with a code for 24 hours. Conflict if the id has ever been used, and for a
    51st lead."""
    if ports.state.get(Member, asked.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    now = ports.now()
    member = new_item(Member, asked, created_at=now, tokens_from=now)
    new = make_enrolment(ports, member.id, made_by=lead.actor, made_with=lead.token_id)
    edits: list[Edit] = [(None, member), (None, new.enrolment)]
    if member.kind is Kind.LEAD:
        edits.append(_leading(ports, member.id, leads=True))
    write(ports, lead, Action.MEMBER_CREATE, *edits)
    return NewMember(member, new)


def change_member(ports: Ports, lead: Caller, member: str, asked: ChangeMember) -> Member:
    """Give another name or kind. Conflict if it would leave no active lead, or 51. With a lead who
    steps down the codes that they made are dead for good."""
    old = find_member(ports, member)
    new = next_version(old, **sent_fields(asked))
    edits: list[Edit] = []
    if (new.kind is Kind.LEAD) != (old.kind is Kind.LEAD):
        new = replace(new, leads_from=ports.now())
        if new.suspended_at is None:
            edits.append(_leading(ports, member, leads=new.kind is Kind.LEAD))
    edits.insert(0, (old, new))
    write(ports, lead, Action.MEMBER_CHANGE, *edits)
    withhold_vends(ports, lead, new)
    return new


def revoke_member(ports: Ports, by: Actor, member: str, *, why: str) -> Revocation:
    """Suspend the member: every token and code is dead for good, and nothing is vended to them.

    Returns the sessions that may still be alive, again where it was done before. Conflict if they
    are the last active lead; two leads who suspend each other at the same moment both succeed.
    """

    def find() -> RevocationOrder:
        found = find_member(ports, member)
        is_active_lead = found.kind is Kind.LEAD and found.suspended_at is None
        if is_active_lead and _leads(ports).members == {member}:
            raise Conflict(Reason.LAST_LEAD)
        return suspension(ports, found, why)

    return revoke(ports, by, find)


def suspension(ports: Ports, member: Member, why: str) -> RevocationOrder:
    """Return what a member's suspension is asked for. Whoever reads the trail for the leads has to
    know that it was one of them."""

    def leads_without() -> Sequence[Item]:
        stored = ports.state.get(Leads)
        if stored is None or member.id not in stored.members:
            return ()
        leads = _leads(ports)  # none, if two suspend each other
        return (next_version(leads, members=leads.members - {member.id}),)

    if member.kind is not Kind.LEAD:
        return RevocationOrder(member, Action.MEMBER_REVOKE, {"said": why})
    details = {"said": why, "kind": Kind.LEAD.value}
    return RevocationOrder(member, Action.MEMBER_REVOKE, details, leads_without)


def reinstate_member(ports: Ports, lead: Caller, member: str) -> Member:
    """Let a suspended member back in. They need a new code; their grants stand as they were."""
    old = find_member(ports, member)
    if old.suspended_at is None:
        raise Conflict(Reason.NOT_ENDED)
    # A code that was made while the suspension was being written is newer than that, but not than
    # this: none is made for a suspended member, and none of theirs is taken.
    new = next_version(old, suspended_at=None, tokens_from=ports.now())
    edits: list[Edit] = [(old, new)]
    if old.kind is Kind.LEAD:
        edits.append(_leading(ports, member, leads=True))
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
    """Make the member's next code: for 24 hours, or for 10 minutes to 7 days (InvalidRequest)."""
    now = ports.now()
    text = code_text(member, ports.random(SECRET_BYTES))
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
    """The member's last code, whatever became of it, or NotFound."""
    find_member(ports, member)
    found = ports.state.get(Enrolment, member)
    if found is None:
        raise NotFound(Reason.NO_SUCH_ENROLMENT)
    return found


def create_enrolment(
    ports: Ports, lead: Caller, member: str, *, expires_at: datetime | None = None
) -> NewEnrolment:
    """Make another code for the member, in place of the one before. As `make_enrolment`; Conflict
    for a suspended member."""
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
    """Revoke the member's code; again changes nothing. Conflict if it has been used: it is the
    token that is to be revoked then."""

    def find() -> Enrolment:
        found = find_enrolment(ports, member)
        if found.used_at is not None:
            raise Conflict(
                Reason.ALREADY_ENDED, "This code has been used already. Revoke the token instead."
            )
        return found

    return revoke_secret(ports, lead, Action.ENROLMENT_REVOKE, find, why=why)


def active_leads(ports: Ports, leads: Leads | None) -> list[Member]:
    """Return the leads who are active by their own items, sorted by ID. `leads` may still hold one
    whose suspension could not be written there."""
    members = ports.state.get_many(
        Member, [(lead,) for lead in sorted(leads.members if leads else ())]
    )
    return [
        member
        for member in members.values()
        if member.kind is Kind.LEAD and member.suspended_at is None
    ]


def _leads(ports: Ports) -> Leads:
    """Return the active leads as the item to be written over the present one."""
    leads = ports.state.get(Leads) or Leads(members=frozenset(), version=0)
    active = frozenset(member.id for member in active_leads(ports, leads))
    return replace(leads, members=active)


def _leading(ports: Ports, member: str, *, leads: bool) -> Edit:
    """Return the edit of the active leads with the member, or without. Conflict for one too many,
    and for none."""
    old = _leads(ports)
    members = old.members | {member} if leads else old.members - {member}
    if not members:
        raise Conflict(Reason.LAST_LEAD)
    if len(members) > MOST_LEADS and len(members) > len(old.members):
        raise Conflict(Reason.TOO_MANY_LEADS)
    return old, next_version(old, members=members)
