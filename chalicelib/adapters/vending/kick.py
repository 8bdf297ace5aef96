"""Invoke the function CutOff, which ends live sessions, without waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.telemetry import logger

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


def kick(function: str, create_client: Callable[[], Any]) -> None:
    """Invoke the function asynchronously. Log a failure: the function also runs each minute."""
    try:
        create_client().invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    except (ClientError, BotoCoreError) as error:
        logger.warning("cut-off not invoked", extra={"error": type(error).__name__})
