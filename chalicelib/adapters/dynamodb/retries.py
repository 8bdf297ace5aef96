"""Retry calls that DynamoDB did not carry out, because two writes conflicted or it throttled a
call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

T = TypeVar("T")

FIRST = 0.02  # seconds; a DynamoDB transaction takes about 10 to 20 ms
PATIENCE = 0.5  # seconds in all
_LONGEST_PAUSE = 0.16  # seconds


def pause(tries: int, longest: float) -> float:
    """Return the seconds to wait after this many earlier retries (0, 1, …), at most `longest`. The
    time grows with each retry and is random, so that two callers do not conflict again and
    again."""
    most = min(FIRST * 2 ** min(tries, 10), longest)
    return random.uniform(0, most)  # noqa: S311 - not a secret


def retry_while_busy(action: Callable[[], T]) -> T:
    """Return the action's result. Retry the action while it raises Busy, for at most half a
    second, and then raise Unavailable."""
    deadline = time.monotonic() + PATIENCE
    tries = 0
    while True:
        try:
            return action()
        except Busy as error:
            wait = pause(tries, _LONGEST_PAUSE)
            if time.monotonic() + wait > deadline:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
        time.sleep(wait)
        tries += 1
