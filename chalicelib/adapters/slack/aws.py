"""Slack's secrets in Parameter Store, and its work queue on AWS Lambda.

`make slack-secrets` writes two parameters for two functions: the app's signing secrets for the
function that answers in Slack, and the channel's webhook for the one that notifies people.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.parameters import Parameter
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

SECRETS_CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
WORK_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
CACHE_SECONDS = 300.0  # seconds
MIN_CACHE_SECONDS = 5.0
"""The shortest time between two reads, so that wrong signatures cannot flood AWS with reads."""

S = TypeVar("S")


class ParameterStoreSecrets(Parameter[S]):
    """A parameter that a container caches for CACHE_SECONDS. A new secret works within seconds all
    the same: after a wrong signature, the secrets are refreshed."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _cached: S | None = None
    _read_at = 0.0

    def read(self, *, refresh: bool = False) -> S:
        age = self.clock() - self._read_at
        if self._cached is None or age > (MIN_CACHE_SECONDS if refresh else CACHE_SECONDS):
            self._cached, self._read_at = super().read(), self.clock()
        return self._cached


class LambdaWorkQueue:
    """The WorkQueue port on AWS Lambda, which keeps an event until the function has handled it."""

    def __init__(self, function: str, client: Callable[[], Any]) -> None:
        self._function, self._client = function, client

    def enqueue(self, task: str, response_url: str) -> None:
        event = json.dumps({"task": task, "response_url": response_url}).encode()
        try:
            self._client().invoke(
                FunctionName=self._function, InvocationType="Event", Payload=event
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.AWS_UNREACHABLE) from error
