"""Enrolment: codes, for leads; and the exchange of one for a token, for whoever has it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.enrolments import CreateEnrolment, Enrol, EnrolIdentity, Enrolment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneMember
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.http.ways import CODE_AND_IDENTITY, ENROLMENT_CODE
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import enrolments
from chalicelib.usecases.people.codes import NewEnrolment
from chalicelib.usecases.people.enrol import Bound, Enrolled, enrol, enrol_identity
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
newcomers = Routes(blueprint, way_in=ENROLMENT_CODE)
newcomers_with_identity = Routes(blueprint, way_in=CODE_AND_IDENTITY)


@newcomers.post("/v1/enrol", status=201)
def exchange_code(ports: Ports, body: Enrol, address: str) -> Enrolled:
    """Exchange an enrolment code for an API token, which is in this answer and nowhere else"""
    return enrol(ports, **sent(body), address=address)


@newcomers_with_identity.post("/v1/enrol/identity", status=201)
def bind_identity(ports: Ports, body: EnrolIdentity, address: str) -> Bound:
    """Come in by your identity provider's word from now on, for an enrolment code"""
    return enrol_identity(ports, **sent(body), address=address)


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
