"""The prober, and how the operator enrols it."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.domain.people.enrolments import EnrolmentCode
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.jobs import (
    Invocation,
    ReportFailure,
    run_job,
    run_operation,
    scheduled,
)
from chalicelib.telemetry import logger
from chalicelib.usecases.prober.check_api import CheckSummary, Finding, check_api
from chalicelib.usecases.prober.check_api import enrol_prober as enrol_now

blueprint = Blueprint(__name__)
METRICS = {"given": "ProberGiven", "unclear": "ProberUnclear", "not_given": "ProberNotGiven"}


class Code(Request, frozen=True, kw_only=True):
    code: EnrolmentCode


@scheduled(blueprint, Rate(5, unit=Rate.MINUTES), "prober")
def prober(run: Invocation) -> dict[str, Any]:
    """Ask the deployed API for what must be refused, and log what was not."""

    def found(finding: Finding) -> None:
        told = finding.told
        facts = {"trial": finding.trial, "verdict": finding.verdict.value, "status": told.status}
        more = {"reason": told.reason, "asked_as": told.request_id}
        correlation = {"correlation_id": run.context.aws_request_id}
        logger.error("trial", extra=facts | more | correlation)

    def job(_context: Any, failed: ReportFailure) -> CheckSummary:
        return check_api(bootstrap.prober_ports(), found, failed)

    return run_job("prober", run, job, METRICS)


@blueprint.lambda_function(name="enrol_prober")
def enrol_prober(event: Any, context: Any) -> dict[str, Any]:
    """Given an enrolment code, get the prober's tokens, and say only that it has them."""

    def enrol(asked: Code) -> dict[str, Any]:
        enrol_now(bootstrap.prober_ports(), asked.code)
        return {"says": "The prober has its tokens. Its next run tries all that needs them."}

    return run_operation(Code, event, context, enrol)
