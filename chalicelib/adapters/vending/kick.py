"""Invoke a function that also has a schedule, without waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.telemetry import logger

KICK = b'{"kicked": true}'
"""The event of the invocation. A schedule's event has no such field."""
CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


def kick(function: str, create_client: Callable[[], Any]) -> None:
    """Invoke the function asynchronously. Log a failure: the function also runs each minute."""
    try:
        create_client().invoke(FunctionName=function, InvocationType="Event", Payload=KICK)
    except (ClientError, BotoCoreError) as error:
        facts = {"function": function, "error": type(error).__name__}
        logger.warning("function not invoked", extra=facts)
