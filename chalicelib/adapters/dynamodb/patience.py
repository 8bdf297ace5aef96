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

PATIENCE = 0.5  # seconds in all
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.16  # seconds; a transaction takes some 10 to 20 ms


def patiently(action: Callable[[], T]) -> T:
    """What the action gives, tried again while it is Busy: Unavailable after half a second.

    The pauses are at random, so that two who met once do not meet again and again.
    """
    until = time.monotonic() + PATIENCE
    longest = _FIRST_PAUSE
    while True:
        try:
            return action()
        except Busy as busy:
            pause = random.uniform(0, longest)  # noqa: S311 - nothing is kept secret by it
            if time.monotonic() + pause > until:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE) from busy
        time.sleep(pause)
        longest = min(2 * longest, _LONGEST_PAUSE)
