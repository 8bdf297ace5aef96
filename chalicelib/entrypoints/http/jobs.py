"""Run what is no request: jobs, which Amazon EventBridge invokes, and what the operator invokes by
hand. Neither fails as Lambda sees it, which would answer with the bug's text."""

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
from chalicelib.entrypoints.http.observability import explain
from chalicelib.entrypoints.http.reading import parse
from chalicelib.telemetry import logger, measured

R = TypeVar("R", bound=Request)

_REASONS = frozenset(reason.value for reason in Reason)

ReportFailure = Callable[[Exception], None]
Job = Callable[[Any, ReportFailure], msgspec.Struct]
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
    """The numbers, or why there are none, which is a line in the log too. `metrics` says which of
    the numbers are counted, and as what."""
    invocation = run.context.aws_request_id
    bootstrap.report_invalid_settings()  # each run, so that the alarm lasts until it is corrected

    def failed(error: Exception) -> None:
        explain(invocation, error)

    facts: dict[str, Any]
    try:
        facts = msgspec.structs.asdict(job(run.context, failed))
    except Exception as error:  # noqa: BLE001 - what was not done is done by the next run
        known = explain(invocation, error)
        facts = {"ended": known.reason.value, "detail": known.detail}
    # What ends a run early, and is no reason for a refusal, is nothing wrong.
    failed_run = facts.get("ended") in _REASONS
    counts = {metric: facts[number] for number, metric in metrics.items() if number in facts}
    told = measured({"FailedRuns": 1}, job=name) if failed_run else measured(counts)
    logger.info(name, extra={"correlation_id": invocation, **facts, **told})
    return facts


def run_operation(
    kind: type[R], event: Any, context: Any, action: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """What the action gives for what was sent, or the reason why it does not, with a sentence."""
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        return action(parse(kind, event))
    except Exception as error:  # noqa: BLE001 - the operator reads why, and never a bug's text
        known = explain(getattr(context, "aws_request_id", ""), error)
        return {"reason": known.reason.value, "detail": known.text(Surface.SHELL)}
