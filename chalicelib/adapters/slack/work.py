"""The function that does what takes longer, invoked and not waited for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})


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
