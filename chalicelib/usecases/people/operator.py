"""Create the first lead and recover a lead: the operations of the deployment's operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import OPERATOR, Action, Edit
from chalicelib.domain.values import Item, ShownOnce, Value, next_version
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.members import (
    NewEnrolment,
    active_leads,
    make_enrolment,
    suspension,
)
from chalicelib.usecases.people.tokens import revoke_token, working_tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, retry_on_conflict, write
from chalicelib.usecases.vending.revoking import (
    RevokedItem,
    apply_stop_to_item,
    begin_revocation,
    finish_stop,
)
from chalicelib.usecases.vending.withholding import withhold_vends

BY = SystemActor(OPERATOR)
PATIENCE = timedelta(seconds=10)
"""How long a recovery is retried while someone changes the same items. The function has 25 s."""
TIME_TO_APPLY = timedelta(seconds=15)
"""After this time suspensions are no longer written into their items: the stops are effective
alone."""


class OtherLeads(StrEnum):
    """The choice for all other leads."""

    KEEP = "keep"
    SUSPEND = "suspend"


class RecoveredLead(Value, frozen=True, kw_only=True):
    """A lead with a new enrolment code, and what the recovery changed."""

    enrolment: Enrolment
    code: ShownOnce[str]
    reinstated: bool
    """True if they were suspended or no longer a lead."""
    suspended: tuple[str, ...]
    """The other leads, now suspended."""


def make_first_lead(ports: Ports, *, id: str, name: str) -> NewEnrolment:
    """Return the first lead's enrolment code. Conflict if Daypass has or had a lead."""
    if ports.state.get(Leads) is not None:
        raise Conflict(Reason.LEAD_EXISTS)
    now = ports.now()
    member = Member(id=id, name=name, kind=Kind.LEAD, created_at=now, tokens_from=now)
    new = make_enrolment(ports, id, made_by=OPERATOR)
    edits: list[Edit] = [(None, member), (None, new.enrolment)]
    try:
        write(ports, BY, Action.MEMBER_CREATE, *edits, (None, Leads(members=frozenset({id}))))
    except Conflict:
        raise Conflict(Reason.LEAD_EXISTS) from None
    return new


def recover_lead(
    ports: Ports, *, id: str, lost: bool = False, others: OtherLeads = OtherLeads.KEEP
) -> RecoveredLead:
    """Create a code for someone who is or was a lead, and make them an active lead. Conflict for
    anyone else.

    Conflict also while an active lead has a working token, unless all leads' tokens are `lost`, and
    are revoked in the same transaction, or the `others` are suspended, which no lead can delay.
    """
    began = ports.now()
    stops: dict[str, RevokedItem] = {}
    lead, members = retry_on_conflict(
        ports, BY, lambda _: _recover(ports, id, lost, others, stops), PATIENCE
    )
    for stopped in stops.values():
        if ports.now() < began + TIME_TO_APPLY and apply_stop_to_item(ports, stopped):
            finish_stop(ports, stopped)
    for member in members:
        for token in list_all(ports.state, Token, member=member.id):
            if token.revoked_at is None:  # this also withholds vends in progress
                revoke_token(ports, BY, member.id, token.id, why="lost, says the operator")
    return lead


def _recover(
    ports: Ports,
    id: str,
    lost: bool,  # noqa: FBT001
    others: OtherLeads,
    stops: dict[str, RevokedItem],
) -> tuple[RecoveredLead, list[Member]]:
    """Stop the other leads, if requested, and write everything else in one transaction. Afterwards
    no lead's token, and no code made with one, is valid. Add this attempt's stops to `stops`.
    Return the lead, and the members whose tokens are all invalid."""
    leads, member = ports.state.get(Leads), ports.state.get(Member, id)
    if leads is None or member is None or not member.has_ever_led:
        raise Conflict(Reason.NO_SUCH_LEAD)
    suspends = others is OtherLeads.SUSPEND
    if suspends:
        stops |= {stopped.item.key[0]: stopped for stopped in _stop_others(ports, id, leads)}
    active = active_leads(ports, leads)
    working = [token for lead in active for token in working_tokens(ports, lead)]
    # A Slack binding cannot create an enrolment code.
    if not lost and not suspends and not all(token.is_binding for token in working):
        raise Conflict(Reason.LEAD_HAS_TOKEN)
    now, is_active = ports.now(), any(lead.id == id for lead in active)
    ending = working if lost else []
    new = make_enrolment(ports, id, made_by=OPERATOR, over=ports.state.get(Enrolment, id))
    edits: list[Edit] = [(None, new.enrolment)]
    edits += [(lead, next_version(lead, tokens_from=now)) for lead in active] if ending else []
    preconditions: list[Item] = []
    if not is_active:
        edits.append((member, _reinstated(member, now)))
    elif not ending:
        preconditions.append(member)
    now_leading = frozenset({id, *(lead.id for lead in active)})
    if now_leading == leads.members:
        preconditions.append(leads)
    else:  # a lead who is added meanwhile changes this item, and the recovery is retried
        edits.append((leads, Leads(members=now_leading, version=leads.version + 1)))
    details = {
        "reinstated": "" if is_active else "true",
        "suspended": " ".join(sorted(stops)),
        "lost_tokens": str(len(ending)) if ending else "",
    }
    write(ports, BY, Action.LEAD_RECOVER, *edits, preconditions=preconditions, details=details)
    lead = RecoveredLead(
        enrolment=new.enrolment,
        code=new.code,
        reinstated=not is_active,
        suspended=tuple(sorted(stops)),
    )
    return lead, active if ending else []


def _stop_others(ports: Ports, id: str, leads: Leads) -> Iterator[RevokedItem]:
    """Suspend every other active lead, each with their own entry, and withhold their vends. Yield
    those that an earlier attempt has stopped, too."""
    for member in ports.state.get_many(
        Member, [(lead,) for lead in sorted(leads.members)]
    ).values():
        last = ports.state.get(Stop, *member.stop_key)
        is_ours = last is not None and not last.is_finished and last.entry.actor == OPERATOR
        if member.id == id or member.kind is not Kind.LEAD or (member.suspended_at and not is_ours):
            continue
        stopped = begin_revocation(
            ports, BY, suspension(ports, member, f"with the recovery of {id}")
        )
        withhold_vends(ports, BY, stopped.item)
        yield stopped


def _reinstated(member: Member, now: datetime) -> Member:
    """Return the member as an active lead. Nothing that was invalid becomes valid again."""
    leads_from = member.leads_from if member.kind is Kind.LEAD else now
    return next_version(
        member, kind=Kind.LEAD, suspended_at=None, tokens_from=now, leads_from=leads_from
    )
