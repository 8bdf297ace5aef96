"""Run what is not a request: jobs, which Amazon EventBridge invokes, and operations, which the
operator invokes by hand. Both return errors instead of raising them, because Lambda would show the
text of a bug."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.observability import log_failure
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.telemetry import logger, metric_fields

R = TypeVar("R", bound=Request)

_REASONS = frozenset(reason.value for reason in Reason)

ReportFailure = Callable[[Exception], None]
Job = Callable[[Any, ReportFailure], msgspec.Struct]
"""Takes Lambda's context and a function that reports a failure without ending the job. Returns the
run's numbers."""


class Invocation:
    """One run of a job. It ignores the event, so that an operator can invoke the function by hand
    with any event or none."""

    def __init__(self, _event: Any, context: Any) -> None:
        self.context = context


def scheduled(blueprint: Blueprint, every: Rate, name: str) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator for a function that EventBridge invokes at this rate with the
    `Invocation`."""

    def decorate(function: Callable[..., Any]) -> Any:
        handler = blueprint.schedule(every, name=name)(function)
        handler.event_class = Invocation  # Chalice's own class requires EventBridge's fields
        return handler

    return decorate


def run_job(
    name: str, run: Invocation, job: Job, metrics: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Run the job and return its numbers, or the reason why it failed. Log them, too. `metrics`
    maps numbers to the metrics that count them."""
    invocation = run.context.aws_request_id
    bootstrap.report_invalid_settings()  # in each run, so that the alarm lasts until it is fixed

    def failed(error: Exception) -> None:
        log_failure(invocation, error)

    facts: dict[str, Any]
    try:
        facts = msgspec.structs.asdict(job(run.context, failed))
    except Exception as error:  # noqa: BLE001 - the next run makes up for it
        failure = log_failure(invocation, error)
        facts = {"ended": failure.reason.value, "detail": failure.detail}
    # A run that ends early for another cause than an error's reason has not failed.
    failed_run = facts.get("ended") in _REASONS
    counts = {metric: facts[number] for number, metric in metrics.items() if number in facts}
    measures = metric_fields({"FailedRuns": 1}, job=name) if failed_run else metric_fields(counts)
    logger.info(name, extra={"correlation_id": invocation, **facts, **measures})
    return facts


def run_operation(
    kind: type[R], event: Any, context: Any, action: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """Return the operation's result, or the reason and the sentence of its failure."""
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        return action(parse(kind, event))
    except Exception as error:  # noqa: BLE001 - the operator reads why, and never a bug's text
        failure = log_failure(getattr(context, "aws_request_id", ""), error)
        return {"reason": failure.reason.value, "detail": failure.text(Surface.SHELL)}
