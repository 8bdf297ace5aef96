"""Create the first lead and recover a lead: the operations of the deployment's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, Unavailable
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
    build_enrolment,
    build_reinstated,
    build_suspension,
    find_active_leads,
)
from chalicelib.usecases.people.tokens import find_working_tokens, revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, retry_on_conflict, write
from chalicelib.usecases.vending.given_approvals import stop_given_approvals
from chalicelib.usecases.vending.revoking import (
    RevokedItem,
    apply_stop_to_item,
    begin_revocation,
    finish_stop,
)
from chalicelib.usecases.vending.withholding import withhold_vends

OPERATOR_ACTOR = SystemActor(OPERATOR)
PATIENCE = timedelta(seconds=10)
"""How long a recovery is retried while someone changes the same items. The Lambda function has
25 s."""
TIME_TO_APPLY = timedelta(seconds=15)
"""After this time the recovery writes no more suspensions into the members' items, and the hourly
job finishes them. The members are suspended all the same, because every read applies their
stops."""


class OtherLeads(StrEnum):
    """The choice for all other leads: the recovery keeps or suspends them."""

    KEEP = "keep"
    SUSPEND = "suspend"


class RecoveredLead(Value):
    """A lead with a new enrolment code, and what the recovery changed."""

    enrolment: Enrolment
    code: ShownOnce[str]
    reinstated: bool
    """True if the lead was suspended before, or was no longer a lead."""
    suspended: tuple[str, ...]
    """The IDs of the other leads, if the recovery suspended them."""


def create_first_lead(ports: Ports, *, id: str, name: str) -> NewEnrolment:
    """Create the first lead, and return their enrolment code. Raise Conflict if Daypass has a lead,
    or ever had one."""
    if ports.state.get(Leads) is not None:  # the item is created here, and never deleted
        raise Conflict(Reason.LEAD_EXISTS)
    now = ports.now()
    member = Member(id=id, name=name, kind=Kind.LEAD, created_at=now, tokens_from=now)
    new = build_enrolment(ports, id, made_by=OPERATOR)
    edits: list[Edit] = [(None, member), (None, new.enrolment)]
    try:
        write(
            ports,
            OPERATOR_ACTOR,
            Action.MEMBER_CREATE,
            *edits,
            (None, Leads(members=frozenset({id}))),
        )
    except Conflict:
        raise Conflict(Reason.LEAD_EXISTS) from None
    return new


def recover_lead(
    ports: Ports, *, id: str, lost: bool = False, others: OtherLeads = OtherLeads.KEEP
) -> RecoveredLead:
    """Create an enrolment code for a member who is or was a lead, and make them an active lead.
    Return what was done, with the code. Raise Conflict for anyone else.

    Also raise Conflict if an active lead has a working token, because such a lead can create the
    code. There are two exceptions. With `lost`, the tokens of all active leads are lost: they
    become invalid in the same transaction. With `others=SUSPEND`, all other leads are suspended.
    Each suspension is first stored as an item of its own, a stop, so that no lead can delay it by
    changing things meanwhile.
    """
    began_at = ports.now()
    # Each attempt adds the leads that it suspends. They stay suspended if the attempt then fails.
    suspended: dict[str, RevokedItem] = {}
    recovered, members_with_lost_tokens = retry_on_conflict(
        ports, OPERATOR_ACTOR, lambda _: _recover_once(ports, id, lost, others, suspended), PATIENCE
    )
    for suspended_lead in suspended.values():
        # The suspension holds already. After TIME_TO_APPLY, the hourly job finishes it instead.
        if ports.now() < began_at + TIME_TO_APPLY and apply_stop_to_item(ports, suspended_lead):
            _finish_suspension(ports, suspended_lead)
    for member in members_with_lost_tokens:
        for token in list_all(ports.state, Token, member=member.id):
            # The tokens are invalid already. Revoking each also records it on the trail, and
            # withholds the sessions that are being issued with it.
            if token.revoked_at is None:
                revoke_token(
                    ports, OPERATOR_ACTOR, member.id, token.id, why="lost, says the operator"
                )
    return recovered


def _finish_suspension(ports: Ports, suspended_lead: RevokedItem) -> None:
    """Stop the access that the suspended lead helped to approve, and finish the suspension. If that
    fails, leave the suspension unfinished: the hourly job does the same."""
    with suppress(Conflict, Unavailable):
        lead = suspended_lead.item.key[0]
        for revoked in stop_given_approvals(ports, OPERATOR_ACTOR, lead, created_until=None):
            withhold_vends(ports, OPERATOR_ACTOR, revoked.item)
        finish_stop(ports, suspended_lead)


def _recover_once(
    ports: Ports,
    id: str,
    lost: bool,  # noqa: FBT001
    others: OtherLeads,
    suspended: dict[str, RevokedItem],
) -> tuple[RecoveredLead, list[Member]]:
    """Try the recovery once: suspend the other leads, if requested, and write everything else in
    one transaction. Afterwards no other lead has a valid API token.

    Add the leads that this attempt suspends to `suspended`, by ID. Return the recovered lead, and
    the members whose tokens were lost.
    """
    leads, member = ports.state.get(Leads), ports.state.get(Member, id)
    if leads is None or member is None or not member.has_ever_led:
        raise Conflict(Reason.NO_SUCH_LEAD)
    suspends = others is OtherLeads.SUSPEND
    if suspends:
        suspended |= {item.item.key[0]: item for item in _suspend_other_leads(ports, id, leads)}
    active = find_active_leads(ports, leads)
    working = [token for lead in active for token in find_working_tokens(ports, lead)]
    # A Slack binding cannot create an enrolment code.
    if not lost and not suspends and not all(token.is_binding for token in working):
        raise Conflict(Reason.LEAD_HAS_TOKEN)
    now, is_active = ports.now(), any(lead.id == id for lead in active)
    lost_tokens = working if lost else []
    new = build_enrolment(ports, id, made_by=OPERATOR, previous=ports.state.get(Enrolment, id))
    edits: list[Edit] = [(None, new.enrolment)]
    edits += [(lead, next_version(lead, tokens_from=now)) for lead in active] if lost_tokens else []
    preconditions: list[Item] = []
    if not is_active:
        active_member = build_reinstated(member, now)
        if member.kind is not Kind.LEAD:
            active_member = replace(active_member, kind=Kind.LEAD, leads_from=now)
        edits.append((member, active_member))
    elif not lost_tokens:
        preconditions.append(member)
    lead_ids = frozenset({id, *(lead.id for lead in active)})
    if lead_ids == leads.members:
        preconditions.append(leads)
    else:  # if someone adds a lead meanwhile, this item has changed, and the recovery is retried
        edits.append((leads, Leads(members=lead_ids, version=leads.version + 1)))
    details = {
        "reinstated": "" if is_active else "true",
        "suspended": " ".join(sorted(suspended)),
        "lost_tokens": str(len(lost_tokens)) if lost_tokens else "",
    }
    write(
        ports,
        OPERATOR_ACTOR,
        Action.LEAD_RECOVER,
        *edits,
        preconditions=preconditions,
        details=details,
    )
    lead = RecoveredLead(
        enrolment=new.enrolment,
        code=new.code,
        reinstated=not is_active,
        suspended=tuple(sorted(suspended)),
    )
    return lead, active if lost_tokens else []


def _suspend_other_leads(ports: Ports, id: str, leads: Leads) -> Iterator[RevokedItem]:
    """Suspend every active lead but this one, each with their own trail entry, and withhold their
    vends: no session that is being issued to them is handed over. Yield the suspended leads, with
    those that the operator suspended in an earlier, unfinished attempt."""
    for member in ports.state.get_many(
        Member, [(lead,) for lead in sorted(leads.members)]
    ).values():
        # The operator's own suspension of this lead that an earlier attempt did not finish.
        stop = ports.state.get(Stop, *member.stop_key)
        is_retried = stop is not None and not stop.is_finished and stop.entry.actor == OPERATOR
        is_skipped = member.suspended_at and not is_retried
        if member.id == id or member.kind is not Kind.LEAD or is_skipped:
            continue
        order = build_suspension(ports, member, f"with the recovery of {id}")
        suspended_lead = begin_revocation(ports, OPERATOR_ACTOR, order)
        withhold_vends(ports, OPERATOR_ACTOR, suspended_lead.item)
        yield suspended_lead
