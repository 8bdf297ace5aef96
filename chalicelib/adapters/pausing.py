"""How long to wait before trying again: longer each time, and at random."""

from __future__ import annotations

import random

FIRST = 0.02  # seconds; a transaction of DynamoDB's takes some 10 to 20 ms


def pause(tries: int, longest: float) -> float:
    """Seconds to wait after so many tries again (0, 1, …): at random, so that two who met once do
    not meet again and again."""
    most = min(FIRST * 2 ** min(tries, 10), longest)
    return random.uniform(0, most)  # noqa: S311 - nothing is kept secret by it
