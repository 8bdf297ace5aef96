"""Run what Amazon EventBridge invokes: nobody waits for its answer, and it never fails as Lambda
sees it, which would say so with the bug's text. What was not done is done by the next run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.observability import report, warn
from chalicelib.telemetry import logger, measured

_REASONS = frozenset(reason.value for reason in Reason)

Failed = Callable[[Exception], None]
Job = Callable[[Any, Failed], msgspec.Struct]
"""Given Lambda's context, and whom to tell of a failure that does not end it: the numbers."""


class Invocation:
    """One run. Nothing is read of the event, which need not be EventBridge's: an operator who
    invokes the function by hand, with any event or none, has the same run."""

    def __init__(self, _event: Any, context: Any) -> None:
        self.context = context


def scheduled(blueprint: Blueprint, every: Rate, name: str) -> Callable[[Callable[..., Any]], Any]:
    """A function that EventBridge invokes so often; it is given the `Invocation`."""

    def decorate(function: Callable[..., Any]) -> Any:
        handler = blueprint.schedule(every, name=name)(function)
        handler.event_class = Invocation  # Chalice's own reads all that EventBridge sends
        return handler

    return decorate


def run_job(
    name: str, run: Invocation, job: Job, metrics: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """The numbers, or why there are none: a line in the log, and for whoever invokes it by hand.

    `metrics` says which of the numbers are counted, and as what.
    """
    invocation = run.context.aws_request_id
    bootstrap.report_invalid_settings()  # each run, so that the alarm lasts until it is corrected

    def failed(error: Exception) -> None:
        if not isinstance(error, DaypassError):
            report(invocation, error)
        elif error.__cause__ is not None:
            warn(invocation, error.__cause__)

    facts: dict[str, Any]
    try:
        facts = msgspec.structs.asdict(job(run.context, failed))
    except DaypassError as error:
        failed(error)
        facts = {"ended": error.reason.value, "detail": error.detail}
    except Exception as bug:  # noqa: BLE001 - Lambda would log the bug's text
        failed(bug)
        facts = {"ended": Reason.BUG.value, "detail": Reason.BUG.sentence}
    # What ends a run early, and is no reason for a refusal, is nothing wrong.
    failed_run = facts.get("ended") in _REASONS
    known = {metric: facts[number] for number, metric in metrics.items() if number in facts}
    told = measured({"FailedRuns": 1}, job=name) if failed_run else measured(known)
    logger.info(name, extra={"correlation_id": invocation, **facts, **told})
    return facts
