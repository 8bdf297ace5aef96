"""Try again what DynamoDB put off: two writes met on one item, or it was asked too much at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.adapters.pausing import pause
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

T = TypeVar("T")

PATIENCE = 0.5  # seconds in all
_LONGEST_PAUSE = 0.16  # seconds


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
