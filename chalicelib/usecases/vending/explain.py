"""Explain why Daypass would vend a session to a member now, or would not.

This reads what a vend reads, in the same call. It vends nothing and asks AWS for nothing.
"""

from __future__ import annotations

from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.explain import Explanation, explain_access, limit_to_own
from chalicelib.usecases.admission import READERS, Target, build_refusal, build_refusal_error
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import as_system_actor, record
from chalicelib.usecases.vending.facts import read_access_facts

NO_TOKEN = "0" * 64
"""The hash of no token: the explanation is about the member, whatever their token."""


def require_own_or_reader(ports: Ports, caller: Caller, member: str) -> None:
    """Raise AccessDenied, and record that, if the caller is neither this member nor a lead or an
    auditor."""
    if caller.member.kind not in READERS and member != caller.member.id:
        reason = Reason.LEAD_OR_AUDITOR_ONLY
        refusal = build_refusal(Action.READ, reason, Target(member=member))
        record(ports, as_system_actor(caller), refusal)
        raise build_refusal_error(reason)


def explain_to_caller(
    ports: Ports, caller: Caller, *, member: str, engagement: str, request: SessionRequest
) -> Explanation:
    """Return the explanation for the member. Leads and auditors get all of it. Other callers get
    only their own, with no more than a refused vend says. Raise AccessDenied if they ask about
    another member, and record the refusal."""
    require_own_or_reader(ports, caller, member)
    facts = read_access_facts(ports, PresentedToken(member, NO_TOKEN), engagement, request.role)
    explanation = explain_access(facts, member, engagement, request, ports.now())
    return explanation if caller.member.kind in READERS else limit_to_own(explanation)
