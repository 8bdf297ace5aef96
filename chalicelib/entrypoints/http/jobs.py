"""Run jobs, which Amazon EventBridge invokes on a schedule, and operations, which the operator
invokes by hand. Neither raises an error, because AWS Lambda would show the error's text, which may
hold secrets. Both return the reason for the failure instead."""

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
from chalicelib.telemetry import build_metric_fields, logger

R = TypeVar("R", bound=Request)

_REASON_CODES = frozenset(reason.value for reason in Reason)

ReportFailure = Callable[[Exception], None]
Job = Callable[[Any, ReportFailure], msgspec.Struct]
"""A job's function. It takes Lambda's context, and a function that logs a failure without ending
the job. It returns the run's results as a Struct, such as the number of roles checked."""


class Invocation:
    """One run of a scheduled function. The event can be anything or nothing, so that an operator
    can invoke the function by hand."""

    def __init__(self, event: Any, context: Any) -> None:
        self.context = context
        self.is_kick = isinstance(event, dict) and event.get("kicked") is True
        """True if another function requested the run, because it has made new work."""


def schedule_job(
    blueprint: Blueprint, every: Rate, name: str
) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that registers a Lambda function, which EventBridge invokes at this rate.

    The decorated function takes an `Invocation`.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        handler = blueprint.schedule(every, name=name)(function)
        handler.event_class = Invocation  # Chalice's own class requires EventBridge's fields
        return handler

    return decorate


def run_job(
    name: str, run: Invocation, job: Job, metrics: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Run the job. Log and return the fields of its result, or the reason why it failed.

    `name` is the job's name in the log. `metrics` maps a field of the result to the name of its
    CloudWatch metric. A failed run counts as FailedRuns instead.
    """
    correlation_id = run.context.aws_request_id
    bootstrap.report_invalid_settings()  # in each run, so that the alarm lasts until they are fixed

    def report_failure(error: Exception) -> None:
        log_failure(correlation_id, error)

    result: dict[str, Any]
    try:
        result = msgspec.structs.asdict(job(run.context, report_failure))
    except Exception as error:  # noqa: BLE001 - the next run tries again
        failure = log_failure(correlation_id, error)
        result = {"ended": failure.reason.value, "detail": failure.detail}
    # A run can also end early without an error, for example because its time is up.
    has_failed = result.get("ended") in _REASON_CODES
    counts = {metric: result[name] for name, metric in metrics.items() if name in result}
    measures = (
        build_metric_fields({"FailedRuns": 1}, job=name)
        if has_failed
        else build_metric_fields(counts)
    )
    logger.info(name, extra={"correlation_id": correlation_id, **result, **measures})
    return result


def run_operation(
    kind: type[R], event: Any, context: Any, action: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """Parse the Lambda event as a request of type `kind`. Return the result of `action` for it.

    If parsing or the action fails, log the failure, and return the reason's code and a message for
    the operator.
    """
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        return action(parse(kind, event))
    except Exception as error:  # noqa: BLE001 - Lambda would show the text of a bug
        failure = log_failure(getattr(context, "aws_request_id", ""), error)
        return {"reason": failure.reason.value, "detail": failure.text(Surface.SHELL)}
