"""Read Slack's secrets from Parameter Store. Hand Slack commands that take long to another Lambda
function.

`make slack-secrets` writes two parameters. One has the Slack app's signing secrets, for the
functions that serve Slack commands. The other has a channel's webhook, for the function that
notifies people.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.config import Config

from chalicelib.adapters.aws_errors import unavailable_on_error
from chalicelib.adapters.parameters import Parameter

SECRETS_CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
WORK_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
CACHE_SECONDS = 300.0
MIN_CACHE_SECONDS = 5.0
"""The shortest time between two reads of a parameter, so that requests with wrong signatures cannot
cause many reads."""

S = TypeVar("S")


class ParameterStoreSecrets(Parameter[S]):
    """A parameter whose value the Lambda container caches for CACHE_SECONDS. A caller who finds a
    wrong signature reads again with `refresh`, so that a new secret works within seconds."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _cached: S | None = None
    _read_at = 0.0

    def read(self, *, refresh: bool = False) -> S:
        """Return the parameter's value. With `refresh`, do not use a cached value older than
        MIN_CACHE_SECONDS."""
        age = self.clock() - self._read_at
        if self._cached is None or age > (MIN_CACHE_SECONDS if refresh else CACHE_SECONDS):
            self._cached, self._read_at = super().read(), self.clock()
        return self._cached


class LambdaWorkQueue:
    """The WorkQueue port on AWS Lambda, which keeps an event until the function has handled it.

    `get_client` returns the AWS Lambda client.
    """

    def __init__(self, function: str, get_client: Callable[[], Any]) -> None:
        self._function, self._get_client = function, get_client

    def enqueue(self, task: str, response_url: str) -> None:
        """Invoke the function with this task asynchronously. It posts its response to
        `response_url`. Raise Unavailable if AWS Lambda does not accept the event."""
        event = json.dumps({"task": task, "response_url": response_url}).encode()
        with unavailable_on_error():
            self._get_client().invoke(
                FunctionName=self._function, InvocationType="Event", Payload=event
            )
