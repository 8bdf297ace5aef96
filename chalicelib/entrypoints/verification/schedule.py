"""What runs by itself: Amazon EventBridge invokes a function, and nobody waits for its answer."""

from __future__ import annotations

from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import SENTENCES, Reason
from chalicelib.entrypoints.http.observability import logger, report, warn

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, Any]:
    """Check the engagements whose turn has come, and log what came of it in numbers.

    It never fails as Lambda sees it: Lambda would say so with the bug's text. What was not done is
    done by the next run.
    """
    # Here and not above: the API's function registers this, and never runs it.
    from chalicelib.usecases.verification.sweep import sweep as sweep_now

    context: Any = event.context
    invocation = context.aws_request_id

    def failed(error: Exception) -> None:
        if not isinstance(error, DaypassError):
            report(invocation, error)
        elif error.__cause__ is not None:
            warn(invocation, error.__cause__)

    try:
        swept = sweep_now(
            bootstrap.ports(),
            time_left=lambda: context.get_remaining_time_in_millis() / 1000,
            failed=failed,
        )
    except DaypassError as error:
        failed(error)
        return _answer(invocation, ended=error.reason.value, detail=error.detail)
    except Exception as bug:  # noqa: BLE001 - Lambda would log the bug's text
        failed(bug)
        return _answer(invocation, ended=Reason.BUG.value, detail=SENTENCES[Reason.BUG])
    return _answer(invocation, **msgspec.structs.asdict(swept))


def _answer(invocation: str, **facts: Any) -> dict[str, Any]:
    """The numbers as a line in the log, and for whoever invokes the function by hand."""
    logger.info("sweep", extra={"correlation_id": invocation, **facts})
    return facts
