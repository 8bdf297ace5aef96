"""Verify a client's role, for leads."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Value, sent_fields
from chalicelib.domain.verification.report import Report
from chalicelib.entrypoints.http.routing import RolePath, leads
from chalicelib.usecases.ports import Ports


class VerifiedRole(Value, kw_only=False):
    """A role after a check, and the report of the check."""

    role: Inline[Role]
    report: Report | None
    """The report of the check. None if the role changed meanwhile, so that the check no longer
    counts."""


@leads.post(
    "/v1/engagements/{engagement}/roles/{role}/verify", Action.ROLE_VERIFY, assumes_role=True
)
def verify_role(ports: Ports, lead: Caller, path: RolePath) -> VerifiedRole:
    """Verify that the role accepts the external ID and refuses the wrong ones that Daypass tries"""
    # Imported here because this Lambda function also vends, and the first vend after a cold start
    # must not wait for these imports.
    from chalicelib.usecases.onboarding.client_setup import build_last_report
    from chalicelib.usecases.verification.verify import check_role

    role = check_role(ports, lead, **sent_fields(path))
    return VerifiedRole(role, build_last_report(ports, path.engagement, path.role))
