"""Run jobs, which Amazon EventBridge invokes on a schedule, and operations, which the operator
invokes by hand. Neither raises an error, because AWS Lambda would show the error's text, which may
hold secrets. Both return the reason for the failure instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
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


class Invocation:
    """One run of a job. The event can be anything or nothing, so that an operator can invoke the
    function by hand."""

    def __init__(self, event: Any, context: Any) -> None:
        self._context = context
        self.correlation_id: str = context.aws_request_id
        self.is_kick = isinstance(event, dict) and event.get("kicked") is True
        """True if another function requested the run, because it has made new work."""

    def time_left(self) -> float:
        """Return the seconds that this run has left."""
        return float(self._context.get_remaining_time_in_millis() / 1000)

    def report_failure(self, error: Exception) -> None:
        """Log a failure that does not end the job."""
        log_failure(self.correlation_id, error)


Job = Callable[[Invocation], msgspec.Struct]
"""A job's function. It returns the run's results as a Struct, such as the number of roles
checked."""


def schedule_job(
    blueprint: Blueprint, every: Rate, metrics: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Job], Any]:
    """Return a decorator that makes a job a Lambda function, which EventBridge invokes at this
    rate. `run_job` runs it, under the name of the decorated function."""

    def decorate(job: Job) -> Any:
        @wraps(job)
        def handle(run: Invocation) -> dict[str, Any]:
            return run_job(job.__name__, run, job, metrics)

        handler = blueprint.schedule(every, name=job.__name__)(handle)
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
    CloudWatch metric. A failed run counts as FailedRuns instead. If the job is a `StoredJob`, store
    its start and its end for the Health page, with `get_ports` or else `bootstrap.ports`.
    """
    correlation_id = run.correlation_id
    bootstrap.report_invalid_settings()  # in each run, so that the alarm lasts until they are fixed
    ports = get_ports or bootstrap.ports
    stored_run: JobRun | None = None
    if name in list(StoredJob):
        stored_run = _store(run, name, lambda: store_start(ports(), StoredJob(name)))
    result: dict[str, Any]
    try:
        result = msgspec.structs.asdict(job(run))
    except Exception as error:  # noqa: BLE001 - the next run tries again
        failure = log_failure(correlation_id, error)
        result = {"ended": failure.reason.value, "detail": failure.detail}
    if stored_run is not None:
        ended = str(result.get("ended", ALL_DONE))
        _store(run, name, lambda: store_end(ports(), stored_run, ended))
    # A job's own result can have a field `ended` too: why the run ended early without an error, for
    # example because its time was up. Only the code of a Reason in it means a failure.
    has_failed = result.get("ended") in _REASON_CODES
    # CloudWatch charges for each metric in a month with a value, also with a zero.
    counts = {metric: result[field] for field, metric in metrics.items() if result.get(field)}
    measures = build_metric_fields({"FailedRuns": 1} if has_failed else counts)
    logger.info(name, extra={"correlation_id": correlation_id, **result, **measures})
    return result


def _store(run: Invocation, job: str, store: Callable[[], JobRun | None]) -> JobRun | None:
    """Store the start or the end of the run, and return the stored item. If that fails, log it, and
    return None, because a job must not fail for its record."""
    try:
        return store()
    except Exception as error:  # noqa: BLE001 - the job continues
        facts = {"job": job, "error": type(error).__name__}
        logger.warning("run not stored", extra={"correlation_id": run.correlation_id, **facts})
        return None


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
