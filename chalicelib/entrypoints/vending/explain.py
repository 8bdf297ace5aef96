"""Serve the explanation of an access decision: leads and auditors read anyone's, members their
own."""

from __future__ import annotations

from enum import StrEnum

from chalice.app import Blueprint

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.values import Request, Value
from chalicelib.domain.vending.access import Allowed, CallerKind, SessionRequest
from chalicelib.domain.vending.explained.explanation import ChangeBy, Clause, Explanation
from chalicelib.entrypoints.http.requests import RolePath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.explain import explain_to_caller

blueprint = Blueprint(__name__)
members = Routes(blueprint, EVERYONE)


class ReasonGiven(StrEnum):
    """The answer to: does the member give a reason for the session?"""

    YES = "yes"
    NO = "no"


class ExplainSession(Request, frozen=True, kw_only=True):
    """A session that a member may or may not get."""

    member: MemberId = ""
    """The member. Only leads and auditors may name another. Default: yourself."""
    reason: ReasonGiven = ReasonGiven.YES
    """`no` if the member gives no reason for the session."""
    caller: CallerKind = CallerKind.PERSON
    """`agent` if a program that works for the member by itself uses the session."""
    duration: SessionSeconds | None = None
    """The session's duration in seconds. Default: the role's longest session."""

    def build_request(self, role: str) -> SessionRequest:
        reason = "a reason" if self.reason is ReasonGiven.YES else ""
        return SessionRequest(role=role, duration=self.duration, reason=reason, caller=self.caller)


class ExplainedClause(Value, frozen=True, kw_only=True):
    """One condition of the access rule."""

    name: str
    """The condition, such as `The grant is in force`."""
    holds: bool | None
    """null if the facts that the condition needs do not exist."""
    fact: str
    """The fact that the condition looked at, with its times."""
    reason: str | None
    """The reason's code, if the condition refuses. Otherwise null."""
    change_by: ChangeBy | None
    """The person or thing that can change the fact. null if the condition does not refuse."""
    change: str | None
    """The step that would make the condition hold. null if the condition does not refuse."""


class ExplainedAccess(Value, frozen=True, kw_only=True):
    """The decision of the access rule, and its conditions in their order. Members read their own
    only up to the first that refuses."""

    allowed: bool
    """True if Daypass would request a session from AWS now. AWS decides as well."""
    reason: str | None
    """The code of the reason with which Daypass would refuse. null if it would not."""
    duration: int | None
    """The duration in seconds of the session that Daypass would request. null if it would
    refuse."""
    clauses: tuple[ExplainedClause, ...]


@members.get("/v1/engagements/{engagement}/roles/{role}/why")
def explain(ports: Ports, caller: Caller, path: RolePath, query: ExplainSession) -> ExplainedAccess:
    """Explain why Daypass would vend a session of the role now, or would not"""
    explanation = explain_to_caller(
        ports,
        caller,
        member=query.member or caller.member.id,
        engagement=path.engagement,
        request=query.build_request(path.role),
    )
    return _build_answer(explanation)


def _build_answer(explanation: Explanation) -> ExplainedAccess:
    decision = explanation.decision
    return ExplainedAccess(
        allowed=isinstance(decision, Allowed),
        reason=None if isinstance(decision, Allowed) else decision.reason.value,
        duration=decision.terms.duration if isinstance(decision, Allowed) else None,
        clauses=tuple(map(_show_clause, explanation.clauses)),
    )


def _show_clause(clause: Clause) -> ExplainedClause:
    step = clause.next_step
    return ExplainedClause(
        name=clause.name,
        holds=clause.holds,
        fact=clause.fact,
        reason=None if clause.reason is None else clause.reason.value,
        change_by=None if step is None else step.by,
        change=None if step is None else step.text,
    )
