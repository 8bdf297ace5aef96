"""For leads: who may enter an engagement."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneGrant, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import grants
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class GrantList(Thing, frozen=True):
    grants: tuple[Grant, ...]
    cursor: NameCursor | None


@leads.post("/v1/engagements/{engagement}/grants", Action.GRANT_CREATE, status=201)
def create_grant(ports: Ports, lead: Caller, path: OneEngagement, body: CreateGrant) -> Grant:
    """Let a member in: these roles, from–to"""
    return grants.create_grant(ports, lead, path.engagement, body)


@leads.get("/v1/engagements/{engagement}/grants")
def list_grants(ports: Ports, path: OneEngagement, query: Paged) -> GrantList:
    """The engagement's grants, ended ones included"""
    place = find_engagement(ports, path.engagement)
    page = ports.state.list(Grant, engagement=place.id, **sent(query))
    return GrantList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}/grants/{member}")
def show_grant(ports: Ports, path: OneGrant) -> Grant:
    """One member's grant"""
    return grants.find_grant(ports, **sent(path))


@leads.patch("/v1/engagements/{engagement}/grants/{member}", Action.GRANT_CHANGE)
def change_grant(ports: Ports, lead: Caller, path: OneGrant, body: ChangeGrant) -> Grant:
    """Change a grant's roles or dates"""
    return grants.change_grant(ports, lead, **sent(path), asked=body)


@leads.post("/v1/engagements/{engagement}/grants/{member}/revoke", Action.GRANT_REVOKE)
def revoke_grant(ports: Ports, lead: Caller, path: OneGrant, body: Because) -> Revocation:
    """Revoke a grant"""
    return grants.revoke_grant(ports, lead, **sent(path), why=body.reason)
