"""Run the function Notify once, which on AWS runs each minute."""

from __future__ import annotations

import sys
import time

from chalicelib.usecases.notifications.trail_run import TRAIL_LAG
from local.endpoint import Endpoint
from local.functions import environment_with
from local.processes import as_function, build_slack_environment
from local.sample_accounts import read_foundation

_SECONDS = 30.0
WAIT_SECONDS = TRAIL_LAG.total_seconds() + 1
"""Notify leaves the last seconds to its next run."""


def run_notify(aws: Endpoint, hooks: str) -> None:
    """Let Daypass post the notifications of all that has happened until now.

    `hooks` is the URL to use instead of https://hooks.slack.com. Notify leaves the last seconds to
    its next run, so wait until they are over.
    """
    from chalicelib import bootstrap
    from chalicelib.usecases.notifications.notify import notify

    def report_failure(error: Exception) -> None:
        print(f"Daypass: {error!r}", file=sys.stderr)

    time.sleep(WAIT_SECONDS)
    ends_at = time.monotonic() + _SECONDS
    with (
        as_function(aws, read_foundation(aws), function="Notify"),
        environment_with(build_slack_environment(hooks)),
    ):
        notify(
            bootstrap.notify_ports.__wrapped__(),
            time_left=lambda: ends_at - time.monotonic(),
            report_failure=report_failure,
        )
