"""The first lead: made once, by whoever operates the deployment, before anybody can sign in."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.model import Kind, Leads, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.tokens import SECRET_BYTES
from chalicelib.domain.trail import OPERATOR, Action, Outcome
from chalicelib.usecases.entries import new_entry
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.tokens import USUAL_LIFE, NewToken, make_token


def make_first_lead(ports: Ports, *, id: str, name: str) -> NewToken:
    """The first lead's token. Conflict once Daypass has, or ever had, a lead."""
    if ports.state.leads() is not None:
        raise Conflict(Reason.LEAD_EXISTS)
    now = ports.now()
    member = Member(id=id, name=name, kind=Kind.LEAD, created_at=now, tokens_from=now)
    new = make_token(
        id,
        ports.random(SECRET_BYTES),
        label="first lead",
        now=now,
        expires_at=now + USUAL_LIFE,
    )
    entry = new_entry(
        ports,
        OPERATOR,
        Action.MEMBER_CREATE,
        Outcome.DONE,
        subject=id,
        details={"name": name, "kind": Kind.LEAD.value, "token": new.token.id},
    )
    try:
        ports.state.change([member, Leads(members=frozenset({id})), new.token], entry)
    except FactsChanged:
        raise Conflict(Reason.LEAD_EXISTS) from None
    return new
