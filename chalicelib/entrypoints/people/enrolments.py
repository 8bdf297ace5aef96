"""Enrolment codes, for leads."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.enrolments import CreateEnrolment, Enrolment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneMember
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import enrolments
from chalicelib.usecases.people.codes import NewEnrolment
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


@leads.post("/v1/members/{member}/enrolment", Action.ENROLMENT_CREATE, status=201)
def create_enrolment(
    ports: Ports, lead: Caller, path: OneMember, body: CreateEnrolment
) -> NewEnrolment:
    """Make another enrolment code in place of the last; it is in this answer and nowhere else"""
    return enrolments.create_enrolment(ports, lead, path.member, **sent(body))


@leads.get("/v1/members/{member}/enrolment")
def show_enrolment(ports: Ports, path: OneMember) -> Enrolment:
    """A member's last enrolment code, and what became of it; its text is not kept"""
    return enrolments.find_enrolment(ports, path.member)


@leads.post("/v1/members/{member}/enrolment/revoke", Action.ENROLMENT_REVOKE)
def revoke_enrolment(ports: Ports, lead: Caller, path: OneMember, body: Because) -> Enrolment:
    """Withdraw an enrolment code: nobody gets a token with it any more"""
    return enrolments.revoke_enrolment(ports, lead, path.member, why=body.reason)
