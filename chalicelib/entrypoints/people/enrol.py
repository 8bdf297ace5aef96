"""Serve the exchange of an enrolment code, for anyone who has the code."""

from __future__ import annotations

from chalicelib.domain.people.enrolments import Enrol, EnrolIdentity
from chalicelib.entrypoints.http.authentication import CODE_AND_IDENTITY, ENROLMENT_CODE
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.people.enrol import BoundIdentity, Enrolled, enrol, enrol_identity
from chalicelib.usecases.ports import Ports

code_routes = Routes(authentication=ENROLMENT_CODE)
identity_routes = Routes(authentication=CODE_AND_IDENTITY)


@code_routes.post("/v1/enrol", status=201)
def exchange_code(ports: Ports, body: Enrol, address: str) -> Enrolled:
    """Exchange an enrolment code for an API token, which only this response contains"""
    return enrol(ports, body, address=address)


@identity_routes.post("/v1/enrol/identity", status=201)
def bind_identity(ports: Ports, body: EnrolIdentity, address: str) -> BoundIdentity:
    """Sign in with your identity provider from now on, in exchange for an enrolment code"""
    return enrol_identity(ports, body, address=address)
