"""For leads: what a suspended lead set up."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneMember
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import end_lead_changes as changes
from chalicelib.usecases.engagements.end_lead_changes import EndedLeadChanges
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


@leads.post("/v1/members/{member}/end-lead-changes", Action.LEAD_CHANGES_END)
def end_lead_changes(
    ports: Ports, lead: Caller, path: OneMember, body: Because
) -> EndedLeadChanges:
    """End what a suspended lead set up and that still works; says what is left for people"""
    return changes.end_lead_changes(ports, lead, path.member, why=body.reason)
