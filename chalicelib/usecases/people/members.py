"""Create, change, suspend and reinstate members, and manage their enrolment codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.enrolments import (
    CodeProblem,
    CreateEnrolment,
    Enrolment,
    build_code_text,
    find_problem_without_maker,
)
from chalicelib.domain.people.members import (
    Caller,
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
    change_item,
    new_item,
    next_version,
    shown_property,
)
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, check_version, revoke_secret, write
from chalicelib.usecases.selections import (
    Chip,
    Column,
    Question,
    SearchFilters,
    WholeList,
    build_in_parts,
)
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
    refusal="An enrolment code must expire between 10 minutes and 7 days from now.",
)
CODE_OF_USUAL_LIFE = CreateEnrolment()


class NewEnrolment(Value, kw_only=False):
    """A new enrolment code, with its text."""

    enrolment: Inline[Enrolment] = field(name="of")
    code: ShownOnce[str]
    """The code's text, to send to the member. Only this response contains the text: Daypass stores
    its SHA-256."""


class NewMember(Value, kw_only=False):
    """A new member, and their enrolment code."""

    member: Inline[Member] = field(name="of")
    enrolment: NewEnrolment | None
    """null for a machine, which has no code."""


def find_member(ports: Ports, member: str) -> Member:
    """Return the member with this ID. Raise NotFound if no such member exists."""
    stored = ports.state.get(Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return stored


class MemberRow(Value):
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


_PER_READ = 50
"""How many members one read asks for. Each comes with its stop, and DynamoDB returns a hundred
items at a time."""


def _build_rows(
    ports: Ports, _: Caller, __: SearchFilters, ids: Sequence[str]
) -> Sequence[MemberRow]:
    """Return the members with whether they have an open code."""
    return build_in_parts(ports, ids, _PER_READ, partial(_read_members, ports))


def _read_members(ports: Ports, ids: Sequence[str]) -> list[MemberRow]:
    """Return the existing members among these, in this order. If DynamoDB does not return the
    codes, return the members without them."""
    keys = [(each,) for each in ids]
    stored = ports.state.get_many(Member, keys)
    codes = read_part(lambda: ports.state.get_many(Enrolment, keys))
    now = ports.now()

    def has_open_code(member: Member) -> bool | None:
        if codes is None:
            return None
        code = codes.get((member.id,))
        return code is not None and find_problem_without_maker(code, member, now) is None

    members = (stored[key] for key in keys if key in stored)
    return [MemberRow(member=each, has_open_code=has_open_code(each)) for each in members]


MEMBERS: Question[MemberRow, SearchFilters] = Question(
    name="members",
    title="People",
    kinds=READERS,
    columns=(
        Column("member.id", "Member"),
        Column("member.name", "Name"),
        Column("member.kind", "Kind"),
        Column("state", "State"),
        Column("since", "Since", 2),
        Column("open_code", "Open code", 2),
    ),
    empty="There are no members yet.",
    rows=WholeList(
        list_items=lambda ports, _, __, span: ports.state.list_ids(Member, **span),
        build_rows=_build_rows,
        key="member.id",
        searched=("member.id", "member.name"),
        chips=(
            Chip("leads", "Leads", "member.kind", frozenset({Kind.LEAD})),
            Chip("members", "Members", "member.kind", frozenset({Kind.MEMBER})),
            Chip("auditors", "Auditors", "member.kind", frozenset({Kind.AUDITOR})),
            Chip("machines", "Machines", "member.kind", frozenset({Kind.MACHINE})),
            Chip("active", "Active", "state", frozenset({MemberState.ACTIVE})),
            Chip("suspended", "Suspended", "state", frozenset({MemberState.SUSPENDED})),
            Chip("left", "Left the firm", "state", frozenset({MemberState.LEFT})),
            Chip("open-code", "Open code", "open_code", frozenset({"yes"})),
        ),
    ),
)


def create_member(ports: Ports, lead: Caller, request: CreateMember) -> NewMember:
    """Create a member, and return them with an enrolment code, valid for 24 hours. A machine gets
    none. Raise Conflict if a member ever had this ID, or if there would be more than MAX_LEADS
    leads."""
    if ports.state.get(Member, request.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    now = ports.now()
    member = new_item(Member, request, created_at=now, tokens_from=now)
    new = None
    edits: list[Edit] = [(None, member)]
    if member.kind is not Kind.MACHINE:
        new = build_enrolment(ports, member.id, made_by=lead.actor, made_with=lead.token_id)
        edits.append((None, new.enrolment))
    if member.kind is Kind.LEAD:
        edits.append(_build_leads_edit(ports, member.id, is_lead=True))
    write(ports, lead, Action.MEMBER_CREATE, *edits)
    return NewMember(member, new)


def change_member(ports: Ports, lead: Caller, member: str, request: ChangeMember) -> Member:
    """Change a member's name or kind, and return the member.

    If a lead becomes another kind, the codes and links that they created become invalid for good.
    Sessions that are being issued and that the new kind may not get are not handed over. Raise
    Conflict if no active lead would be left, or more than MAX_LEADS. Also raise Conflict if a
    person would become a machine, or a machine a person, because their tokens would stay valid.
    """
    old = find_member(ports, member)
    new = change_item(old, request)
    if new is old:
        # An earlier request may have stored this change, but failed before it withheld the vends.
        withhold_vends(ports, lead, old)
        return old
    check_version(old, request.version)
    check_kind_change(old, new.kind)
    if new.kind is not old.kind:
        new = replace(new, kind_set_at=ports.now())
    edits: list[Edit] = []
    if (new.kind is Kind.LEAD) != (old.kind is Kind.LEAD):
        # Codes and links that they created as a lead before now are invalid, even if they lead
        # again.
        new = replace(new, leads_from=ports.now())
        if new.suspended_at is None:  # only active leads are in the list of leads
            edits.append(_build_leads_edit(ports, member, is_lead=new.kind is Kind.LEAD))
    edits.insert(0, (old, new))  # the first edit is the trail entry's target
    write(ports, lead, Action.MEMBER_CHANGE, *edits)
    withhold_vends(ports, lead, new)
    return new


def check_kind_change(member: Member, kind: Kind) -> None:
    """Raise Conflict if this kind would make a machine a person, or a person a machine."""
    if kind not in member.possible_kinds:
        raise Conflict(Reason.KIND_FIXED, field="kind")


def require_person(member: Member) -> None:
    """Raise Conflict if the member is a machine, which has no enrolment code."""
    if member.kind is Kind.MACHINE:
        raise Conflict(Reason.MACHINE_HAS_NO_CODE)


def revoke_member(ports: Ports, by: Actor, member: str, *, why: str) -> Revocation:
    """Suspend the member. All their tokens and enrolment codes become invalid for good, and they
    can get no session. Also revoke the access of others that they helped to approve. Return the
    sessions of both that may still be active, even if the member was suspended before.

    Raise Conflict for the last active lead. But if two leads suspend each other at the same time,
    both suspensions can succeed.
    """

    def find_order() -> RevocationOrder:
        # `revoke` calls this again for each attempt.
        stored = find_member(ports, member)
        is_active_lead = stored.kind is Kind.LEAD and stored.suspended_at is None
        if is_active_lead and _find_leads(ports).members == {member}:
            raise Conflict(Reason.LAST_LEAD)
        return build_suspension(ports, stored, why)

    return revoke(ports, by, find_order, complete_approver_revocation)


def build_suspension(ports: Ports, member: Member, why: str) -> RevocationOrder:
    """Return the order to suspend the member, for `revoke` or `begin_revocation`. For a lead, it
    also removes them from the list of leads, if they are in it, and the trail entry has the detail
    `kind`, so that the other leads are alerted."""

    def remove_from_leads() -> Sequence[Item]:
        stored = ports.state.get(Leads)
        if stored is None or member.id not in stored.members:
            return ()
        # Unlike `stored`, these are only the leads who really are active. If two leads suspend each
        # other at the same time, no one is left: both suspensions stand, as revocations must.
        leads = _find_leads(ports)
        return (next_version(leads, members=leads.members - {member.id}),)

    if member.kind is not Kind.LEAD:
        return RevocationOrder(member, Action.MEMBER_REVOKE, {"said": why})
    details = {"said": why, "kind": Kind.LEAD.value}
    return RevocationOrder(member, Action.MEMBER_REVOKE, details, remove_from_leads)


def reinstate_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Member:
    """Reinstate a suspended member, and return the member. Their grants are unchanged, but they
    need a new enrolment code. An active member stays as they are. Raise Conflict if there would be
    more than MAX_LEADS leads.

    The reinstatement also confirms what the member set up as a lead, unless the right of `lead` is
    less than 24 hours old: the member could have made them a lead before the suspension.
    """
    old = find_member(ports, member)
    if old.suspended_at is None:
        return old
    new = build_reinstated(old, ports.now())
    if ports.now() < lead.counts_from:
        new = replace(new, unconfirmed_since=old.unconfirmed_since or old.suspended_at)
    edits: list[Edit] = [(old, new)]
    if old.kind is Kind.LEAD:
        edits.append(_build_leads_edit(ports, member, is_lead=True))
    write(ports, lead, Action.MEMBER_REINSTATE, *edits, details={"said": why})
    return new


def build_reinstated(member: Member, now: datetime) -> Member:
    """Return the member as active. Their former tokens, codes and links stay invalid."""
    # Setting `tokens_from` to now makes all older codes invalid. This includes a code that a
    # request created while the suspension was being written, and that is newer than the suspension.
    return next_version(
        member,
        suspended_at=None,
        left_at=None,
        tokens_from=now,
        kind_set_at=now,
        unconfirmed_since=None,
    )


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


class ShownEnrolment(Value):
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

    A code shown as open may still be refused: only its exchange also reads the maker's token, and
    since when the maker leads. Here the list of leads decides.
    """
    owner, enrolment = find_member(ports, member), find_enrolment(ports, member)
    problem = find_problem_without_maker(enrolment, owner, ports.now())
    leads = ports.state.get(Leads)
    makers = {OPERATOR, *(leads.members if leads else ())}
    # A code with a challenge is from a sign-in in the browser: its maker is the member themself.
    if problem is None and not enrolment.challenge and enrolment.made_by not in makers:
        problem = CodeProblem.MAKER_REVOKED
    return ShownEnrolment(enrolment=enrolment, status=problem.text if problem else "open")


def create_enrolment(
    ports: Ports, lead: Caller, member: str, request: CreateEnrolment = CODE_OF_USUAL_LIFE
) -> NewEnrolment:
    """Create an enrolment code in place of the member's previous code, and return the new one.

    Raise Conflict for a machine, for a suspended member, and if the previous code is not the one
    that the lead saw: a request that is sent twice must not end the first answer's code. Raise
    InvalidRequest for an end that `build_enrolment` refuses.
    """
    owner = find_member(ports, member)
    require_person(owner)
    if owner.suspended_at is not None:
        raise Conflict(
            Reason.ALREADY_ENDED,
            "This member is suspended. Reinstate the member before you create a code.",
        )
    previous = ports.state.get(Enrolment, member)
    check_version(previous, request.version)
    new = build_enrolment(
        ports,
        member,
        made_by=lead.actor,
        made_with=lead.token_id,
        request=request,
        previous=previous,
    )
    # None, because the trail shows a new code. Its version makes it replace the previous one.
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
                "This code has already been used. Revoke the token that the member got for it.",
            )
        return enrolment

    return revoke_secret(ports, lead, Action.ENROLMENT_REVOKE, find_unused_code, why=why)


def find_active_leads(ports: Ports, leads: Leads | None) -> list[Member]:
    """Return the listed members who really are active leads, sorted by ID. The list may still name
    a suspended lead, because a suspension does not always succeed in changing it."""
    # `get_many` returns the members in the order of the keys.
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
    # A lead can always be removed, even if there are too many.
    if len(members) > MAX_LEADS and len(members) > len(old.members):
        raise Conflict(Reason.TOO_MANY_LEADS)
    return old, next_version(old, members=members)
