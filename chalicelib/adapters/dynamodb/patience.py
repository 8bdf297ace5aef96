"""Try again what DynamoDB put off: two writes met on one item, or it was asked too much at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

T = TypeVar("T")

FIRST = 0.02  # seconds; a transaction of DynamoDB's takes some 10 to 20 ms
PATIENCE = 0.5  # seconds in all
_LONGEST_PAUSE = 0.16  # seconds


def pause(tries: int, longest: float) -> float:
    """Return the seconds to wait after so many tries again (0, 1, …): longer each time, and at
    random, so that two who met once do not meet again and again."""
    most = min(FIRST * 2 ** min(tries, 10), longest)
    return random.uniform(0, most)  # noqa: S311 - nothing is kept secret by it


def patiently(action: Callable[[], T]) -> T:
    """What the action gives, tried again while it is Busy: Unavailable after half a second."""
    until = time.monotonic() + PATIENCE
    tries = 0
    while True:
        try:
            return action()
        except Busy as busy:
            wait = pause(tries, _LONGEST_PAUSE)
            if time.monotonic() + wait > until:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE) from busy
        time.sleep(wait)
        tries += 1
