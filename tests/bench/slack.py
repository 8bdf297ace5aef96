"""Measure the response time of /daypass when no container is running."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local import sample_data
from local.processes import Running, stack
from local.slack.workspace import PEOPLE, stand_in
from tests.bench.reporting import say
from tests.bench.starts import cold_start, print_beside
from tests.entrypoints.driver import event
from tests.fakes.slack import text_of
from tests.runtime_api import ENVIRONMENT

PUBLISHED = "1,900 to 2,200 ms of init alone, on AWS Lambda"
"""SSO Elevator's figure (its issue 213): the most similar project that serves Slack from AWS
Lambda."""
TIMEOUT = 3000
"""Slack's timeout in milliseconds."""


class ListCommand:
    """`/daypass list` by Alice, signed again for each request, and the function's environment."""

    def __init__(self, running: Running, contexts: ExitStack) -> None:
        self._running = running
        self._slack = contexts.enter_context(stand_in(running.aws, running.api_url))
        self._bind(sample_data.create_sample_data(running)["alice"])
        self.environment = running.functions.credentials("Slack") | {
            "DAYPASS_FUNCTION": "Slack",
            "DAYPASS_STATE_TABLE": running.foundation.state_table,
            "DAYPASS_TRAIL_TABLE": running.foundation.trail_table,
            "DAYPASS_SLACK_SIGNING": "/daypass/slack/signing",
            "AWS_ENDPOINT_URL": running.aws.url,
        }

    def event(self) -> bytes:
        request = self._slack.command("list", PEOPLE["alice"])
        function_event = event(
            "POST", request.path, headers=request.headers, body=request.body.decode()
        )
        return json.dumps(function_event).encode()

    def _bind(self, token: str) -> None:
        response = self._slack.deliver(self._slack.command("link", PEOPLE["alice"]), patience=30)
        message: dict[str, Any] = response.message or {}
        code = text_of(message).partition("Your code is `")[2].partition("`")[0]
        sample_data.Api(self._running.api_url, token)("POST", "/v1/me/slack", code=code)


def print_slack(function: Path, baseline: Path) -> None:
    """Print the time from the process's start to the response, beside that of the baseline
    function.

    The function fetches the signing secret and the data from the local AWS.
    """
    with ExitStack() as contexts:
        running = contexts.enter_context(stack(aws_port=0, api_port=0))
        command = ListCommand(running, contexts)
        environment = {
            name: value
            for name, value in ENVIRONMENT.items()
            if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        } | command.environment
        print_beside(
            "/daypass list without a running container, until the response",
            {
                "the zip: Slack's function": lambda: cold_start(
                    function, "app.app", command.event(), environment
                ),
                "a function with boto3 and two clients": lambda: cold_start(
                    baseline, "baseline.handler"
                ),
            },
            before="1.12 to 1.23",
        )
    say(f"  Slack's timeout is {TIMEOUT} ms. SSO Elevator reports {PUBLISHED}.\n")
