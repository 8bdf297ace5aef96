"""The function SlackWork: carries out leads' actions, which take longer than Slack waits."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, NotFound
from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.messages import Message, context, message, plain, section
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.jobs import run_operation
from chalicelib.entrypoints.http.observability import log_bug, log_upstream_error
from chalicelib.telemetry import logger
from chalicelib.usecases.slack.dispatch import outcome
from chalicelib.usecases.slack.lead_actions import StillRunning, carry_out
from chalicelib.usecases.slack.ports import SlackPorts

blueprint = Blueprint(__name__)

TRIES = 3
"""Attempts to post an answer that Slack does not accept."""


class SlackTask(Request, frozen=True, kw_only=True):
    task: Sha256
    response_url: str


@blueprint.lambda_function(name="slack_work")
def slack_work(event: Any, run: Any) -> dict[str, Any]:
    """Carry out the pending action once, and post its outcome.

    StillRunning if another invocation may be working on it: AWS Lambda then tries again.
    """
    still_running: list[StillRunning] = []
    request_id = getattr(run, "aws_request_id", "")

    def work(event: SlackTask) -> dict[str, Any]:
        slack = bootstrap.slack_ports()
        if slack is None:
            raise NotFound(Reason.SLACK_NOT_SET_UP)
        ended, response = None, None
        failure: DaypassError | None = None
        try:
            ended, failure = carry_out(slack.ports, event.task)
        except StillRunning as running:
            still_running.append(running)
        except DaypassError as error:
            failure, response = error, _failure(error, request_id)
        except Exception as bug:  # noqa: BLE001 - the person who waits in Slack sees that it failed
            log_bug(request_id, bug)
            response = _failure(DaypassError(Reason.BUG), request_id)
        if failure is not None and failure.__cause__ is not None:
            log_upstream_error(request_id, failure.__cause__)
        if ended is not None:
            # A new message: the message "started by" may be posted after this one.
            response = outcome(ended) | {"replace_original": False}
        if response is not None and not _post(slack, event.response_url, response):
            logger.warning("unanswered", extra={"correlation_id": request_id})
        return {"done": ended is not None and failure is None}

    facts = run_operation(SlackTask, event, run, work)
    logger.info("slack work", extra={"correlation_id": request_id, **facts})
    if still_running:
        raise still_running[0]
    return facts


def _failure(error: DaypassError, request_id: str) -> Message:
    text = plain(error.text(Surface.SLACK), 1000)
    source = context(f"{error.reason}, request {request_id}")
    return message(text, section(text), source) | {"replace_original": True}


def _post(slack: SlackPorts, response_url: str, response: Message) -> bool:
    for tries in range(TRIES):
        if slack.responder.respond(response_url, response):
            return True
        slack.ports.pause(tries)
    return False
