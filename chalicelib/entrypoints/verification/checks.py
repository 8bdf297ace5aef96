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
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS

blueprint = Blueprint(__name__)

# The use cases are imported where they are asked for: no vend should wait for them (`make bench`).


class LastCheck(Thing, frozen=True):
    report: Report | None


class VerifiedRole(Thing, frozen=True):
    """A role as it is after a check, and what the check said."""

    role: Inline[Role]
    report: Report | None


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/check",
    summary="What the last check of a role said: its grade, each finding with its exact fix",
    kinds=LEADS,
    named=OneRole,
)
def show_check(call: Call, _lead: Caller) -> LastCheck:
    from chalicelib.usecases.onboarding.client_setup import last_report

    return LastCheck(last_report(call.ports, **sent(call.path)))


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/verify",
    summary="Prove that the role lets Daypass in with its external ID, and only with it",
    kinds=LEADS,
    action=Action.ROLE_VERIFY,
    named=OneRole,
)
def verify_role(call: Call, lead: Caller) -> VerifiedRole:
    from chalicelib.usecases.onboarding.client_setup import last_report
    from chalicelib.usecases.verification.check_role import check_role

    role = check_role(call.ports, lead, **sent(call.path))
    return VerifiedRole(role, last_report(call.ports, **sent(call.path)))


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/rotate",
    summary="Begin to rotate the external ID; the checks of the roles take it further",
    kinds=LEADS,
    action=Action.EXTERNAL_ID_ROTATE,
    named=OneEngagement,
    body=Because,
)
def rotate(call: Call, lead: Caller) -> Engagement:
    from chalicelib.usecases.verification import rotation

    return rotation.rotate(call.ports, lead, call.path.engagement, why=call.body.reason)
