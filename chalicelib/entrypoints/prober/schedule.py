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
from chalicelib.entrypoints.http.jobs import Invocation, run_operation, schedule_job
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


@schedule_job(blueprint, Rate(5, unit=Rate.MINUTES), METRICS)
def prober(run: Invocation) -> CheckSummary:
    """Check the deployed API. Log each unexpected response, and return how many checks failed."""

    def log_finding(finding: Finding) -> None:
        """Log a check whose response was not as expected, with the response's request ID."""
        fields = {
            "check": finding.check,
            "verdict": finding.verdict.value,
            "status": finding.response.status,
            "reason": finding.response.reason,
            "checked_request_id": finding.response.request_id,
            "correlation_id": run.correlation_id,
        }
        logger.error("API check", extra=fields)

    return check_api(bootstrap.prober_ports(), log_finding, run.report_failure)


@blueprint.lambda_function(name="enrol_prober")
def enrol_prober(event: Any, context: Any) -> dict[str, Any]:
    """Exchange an enrolment code for the prober's tokens, and store them for its runs."""

    def enrol(request: EnrolRequest) -> dict[str, Any]:
        enrol_with_code(bootstrap.prober_ports(), request.code)
        return {"message": "The prober is enrolled. From its next run on, it makes all its checks."}

    return run_operation(EnrolRequest, event, context, enrol)
