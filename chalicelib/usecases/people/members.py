"""Create, change, suspend and reinstate members, and manage their enrolment codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import (
    CodeProblem,
    CreateEnrolment,
    Enrolment,
    build_code_text,
    find_problem_without_maker,
)
from chalicelib.domain.people.members import (
    ChangeMember,
    CreateMember,
    Kind,
    Leads,
    Member,
    MemberState,
)
from chalicelib.domain.people.tokens import SECRET_BYTES
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action, Edit
from chalicelib.domain.values import (
    Inline,
    Item,
    ShownOnce,
    Value,
    new_item,
    next_version,
    sent_fields,
    shown_property,
)
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.questions import ROWS, IdFilters, Question
from chalicelib.usecases.recording import Actor, revoke_secret, write
from chalicelib.usecases.vending.given_approvals import complete_approver_revocation
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends

MAX_LEADS = 50
"""The most active leads. One item lists them all, and one transaction must be able to change all
their members."""
LIFE = Lifetime(
    default=timedelta(hours=24),
    longest=timedelta(days=7),
    shortest=timedelta(minutes=10),
    refusal="The end of an enrolment code must be 10 minutes to 7 days from now.",
)
CODE_OF_USUAL_LIFE = CreateEnrolment()


class NewEnrolment(Value, frozen=True):
    """A new enrolment code, with its text."""

    enrolment: Inline[Enrolment] = field(name="of")
    code: ShownOnce[
        Annotated[
            str,
            Meta(
                description="The code's text, to send to the member. Only this response contains"
                " the text: Daypass stores its SHA-256."
            ),
        ]
    ]


class NewMember(Value, frozen=True):
    """A new member, and their enrolment code."""

    member: Inline[Member] = field(name="of")
    enrolment: NewEnrolment


def find_member(ports: Ports, member: str) -> Member:
    """Return the member with this ID. Raise NotFound if no such member exists."""
    stored = ports.state.get(Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return stored


class MemberRow(Value, frozen=True, kw_only=True):
    """A member, and whether a code lets someone in as them."""

    member: Inline[Member] = field(name="of")
    has_open_code: bool | None
    """True if their enrolment code is unused, not revoked and not expired. null if it could not be
    read."""

    @shown_property
    def state(self) -> MemberState:
        return self.member.state

    @property
    def open_code(self) -> str:
        return {True: "yes", False: "no", None: "could not be read"}[self.has_open_code]

    @property
    def since(self) -> datetime:
        """Return since when the member is in this state."""
        return self.member.left_at or self.member.suspended_at or self.member.kind_since


def list_members(
    ports: Ports, *, limit: int = ROWS, cursor: str = "", starts_with: str = ""
) -> Page[MemberRow]:
    """Return a page of the members whose IDs begin with a text, by ID. It has 25 rows at most."""
    page = ports.state.list(Member, limit=min(limit, ROWS), cursor=cursor, starts_with=starts_with)
    keys = [(member.id,) for member in page.items]
    codes = read_part(lambda: ports.state.get_many(Enrolment, keys))
    now = ports.now()

    def has_open_code(member: Member) -> bool | None:
        code = codes.get((member.id,)) if codes is not None else None
        is_open = code is not None and find_problem_without_maker(code, member, now) is None
        return is_open if codes is not None else None

    rows = (MemberRow(member=each, has_open_code=has_open_code(each)) for each in page.items)
    return Page(tuple(rows), page.cursor)


MEMBERS: Question[MemberRow, IdFilters] = Question(
    name="members",
    title="People",
    kinds=READERS,
    columns=(
        ("member.id", "Member"),
        ("member.name", "Name"),
        ("member.kind", "Kind"),
        ("state", "State"),
        ("since", "Since"),
        ("open_code", "Open code"),
    ),
    empty="No member has such an ID.",
    ask=lambda ports, _, filters: list_members(
        ports, limit=filters.limit, cursor=filters.cursor, starts_with=filters.starts_with
    ),
)


def create_member(ports: Ports, lead: Caller, request: CreateMember) -> NewMember:
    """Create a member and an enrolment code for them, valid for 24 hours, and return both. Raise
    Conflict if a member ever had this ID, or if there would be more than MAX_LEADS leads."""
    if ports.state.get(Member, request.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    now = ports.now()
    member = new_item(
        Member,
        request,
        created_at=now,
        tokens_from=now,
    )
    new = build_enrolment(ports, member.id, made_by=lead.actor, made_with=lead.token_id)
    edits: list[Edit] = [(None, member), (None, new.enrolment)]
    if member.kind is Kind.LEAD:
        edits.append(_build_leads_edit(ports, member.id, is_lead=True))
    write(ports, lead, Action.MEMBER_CREATE, *edits)
    return NewMember(member, new)


def change_member(ports: Ports, lead: Caller, member: str, request: ChangeMember) -> Member:
    """Change a member's name or kind, and return the member.

    If a lead becomes another kind, the codes and links that they created become invalid for good.
    Sessions that are being issued and that the new kind may not get are not handed over. Raise
    Conflict if no active lead would be left, or more than MAX_LEADS.
    """
    old = find_member(ports, member)
    new = next_version(old, **sent_fields(request))
    if new.kind is not old.kind:
        new = replace(new, kind_set_at=ports.now())
    edits: list[Edit] = []
    if (new.kind is Kind.LEAD) != (old.kind is Kind.LEAD):
        new = replace(new, leads_from=ports.now())
        if new.suspended_at is None:
            edits.append(_build_leads_edit(ports, member, is_lead=new.kind is Kind.LEAD))
    edits.insert(0, (old, new))
    write(ports, lead, Action.MEMBER_CHANGE, *edits)
    withhold_vends(ports, lead, new)
    return new


def revoke_member(ports: Ports, by: Actor, member: str, *, why: str) -> Revocation:
    """Suspend the member. All their tokens and enrolment codes become invalid for good, and they
    can get no session. Also revoke the access of others that they helped to approve.

    Return the sessions of both that may still be alive, also if the member was suspended before.
    Raise Conflict for the last active lead. But if two leads suspend each other at the same time,
    both suspensions can succeed.
    """

    def find_order() -> RevocationOrder:
        stored = find_member(ports, member)
        is_active_lead = stored.kind is Kind.LEAD and stored.suspended_at is None
        if is_active_lead and _find_leads(ports).members == {member}:
            raise Conflict(Reason.LAST_LEAD)
        return build_suspension(ports, stored, why)

    return revoke(ports, by, find_order, complete_approver_revocation)


def build_suspension(ports: Ports, member: Member, why: str) -> RevocationOrder:
    """Return the order to suspend the member, for `revoke` or `begin_revocation`. For a lead, the
    trail entry has the detail `kind`, so that the other leads are alerted."""

    def remove_from_leads() -> Sequence[Item]:
        stored = ports.state.get(Leads)
        if stored is None or member.id not in stored.members:
            return ()
        leads = _find_leads(ports)  # empty if two leads suspend each other at the same time
        return (next_version(leads, members=leads.members - {member.id}),)

    if member.kind is not Kind.LEAD:
        return RevocationOrder(member, Action.MEMBER_REVOKE, {"said": why})
    details = {"said": why, "kind": Kind.LEAD.value}
    return RevocationOrder(member, Action.MEMBER_REVOKE, details, remove_from_leads)


def reinstate_member(ports: Ports, lead: Caller, member: str) -> Member:
    """Reinstate a suspended member, and return the member. Their grants are unchanged, but they
    need a new enrolment code. Raise Conflict if the member is not suspended, or if there would be
    more than MAX_LEADS leads."""
    old = find_member(ports, member)
    if old.suspended_at is None:
        raise Conflict(Reason.NOT_ENDED)
    # Setting `tokens_from` to now makes all older codes invalid. This includes a code that a
    # request created while the suspension was being written, and that is newer than the suspension.
    now = ports.now()
    new = next_version(
        old,
        suspended_at=None,
        left_at=None,
        tokens_from=now,
        kind_set_at=now,
    )
    edits: list[Edit] = [(old, new)]
    if old.kind is Kind.LEAD:
        edits.append(_build_leads_edit(ports, member, is_lead=True))
    write(ports, lead, Action.MEMBER_REINSTATE, *edits)
    return new


def build_enrolment(
    ports: Ports,
    member: str,
    *,
    made_by: str,
    made_with: str = "",
    request: CreateEnrolment = CODE_OF_USUAL_LIFE,
    previous: Enrolment | None = None,
) -> NewEnrolment:
    """Return a new enrolment code for the member, to be stored in place of the `previous` one.

    It is valid until the request's `expires_at`, or for 24 hours. Raise InvalidRequest if that is
    not 10 minutes to 7 days from now. `made_by` is the member or operator who creates the code, and
    `made_with` the ID of their token.
    """
    now = ports.now()
    text = build_code_text(member, ports.random(SECRET_BYTES))
    enrolment = new_item(
        Enrolment,
        request,
        member=member,
        hash=hash_of(text),
        made_by=made_by,
        made_with=made_with,
        created_at=now,
        expires_at=LIFE.choose_end(now, request.expires_at),
        version=1 if previous is None else previous.version + 1,
    )
    return NewEnrolment(enrolment, text)


def find_enrolment(ports: Ports, member: str) -> Enrolment:
    """Return the member's latest enrolment code, valid or not. Raise NotFound if the member or the
    code does not exist."""
    find_member(ports, member)
    enrolment = ports.state.get(Enrolment, member)
    if enrolment is None:
        raise NotFound(Reason.NO_SUCH_ENROLMENT)
    return enrolment


class ShownEnrolment(Value, frozen=True, kw_only=True):
    """A member's last enrolment code without its text."""

    enrolment: Inline[Enrolment] = field(name="of")
    status: str
    """`open`, or why the code is not valid."""

    @property
    def is_open(self) -> bool:
        return self.status == "open"


def read_enrolment(ports: Ports, member: str) -> ShownEnrolment:
    """Return the member's last code with its status. Raise NotFound if the member or the code does
    not exist.

    The list of leads shows whether its maker still leads; only the exchange of the code reads the
    maker's token too.
    """
    owner, enrolment = find_member(ports, member), find_enrolment(ports, member)
    problem = find_problem_without_maker(enrolment, owner, ports.now())
    leads = ports.state.get(Leads)
    if problem is None and enrolment.made_by not in {OPERATOR, *(leads.members if leads else ())}:
        problem = CodeProblem.MAKER_REVOKED
    return ShownEnrolment(enrolment=enrolment, status=problem.text if problem else "open")


def create_enrolment(
    ports: Ports, lead: Caller, member: str, request: CreateEnrolment = CODE_OF_USUAL_LIFE
) -> NewEnrolment:
    """Create an enrolment code for the member, and return it. It replaces the member's previous
    code. Raise Conflict for a suspended member, and InvalidRequest for an end that
    `build_enrolment` refuses."""
    owner = find_member(ports, member)
    if owner.suspended_at is not None:
        raise Conflict(
            Reason.ALREADY_ENDED,
            "This member is suspended. To create a code, first reinstate them.",
        )
    previous = ports.state.get(Enrolment, member)
    new = build_enrolment(
        ports,
        member,
        made_by=lead.actor,
        made_with=lead.token_id,
        request=request,
        previous=previous,
    )
    write(ports, lead, Action.ENROLMENT_CREATE, (None, new.enrolment), preconditions=[owner])
    return new


def revoke_enrolment(ports: Ports, lead: Caller, member: str, *, why: str) -> Enrolment:
    """Revoke the member's enrolment code, and return it. Revoking it again changes nothing. Raise
    Conflict if the code was used: then the lead must revoke the token instead."""

    def find_unused_code() -> Enrolment:
        enrolment = find_enrolment(ports, member)
        if enrolment.used_at is not None:
            raise Conflict(
                Reason.ALREADY_ENDED,
                "This code has been used already. Revoke the token that the member got for it.",
            )
        return enrolment

    return revoke_secret(ports, lead, Action.ENROLMENT_REVOKE, find_unused_code, why=why)


def find_active_leads(ports: Ports, leads: Leads | None) -> list[Member]:
    """Return the listed members who really are active leads, sorted by ID. The list may still name
    a suspended lead, because a suspension does not always succeed in changing it."""
    members = ports.state.get_many(
        Member, [(lead,) for lead in sorted(leads.members if leads else ())]
    )
    return [
        member
        for member in members.values()
        if member.kind is Kind.LEAD and member.suspended_at is None
    ]


def _find_leads(ports: Ports) -> Leads:
    """Return the item that lists the leads, with its stored version, but only the active leads."""
    leads = ports.state.get(Leads) or Leads(members=frozenset(), version=0)
    active = frozenset(member.id for member in find_active_leads(ports, leads))
    return replace(leads, members=active)


def _build_leads_edit(ports: Ports, member: str, *, is_lead: bool) -> Edit:
    """Return the edit that adds the member to the list of active leads, or removes them from it.
    Raise Conflict if no lead would be left, or more than MAX_LEADS."""
    old = _find_leads(ports)
    members = old.members | {member} if is_lead else old.members - {member}
    if not members:
        raise Conflict(Reason.LAST_LEAD)
    if len(members) > MAX_LEADS and len(members) > len(old.members):
        raise Conflict(Reason.TOO_MANY_LEADS)
    return old, next_version(old, members=members)
