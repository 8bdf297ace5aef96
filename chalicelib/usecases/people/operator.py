"""What only the operator of a deployment can do: make the first lead, and let a lead back in."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item
from chalicelib.domain.trail import OPERATOR, Action, Outcome
from chalicelib.usecases.people.codes import NewEnrolment, make_enrolment
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, entry_by


def make_first_lead(ports: Ports, *, id: str, name: str) -> NewEnrolment:
    """The first lead's enrolment code. Conflict once Daypass has, or ever had, a lead."""
    if ports.state.leads() is not None:
        raise Conflict(Reason.LEAD_EXISTS)
    now = ports.now()
    member = Member(id=id, name=name, kind=Kind.LEAD, created_at=now, tokens_from=now)
    items: list[Item] = [member, Leads(members=frozenset({id}))]
    details = {"name": name, "kind": Kind.LEAD.value}
    return _with_code(ports, id, Action.MEMBER_CREATE, items, details=details)


def recover_lead(ports: Ports, *, id: str) -> NewEnrolment:
    """A new code for an active lead, where no lead has a token that works. Loud on the trail.

    Conflict if there is no such active lead: this makes nobody a lead.
    """
    leads, member = ports.state.leads(), ports.state.member(id)
    if leads is None or member is None or id not in leads.members:
        raise Conflict(Reason.NO_SUCH_LEAD)
    return _with_code(ports, id, Action.LEAD_RECOVER, [], standing=[leads, member])


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
    by = Unattended(OPERATOR)
    entry = entry_by(ports, by, action, Outcome.DONE, subject=id, details=details)
    try:
        ports.state.change([*items, new.enrolment], entry, standing=standing)
    except FactsChanged:
        reason = Reason.CHANGED_MEANWHILE if standing else Reason.LEAD_EXISTS
        raise Conflict(reason) from None
    return new
