"""Run what the operator invokes by hand: it answers in words, and never with a bug's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Request
from chalicelib.entrypoints.http.observability import report, warn
from chalicelib.entrypoints.http.reading import parse

R = TypeVar("R", bound=Request)


def run_operation(
    kind: type[R], event: Any, context: Any, action: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """What the action gives for what was sent, or the reason why it does not, with a sentence."""
    request_id = getattr(context, "aws_request_id", "")
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        return action(parse(kind, event))
    except DaypassError as error:
        if error.__cause__ is not None:
            warn(request_id, error.__cause__)
        return {"reason": error.reason.value, "detail": error.detail}
    except Exception as bug:  # noqa: BLE001 - Lambda would answer with the bug's text
        report(request_id, bug)
        return {"reason": Reason.BUG.value, "detail": Reason.BUG.sentence}
