"""Routes that revoke several items in one call: a client, and all access of a member who leaves."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.text import ClientName
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.several_revocations import ClientRevocation
from chalicelib.entrypoints.http.requests import MemberPath, ReasonBody
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import member_leaves, revoke_client
from chalicelib.usecases.engagements.member_leaves import MemberLeft
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class RevokeClient(ReasonBody, frozen=True, kw_only=True):
    """A request to revoke all engagements of a client."""

    client: ClientName


@leads.post("/v1/clients/revoke", Action.CLIENT_REVOKE)
def revoke_client_engagements(ports: Ports, lead: Caller, body: RevokeClient) -> ClientRevocation:
    """Revoke a client: all engagements with this client's name. Repeat it to continue"""
    return revoke_client.revoke_client(ports, lead, body.client, why=body.reason)


@leads.post("/v1/members/{member}/leave", Action.MEMBER_LEAVE)
def record_leaving(ports: Ports, lead: Caller, path: MemberPath, body: ReasonBody) -> MemberLeft:
    """Suspend a member who leaves the firm, and revoke all their grants. Repeat it to continue"""
    return member_leaves.leave(ports, lead, path.member, why=body.reason)
