"""Run jobs, which Amazon EventBridge invokes on a schedule, and operations, which the operator
invokes by hand. Neither raises an error, because AWS Lambda would show the error's text, which may
hold secrets. Both return the reason for the failure instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from chalicelib import bootstrap
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.observability import log_failure
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.telemetry import build_metric_fields, logger
from chalicelib.usecases.job_runs import store_end, store_start
from chalicelib.usecases.ports import Ports

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
    name: str,
    run: Invocation,
    job: Job,
    metrics: Mapping[str, str] = MappingProxyType({}),
    *,
    get_ports: Callable[[], Ports] | None = None,
) -> dict[str, Any]:
    """Run the job. Log and return the fields of its result, or the reason why it failed.

    `name` is the job's name in the log. `metrics` maps a field of the result to the name of its
    CloudWatch metric. A failed run counts as FailedRuns instead. The start and the end are stored
    for the page Health if the job is a `StoredJob`, with `get_ports` or else `bootstrap.ports`.
    """
    correlation_id = run.context.aws_request_id
    bootstrap.report_invalid_settings()  # in each run, so that the alarm lasts until they are fixed

    def report_failure(error: Exception) -> None:
        log_failure(correlation_id, error)

    record = _RunRecord(name, get_ports or bootstrap.ports, correlation_id)
    record.start()
    result: dict[str, Any]
    try:
        result = msgspec.structs.asdict(job(run.context, report_failure))
    except Exception as error:  # noqa: BLE001 - the next run tries again
        failure = log_failure(correlation_id, error)
        result = {"ended": failure.reason.value, "detail": failure.detail}
    record.end(str(result.get("ended", ALL_DONE)))
    # A run can also end early without an error, for example because its time is up.
    has_failed = result.get("ended") in _REASON_CODES
    # CloudWatch charges for each metric in a month with a value, also with a zero.
    counts = {metric: result[name] for name, metric in metrics.items() if result.get(name)}
    measures = build_metric_fields({"FailedRuns": 1} if has_failed else counts)
    logger.info(name, extra={"correlation_id": correlation_id, **result, **measures})
    return result


class _RunRecord:
    """The stored item of one run. A failure to store it is logged, and the job continues."""

    def __init__(self, name: str, get_ports: Callable[[], Ports], correlation_id: str) -> None:
        self._job = StoredJob(name) if name in list(StoredJob) else None
        self._get_ports, self._correlation_id = get_ports, correlation_id
        self._run: JobRun | None = None

    def start(self) -> None:
        """Store that the run begins."""
        try:
            if self._job:
                self._run = store_start(self._get_ports(), self._job)
        except Exception as error:  # noqa: BLE001 - a job must not fail for its record
            self._log(error)

    def end(self, ended: str) -> None:
        """Store how the run ended, if its start is stored."""
        try:
            if self._run:
                store_end(self._get_ports(), self._run, ended)
        except Exception as error:  # noqa: BLE001 - a job must not fail for its record
            self._log(error)

    def _log(self, error: Exception) -> None:
        facts = {"job": self._job, "error": type(error).__name__}
        logger.warning("run not stored", extra={"correlation_id": self._correlation_id, **facts})


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
