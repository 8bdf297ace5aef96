"""Run the prober on its schedule, and enrol it for the operator.

The prober is a function that tests the deployed API. It sends requests that the API must refuse,
and one that the API must allow.
"""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.people.enrolments import EnrolmentCode
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import (
    Invocation,
    ReportFailure,
    run_job,
    run_operation,
    schedule_job,
)
from chalicelib.telemetry import logger
from chalicelib.usecases.prober.check_api import CheckSummary, Finding, check_api
from chalicelib.usecases.prober.check_api import enrol_prober as enrol_with_code

blueprint = Blueprint(__name__)
# The CloudWatch metric for each field of `CheckSummary` that is counted.
METRICS = {
    "wrongly_allowed": "ProberWronglyAllowed",
    "inconclusive": "ProberInconclusive",
    "not_enrolled": "ProberNotEnrolled",
    "wrongly_denied": "ProberWronglyDenied",
}


class EnrolRequest(Request):
    """A request to enrol the prober with this code."""

    code: EnrolmentCode


@schedule_job(blueprint, Rate(5, unit=Rate.MINUTES), "prober")
def prober(run: Invocation) -> dict[str, Any]:
    """Check the deployed API. Log each unexpected response, and how many checks failed."""

    def log_finding(finding: Finding) -> None:
        """Log a check whose response was not as expected, with the response's request ID."""
        fields = {
            "check": finding.check,
            "verdict": finding.verdict.value,
            "status": finding.response.status,
            "reason": finding.response.reason,
            "checked_request_id": finding.response.request_id,
            "correlation_id": run.context.aws_request_id,
        }
        logger.error("API check", extra=fields)

    def make_checks(_context: Any, report_failure: ReportFailure) -> CheckSummary:
        return check_api(bootstrap.prober_ports(), log_finding, report_failure)

    return run_job("prober", run, make_checks, METRICS)


@blueprint.lambda_function(name="enrol_prober")
def enrol_prober(event: Any, context: Any) -> dict[str, Any]:
    """Exchange an enrolment code for the prober's tokens, and store them for its runs."""

    def enrol(request: EnrolRequest) -> dict[str, Any]:
        enrol_with_code(bootstrap.prober_ports(), request.code)
        return {"message": "The prober is enrolled. From its next run on, it makes all its checks."}

    return run_operation(EnrolRequest, event, context, enrol)
