"""The function SlackWork, which carries out leads' actions. They can take longer than Slack
waits."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, NotFound
from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.messages import (
    Message,
    build_refusal_message,
)
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.jobs import run_operation
from chalicelib.entrypoints.http.observability import log_bug, log_upstream_error
from chalicelib.telemetry import logger
from chalicelib.usecases.slack.dispatch import build_outcome_message
from chalicelib.usecases.slack.lead_actions import StillRunning, carry_out_action
from chalicelib.usecases.slack.ports import SlackPorts

blueprint = Blueprint(__name__)

TRIES = 3
"""How often Daypass tries to post an answer if Slack does not accept it."""


class SlackTask(Request, frozen=True, kw_only=True):
    task: Sha256
    response_url: str


@blueprint.lambda_function(name="slack_work")
def slack_work(event: Any, run: Any) -> dict[str, Any]:
    """Carry out the pending action, unless it was carried out before, and post its outcome.

    Raise StillRunning if another invocation may be working on the action. AWS Lambda then invokes
    the function again.
    """
    still_running: list[StillRunning] = []
    request_id = getattr(run, "aws_request_id", "")

    def carry_out_task(event: SlackTask) -> dict[str, Any]:
        slack = bootstrap.slack_ports()
        if slack is None:
            raise NotFound(Reason.SLACK_NOT_SET_UP)
        ended_action, response = None, None
        error_to_log: DaypassError | None = None
        try:
            ended_action, error_to_log = carry_out_action(slack.ports, event.task)
        except StillRunning as running:
            still_running.append(running)
        except DaypassError as error:
            error_to_log, response = error, _failure_message(error, request_id)
        except Exception as bug:  # noqa: BLE001 - the person who waits in Slack must see that it failed
            log_bug(request_id, bug)
            response = _failure_message(DaypassError(Reason.BUG), request_id)
        if error_to_log is not None and error_to_log.__cause__ is not None:
            log_upstream_error(request_id, error_to_log.__cause__)
        if ended_action is not None:
            # Post a new message: the one that says "started by" may be posted after this one.
            response = build_outcome_message(ended_action) | {"replace_original": False}
        if response is not None and not _post_message(slack, event.response_url, response):
            logger.warning("unanswered", extra={"correlation_id": request_id})
        return {"done": ended_action is not None and error_to_log is None}

    facts = run_operation(SlackTask, event, run, carry_out_task)
    logger.info("slack work", extra={"correlation_id": request_id, **facts})
    if still_running:
        raise still_running[0]
    return facts


def _failure_message(error: DaypassError, request_id: str) -> Message:
    return build_refusal_message(error, request_id) | {"replace_original": True}


def _post_message(slack: SlackPorts, response_url: str, response: Message) -> bool:
    for tries in range(TRIES):
        if slack.responder.respond(response_url, response):
            return True
        slack.ports.pause(tries)
    return False
