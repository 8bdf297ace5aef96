"""For leads: prove a client's role, read what was found, and rotate its external ID."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.report import Report
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneRole
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)

# The use cases are imported where they are asked for: no vend should wait for them (`make bench`).


class LastCheck(Thing, frozen=True):
    report: Report | None


class VerifiedRole(Thing, frozen=True):
    """A role as it is after a check, and what the check said."""

    role: Inline[Role]
    report: Report | None


@leads.get("/v1/engagements/{engagement}/roles/{role}/check")
def show_check(ports: Ports, path: OneRole) -> LastCheck:
    """What the last check of a role said: its grade, each finding with its exact fix"""
    from chalicelib.usecases.onboarding.client_setup import last_report

    return LastCheck(last_report(ports, **sent(path)))


@leads.post("/v1/engagements/{engagement}/roles/{role}/verify", Action.ROLE_VERIFY, enters=True)
def verify_role(ports: Ports, lead: Caller, path: OneRole) -> VerifiedRole:
    """Prove that the role takes the external ID, and refuses the wrong ones that Daypass tries"""
    from chalicelib.usecases.onboarding.client_setup import last_report
    from chalicelib.usecases.verification.check_role import check_role

    role = check_role(ports, lead, **sent(path))
    return VerifiedRole(role, last_report(ports, **sent(path)))


@leads.post("/v1/engagements/{engagement}/rotate", Action.EXTERNAL_ID_ROTATE)
def rotate(ports: Ports, lead: Caller, path: OneEngagement, body: Because) -> Engagement:
    """Begin to rotate the external ID; the checks of the roles take it further"""
    from chalicelib.usecases.verification import rotation

    return rotation.rotate(ports, lead, path.engagement, why=body.reason)
