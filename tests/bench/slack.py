"""Measure the response time of `/daypass` when no container is running."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local import sample_data
from local.processes import RunningStack, stack
from local.slack.workspace import PEOPLE, stand_in
from tests.bench.reporting import say
from tests.bench.starts import cold_start, print_beside
from tests.entrypoints.driver import event
from tests.fakes.slack import text_of
from tests.runtime_api import ENVIRONMENT

PUBLISHED = "1,900 to 2,200 ms of init alone, on AWS Lambda"
"""SSO Elevator's figures, from its issue 213. It also answers Slack from AWS Lambda."""
SLACK_TIMEOUT = 3000
"""Slack's timeout in milliseconds."""


class ListCommand:
    """`/daypass list` by Alice, signed anew each time, and the function's environment."""

    def __init__(self, running: RunningStack, rest: ExitStack) -> None:
        self._running = running
        self._slack = rest.enter_context(stand_in(running.aws, running.api_url))
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
        gateway_event = event(
            "POST", request.path, headers=request.headers, body=request.body.decode()
        )
        return json.dumps(gateway_event).encode()

    def _bind(self, token: str) -> None:
        response = self._slack.deliver(self._slack.command("link", PEOPLE["alice"]), patience=30)
        message: dict[str, Any] = response.message or {}
        code = text_of(message).partition("Your code is `")[2].partition("`")[0]
        sample_data.Api(self._running.api_url, token)("POST", "/v1/me/slack", code=code)


def print_slack(function: Path, minimal: Path) -> None:
    """Print the time from the start of the process to the response, beside a function that only
    creates two clients. Slack's function fetches the signing secret and the list from AWS."""
    with ExitStack() as rest:
        running = rest.enter_context(stack(aws_port=0, api_port=0))
        command = ListCommand(running, rest)
        environment = {
            name: value
            for name, value in ENVIRONMENT.items()
            if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        } | command.environment
        print_beside(
            "/daypass list while no container runs, to the response",
            {
                "the zip: Slack's function": lambda: cold_start(
                    function, "app.app", command.event(), environment
                ),
                "a function with boto3 and two clients": lambda: cold_start(
                    minimal, "minimal.handler"
                ),
            },
            before="1.12 to 1.23",
        )
    say(f"  Slack waits {SLACK_TIMEOUT} ms. SSO Elevator has published {PUBLISHED}.\n")
