"""Read the report of a role's last check, and rotate the external ID, for leads."""

from __future__ import annotations

from chalicelib.domain.values import Value
from chalicelib.domain.verification.report import Report
from chalicelib.entrypoints.http.routing import RolePath, leads
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.ports import Ports


class LastCheck(Value, kw_only=False):
    """The report of a role's last check."""

    report: Report | None
    """The report. None if the role has ended, or was not checked with its current ARN."""


@leads.get("/v1/engagements/{engagement}/roles/{role}/check")
def show_check(ports: Ports, path: RolePath) -> LastCheck:
    """Show the report of a role's last check: its grade, and each finding with its exact fix"""
    return LastCheck(build_last_report(ports, path.engagement, path.role))
