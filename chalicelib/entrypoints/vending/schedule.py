"""What looks after sessions by itself: Amazon EventBridge invokes it, and nobody waits for it."""

from __future__ import annotations

from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import SENTENCES, Reason
from chalicelib.entrypoints.http.observability import logger, report, warn

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="watch")
def watch(event: CloudWatchEvent) -> dict[str, Any]:
    """Tell the leads of whoever has too many sessions, and log the numbers.

    It never fails as Lambda sees it: Lambda would say so with the bug's text.
    """
    # Here and not above: the API's function registers this, and never runs it.
    from chalicelib.usecases.vending.watch import watch_sessions

    context: Any = event.context
    try:
        watched = watch_sessions(bootstrap.ports())
    except DaypassError as error:
        if error.__cause__ is not None:
            warn(context.aws_request_id, error.__cause__)
        return _answer(context, ended=error.reason.value, detail=error.detail)
    except Exception as bug:  # noqa: BLE001 - Lambda would log the bug's text
        report(context.aws_request_id, bug)
        return _answer(context, ended=Reason.BUG.value, detail=SENTENCES[Reason.BUG])
    return _answer(context, **msgspec.structs.asdict(watched))


def _answer(context: Any, **facts: Any) -> dict[str, Any]:
    """The numbers as a line in the log, and for whoever invokes the function by hand."""
    logger.info("watch", extra={"correlation_id": context.aws_request_id, **facts})
    return facts
