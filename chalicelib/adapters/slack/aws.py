"""What Slack's functions ask AWS for: secrets, which `make slack-secrets` writes, and work.

There are two parameters, for two functions: the app's signing secrets for the one that answers in
Slack, and the channel's webhook for the one that notifies people.
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
KEPT = 300.0  # seconds
KEPT_AT_LEAST = 5.0
"""The shortest time between two reads: wrong signatures must not make Daypass flood AWS."""

S = TypeVar("S")


class ParameterStoreSecrets(Parameter[S]):
    """A parameter that a container keeps for a while. A new secret is taken within seconds all the
    same: a signature that does not fit is looked at again with the secrets read anew."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _known: S | None = None
    _read_at = 0.0

    def read(self, *, anew: bool = False) -> S:
        age = self.clock() - self._read_at
        if self._known is None or age > (KEPT_AT_LEAST if anew else KEPT):
            self._known, self._read_at = super().read(), self.clock()
        return self._known


class LambdaWork:
    """The Work port on AWS Lambda, which keeps an event until the function has taken it."""

    def __init__(self, function: str, client: Callable[[], Any]) -> None:
        self._function, self._client = function, client

    def begin(self, task: str, response_url: str) -> None:
        event = json.dumps({"task": task, "response_url": response_url}).encode()
        try:
            self._client().invoke(
                FunctionName=self._function, InvocationType="Event", Payload=event
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.AWS_UNREACHABLE) from error
