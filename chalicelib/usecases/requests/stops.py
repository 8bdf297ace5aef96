"""Carry out a stop: the use case of each kind, for the API and the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.values import sent_fields
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.several_revocations import ClientRevocation
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.usecases.engagements.engagements import close_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.member_leaves import MemberLeft, leave
from chalicelib.usecases.engagements.revoke_client import revoke_client
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.lead_changes import Suspension, suspend_member
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.revoke import revoke_request
from chalicelib.usecases.vending.blocks import freezing
from chalicelib.usecases.vending.end_session import revoke_session

Stopped = Revocation | Suspension | MemberLeft | ClientRevocation | FreezeStatus


def _revoke_session(
    ports: Ports, lead: Caller, *, member: str, session: str, why: str
) -> Revocation:
    find_member(ports, member)
    return revoke_session(ports, lead, member, session, why=why)


def _freeze(ports: Ports, lead: Caller, *, why: str) -> FreezeStatus:
    return FreezeStatus.from_block(freezing.freeze(ports, lead, why=why), ports.now())


USE_CASES: Mapping[str, Callable[..., Stopped]] = {
    "revoke-session": _revoke_session,
    "revoke-token": revoke_token,
    "revoke-grant": revoke_grant,
    "revoke-request": revoke_request,
    "revoke-member": suspend_member,
    "member-leaves": leave,
    "revoke-role": end_role,
    "revoke-engagement": revoke_engagement,
    "close-engagement": close_engagement,
    "revoke-client": revoke_client,
    "freeze": _freeze,
}
"""By the stop's name. Each takes the names of the target, and returns the API's answer."""


def carry_out(ports: Ports, lead: Caller, target: StopTarget, *, why: str) -> Stopped:
    """Carry the stop out, and return the answer. Raise the errors of the kind's use case."""
    return USE_CASES[target.kind.name](ports, lead, **sent_fields(target.names), why=why)
