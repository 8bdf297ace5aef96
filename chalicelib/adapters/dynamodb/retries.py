"""Retry calls that DynamoDB did not carry out, because two writes conflicted or it throttled a
call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.domain.errors import Reason, Unavailable

T = TypeVar("T")

FIRST_PAUSE = 0.02  # seconds; a DynamoDB transaction takes about 10 to 20 ms
MAX_RETRY_SECONDS = 0.5  # for all retries of one call
_LONGEST_PAUSE = 0.16  # seconds


def random_pause_seconds(tries: int, longest: float) -> float:
    """Return the seconds to wait before the next retry, at most `longest`.

    `tries` is the number of earlier retries (0, 1, …). The time grows with each retry, and is
    random, so that two callers do not conflict repeatedly.
    """
    most = min(FIRST_PAUSE * 2 ** min(tries, 10), longest)
    return random.uniform(0, most)  # noqa: S311 - not a secret


def retry_while_busy(action: Callable[[], T]) -> T:
    """Return the action's result. Retry the action while it raises Busy, for at most half a
    second, and then raise Unavailable."""
    deadline = time.monotonic() + MAX_RETRY_SECONDS
    tries = 0
    while True:
        try:
            return action()
        except Busy as error:
            wait = random_pause_seconds(tries, _LONGEST_PAUSE)
            if time.monotonic() + wait > deadline:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
        time.sleep(wait)
        tries += 1
