"""The rule of emergencies: one row for each condition."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.approved_grants import NUMBERS, ApprovedGrant, EmergencyLock
from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import find_confirmation_problem, find_emergency_problem
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.vending.access import CallerKind
from tests.builders import (
    a_block,
    a_grant,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_approved_grant,
    an_engagement,
    some_facts,
)
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
SHORTEST = timedelta(minutes=15)
READONLY = frozenset({"readonly"})
ID = a_request_id()


def an_emergency_grant(member: str = "alice", **changes: Any) -> Any:
    """Return a grant with which the member may open `readonly` in an emergency."""
    return a_grant(member, **({"on_request": READONLY, "emergency": READONLY} | changes))


def with_number(number: str, **changes: Any) -> ApprovedGrant:
    return an_approved_grant(number=number, **changes)


def three_grants(**changes: Any) -> tuple[ApprovedGrant, ...]:
    """Return approved grants with all numbers, the last with these changes."""
    *others, last = NUMBERS
    return *map(with_number, others), with_number(last, **changes)


def emergency_row(
    name: str,
    expected: object,
    /,
    *,
    caller: CallerKind = CallerKind.PERSON,
    lock: EmergencyLock | None = None,
    **access: Any,
) -> Row:
    """Return a row in which alice opens `readonly` at acme-prod. Arguments replace the valid
    facts."""
    facts = some_facts(**({"grant": an_emergency_grant()} | access))
    return Row(name, expected, facts, lock, caller, NOON)


EMERGENCIES = [
    emergency_row("a member whose grant allows it", None),
    emergency_row("without a grant", Reason.NOT_A_MEMBER, grant=None),
    emergency_row("a closed engagement", Reason.ENGAGEMENT_CLOSED,
                  engagement=an_engagement(closed_at=NOON)),
    emergency_row("a revoked engagement", Reason.ENGAGEMENT_REVOKED,
                  engagement=an_engagement(revoked_at=NOON)),
    emergency_row("a revoked grant", Reason.GRANT_NOT_CURRENT,
                  grant=an_emergency_grant(revoked_at=NOON)),
    emergency_row("an ended role", Reason.ROLE_NOT_GRANTED, role=a_role(ended_at=NOON)),
    emergency_row("a role that failed its check", Reason.ROLE_UNVERIFIED,
                  role=a_role(verification=None)),
    emergency_row("a role that needs no approval", Reason.ACCESS_ALREADY_OPEN, grant=a_grant()),
    emergency_row("an agent", Reason.AGENT_CANNOT_DECIDE, caller=CallerKind.AGENT),
    emergency_row("an agent where agents may do nothing", Reason.AGENTS_REFUSED,
                  caller=CallerKind.AGENT,
                  engagement=an_engagement(agents=AgentAccess.REFUSE)),
    emergency_row("a client without whose approval no one enters", Reason.CLIENT_APPROVAL_REQUIRED,
                  engagement=an_engagement(requires_client_approval=True)),
    emergency_row("a role that is on request only", Reason.EMERGENCY_NOT_GRANTED,
                  grant=an_emergency_grant(emergency=frozenset())),
    emergency_row("while everything is frozen", Reason.FROZEN, freeze=a_block()),
    emergency_row("while the client has paused it", Reason.PAUSED_BY_CLIENT,
                  pause=a_block("acme-prod")),
    emergency_row("after one that no lead has confirmed", Reason.EMERGENCY_UNCONFIRMED,
                  lock=EmergencyLock(member="alice", request=ID)),
    emergency_row("after one that a lead has confirmed", None,
                  lock=EmergencyLock(member="alice", request=None)),
    emergency_row("15 minutes before the grant's end", None,
                  grant=an_emergency_grant(ends_at=NOON + SHORTEST)),
    emergency_row("an instant later", Reason.ENDS_TOO_SOON,
                  grant=an_emergency_grant(ends_at=NOON + SHORTEST - TICK)),
    emergency_row("less than 15 minutes before the engagement's end", Reason.ENDS_TOO_SOON,
                  engagement=an_engagement(ends_at=NOON + SHORTEST - TICK)),
    emergency_row("with three approved grants", Reason.TOO_MANY_APPROVED_GRANTS,
                  approved_grants=three_grants()),
]  # fmt: skip


def confirm_row(
    name: str,
    expected: Reason | None,
    by: str = "lena",
    *,
    lead: Any = None,
    token: Any = None,
    **changes: Any,
) -> Row:
    caller = Caller(a_member(by, **(lead or {})), a_token(by, **(token or {})))
    fields = {"is_emergency": True, "status": RequestStatus.APPROVED} | changes
    return Row(name, expected, a_request(**fields), caller, NOON)


CONFIRMATIONS = [
    confirm_row("an emergency", None),
    confirm_row("a request", Reason.NOT_AN_EMERGENCY, is_emergency=False),
    confirm_row("one's own after its confirmation", Reason.OWN_REQUEST, "alice", confirmed_at=NOON),
    confirm_row("a confirmed one", Reason.EMERGENCY_CONFIRMED, confirmed_at=NOON),
    confirm_row("by yesterday's new lead", None, lead={"kind_set_at": NOON - timedelta(hours=24)}),
    confirm_row("with a token that someone gave them today", Reason.RIGHT_TOO_NEW,
               token={"given_at": NOON}),
]  # fmt: skip

RULES = [
    (find_emergency_problem, EMERGENCIES, 13),
    (find_confirmation_problem, CONFIRMATIONS, 5),
]
