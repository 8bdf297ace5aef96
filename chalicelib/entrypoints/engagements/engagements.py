"""For leads: engagements, and what a suspended lead set up."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneMember, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import end_lead_changes as changes
from chalicelib.usecases.engagements import engagements
from chalicelib.usecases.engagements.end_lead_changes import EndedLeadChanges
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class EngagementList(Thing, frozen=True):
    engagements: tuple[Engagement, ...]
    cursor: NameCursor | None


@leads.get("/v1/engagements")
def list_engagements(ports: Ports, query: Paged) -> EngagementList:
    """All engagements, ended ones included"""
    page = ports.state.list(Engagement, **sent(query))
    return EngagementList(page.items, page.cursor or None)


@leads.get("/v1/engagements/{engagement}")
def show_engagement(ports: Ports, path: OneEngagement) -> Engagement:
    """One engagement"""
    return engagements.find_engagement(ports, path.engagement)


@leads.patch("/v1/engagements/{engagement}", Action.ENGAGEMENT_CHANGE)
def change_engagement(
    ports: Ports, lead: Caller, path: OneEngagement, body: ChangeEngagement
) -> Engagement:
    """Change an engagement's dates or the client's name"""
    return engagements.change_engagement(ports, lead, path.engagement, body)


@leads.post("/v1/engagements/{engagement}/close", Action.ENGAGEMENT_CLOSE)
def close_engagement(ports: Ports, lead: Caller, path: OneEngagement, body: Because) -> Revocation:
    """Close an engagement: the work is done"""
    return engagements.close_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/engagements/{engagement}/revoke", Action.ENGAGEMENT_REVOKE)
def revoke_engagement(ports: Ports, lead: Caller, path: OneEngagement, body: Because) -> Revocation:
    """Revoke an engagement: something is wrong, nobody gets in from now on"""
    return engagements.revoke_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/engagements/{engagement}/reopen", Action.ENGAGEMENT_REOPEN)
def reopen_engagement(ports: Ports, lead: Caller, path: OneEngagement, body: Because) -> Engagement:
    """Undo a close or a revocation"""
    return engagements.reopen_engagement(ports, lead, path.engagement, why=body.reason)


@leads.post("/v1/members/{member}/end-lead-changes", Action.LEAD_CHANGES_END)
def end_lead_changes(
    ports: Ports, lead: Caller, path: OneMember, body: Because
) -> EndedLeadChanges:
    """End what a suspended lead set up and that still works; says what is left for people"""
    return changes.end_lead_changes(ports, lead, path.member, why=body.reason)
