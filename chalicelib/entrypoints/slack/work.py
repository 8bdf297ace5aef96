"""The Lambda function SlackWork, which carries out actions that leads start in Slack, such as a
revocation. An action can take longer than Slack waits for a response."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, NotFound, Reason
from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.slack.messages import (
    Message,
    build_refusal_message,
)
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.jobs import run_operation
from chalicelib.entrypoints.http.observability import log_bug, log_upstream_error
from chalicelib.telemetry import logger
from chalicelib.usecases.slack.authentication import SlackPorts
from chalicelib.usecases.slack.dispatch import StillRunning, build_outcome_message, carry_out_action

blueprint = Blueprint(__name__)

MAX_POST_ATTEMPTS = 3
"""The maximum number of attempts to post a message that Slack does not accept."""


class SlackTask(Request):
    """The event of SlackWork: the hash that identifies the pending action, and Slack's URL for the
    response."""

    task: Sha256
    response_url: str


@blueprint.lambda_function(name="slack_work")
def slack_work(event: Any, run: Any) -> dict[str, Any]:
    """Carry out a lead's pending action, unless it was carried out before. Post its outcome.

    Raise StillRunning if another invocation may be working on the action. AWS Lambda then invokes
    the function again.
    """
    # `run_operation` returns errors instead of raising them. So keep this error, to raise it later.
    still_running: list[StillRunning] = []
    request_id = getattr(run, "aws_request_id", "")

    def carry_out_task(event: SlackTask) -> dict[str, Any]:
        """Carry out the action, and post its outcome or the reason why it failed to Slack. Return
        whether this run did the action, without an error.

        Post nothing while another run is doing the action. The function then fails, below, so that
        Lambda runs it again later."""
        slack = bootstrap.slack_ports()
        if slack is None:
            raise NotFound(Reason.SLACK_NOT_SET_UP)
        ended_action, response = None, None
        error_to_log: DaypassError | None = None
        try:
            # Both are set if an error left it unknown whether the action was done: the action has
            # ended, with an outcome that says so.
            ended_action, error_to_log = carry_out_action(slack.ports, event.task)
        except StillRunning as running:
            still_running.append(running)
        except DaypassError as error:
            error_to_log, response = error, _build_failure_message(error, request_id)
        except Exception as bug:  # noqa: BLE001 - the person who waits in Slack must see that it failed
            log_bug(request_id, bug)
            response = _build_failure_message(DaypassError(Reason.BUG), request_id)
        if error_to_log is not None and error_to_log.__cause__ is not None:
            log_upstream_error(request_id, error_to_log.__cause__)
        if ended_action is not None:
            # Post a new message. Do not replace the message "started by": Slack may show that
            # message only after this one.
            response = build_outcome_message(ended_action) | {"replace_original": False}
        if response is not None and not _post_message(slack, event.response_url, response):
            logger.warning("unanswered", extra={"correlation_id": request_id})
        return {"done": ended_action is not None and error_to_log is None}

    facts = run_operation(SlackTask, event, run, carry_out_task)
    logger.info("slack work", extra={"correlation_id": request_id, **facts})
    if still_running:
        raise still_running[0]
    return facts


def _build_failure_message(error: DaypassError, request_id: str) -> Message:
    """Return a message that explains the error, and replaces the message with the button."""
    return build_refusal_message(error, request_id) | {"replace_original": True}


def _post_message(slack: SlackPorts, response_url: str, response: Message) -> bool:
    """Return whether Slack accepted the message, after several attempts if necessary."""
    for attempt in range(MAX_POST_ATTEMPTS):
        if slack.responder.respond(response_url, response):
            return True
        slack.ports.pause(attempt)
    return False
