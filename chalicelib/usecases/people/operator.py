"""What only the operator of a deployment can do: make the first lead, and let a lead back in."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.events import News
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.recognition import fault_of
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item, changed
from chalicelib.domain.trail import OPERATOR, Action, Outcome
from chalicelib.usecases.lists import every
from chalicelib.usecases.people.codes import NewEnrolment, make_enrolment
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, entry_by
from chalicelib.usecases.telling import tell_leads

BY = Unattended(OPERATOR)


def make_first_lead(ports: Ports, *, id: str, name: str) -> NewEnrolment:
    """The first lead's enrolment code. Conflict once Daypass has, or ever had, a lead."""
    if ports.state.leads() is not None:
        raise Conflict(Reason.LEAD_EXISTS)
    now = ports.now()
    member = Member(id=id, name=name, kind=Kind.LEAD, created_at=now, tokens_from=now)
    items: list[Item] = [member, Leads(members=frozenset({id}))]
    details = {"name": name, "kind": Kind.LEAD.value}
    new = _with_code(ports, id, Action.MEMBER_CREATE, items, details=details)
    tell_leads(ports, News.LEAD_MADE, f"The operator has made {id} the first lead.", member=id)
    return new


def recover_lead(ports: Ports, *, id: str, lost: bool = False) -> NewEnrolment:
    """A new code for an active lead, where no lead has a token that works. Loud on the trail.

    Conflict if there is no such active lead: this makes nobody a lead. Conflict while any active
    lead has a token that works, unless all of these are `lost`: then they are dead in the same
    step, and whoever still has one finds that out.
    """
    leads, member = ports.state.leads(), ports.state.member(id)
    if leads is None or member is None or id not in leads.members:
        raise Conflict(Reason.NO_SUCH_LEAD)
    working = _working(ports, leads)
    # By a binding to Slack nobody can be sent a code.
    if not lost and not all(token.is_binding for token in working):
        raise Conflict(Reason.LEAD_HAS_TOKEN)
    ending = working if lost else []
    # In one step with the code: no lead's token, and no code that was made with one, is good then,
    # whatever somebody does with it at this moment.
    now = ports.now()
    active = _active(ports, leads) if ending else []
    ended: list[Item] = [changed(one, tokens_from=now) for one in active]
    standing: list[Item] = [leads] if ending else [leads, member]
    new = _with_code(ports, id, Action.LEAD_RECOVER, ended, standing=standing)
    for one in active:
        for token in every(ports.state.tokens, one.id):
            if token.revoked_at is None:  # and the vends under it are closed
                revoke_token(ports, BY, one.id, token.id, why="lost, says the operator")
    how = f", and has revoked {len(ending)} tokens of leads as lost" if ending else ""
    says = (
        f"The operator has made an enrolment code for {id}, to let them back in{how}. If no lead"
        " has asked for that, see who can invoke the function RecoverLead."
    )
    tell_leads(ports, News.LEAD_RECOVERED, says, member=id)
    return new


def _active(ports: Ports, leads: Leads) -> list[Member]:
    found = [ports.state.member(lead) for lead in sorted(leads.members)]
    return [member for member in found if member is not None]


def _working(ports: Ports, leads: Leads) -> list[Token]:
    """The tokens of active leads that would let somebody in now."""
    now = ports.now()
    return [
        token
        for member in _active(ports, leads)
        for token in every(ports.state.tokens, member.id)
        if fault_of(token, member, now) is None
    ]


def _with_code(
    ports: Ports,
    id: str,
    action: Action,
    items: list[Item],
    *,
    standing: Sequence[Item] = (),
    details: dict[str, str] | None = None,
) -> NewEnrolment:
    new = make_enrolment(ports, id, made_by=OPERATOR, over=ports.state.enrolment(id))
    details = {"enrolment": new.enrolment.id, **(details or {})}
    entry = entry_by(ports, BY, action, Outcome.DONE, subject=id, details=details)
    try:
        ports.state.change([*items, new.enrolment], entry, standing=standing)
    except FactsChanged:
        reason = Reason.CHANGED_MEANWHILE if standing else Reason.LEAD_EXISTS
        raise Conflict(reason) from None
    return new
