"""Serve the explanation of an access decision: leads and auditors read anyone's, members their
own."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.people.members import Caller
from chalicelib.domain.values import Request
from chalicelib.domain.vending.access import CallerKind, SessionRequest
from chalicelib.domain.vending.explain import Explanation
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.routing import RolePath, Routes
from chalicelib.usecases.admission import WITH_MACHINES
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.explain import explain_to_caller

blueprint = Blueprint(__name__)
members = Routes(blueprint, WITH_MACHINES)


class ReasonGiven(StrEnum):
    """The answer to: does the member give a reason for the session?"""

    YES = "yes"
    NO = "no"


class ExplainSession(Request):
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


@members.get("/v1/engagements/{engagement}/roles/{role}/why")
def explain(ports: Ports, caller: Caller, path: RolePath, query: ExplainSession) -> Explanation:
    """Explain why Daypass would vend a session of the role now, or would not"""
    return explain_to_caller(
        ports,
        caller,
        member=query.member or caller.member.id,
        engagement=path.engagement,
        request=query.build_request(path.role),
    )
