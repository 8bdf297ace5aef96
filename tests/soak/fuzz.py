"""The fuzzer of tests/entrypoints/http/test_bad_input.py, with new random requests in each run."""

from __future__ import annotations

import logging
import os
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from chalicelib.telemetry import SERVICE
from tests.entrypoints.http import test_bad_input
from tests.soak.context import now

EXAMPLES = 200


@dataclass(slots=True)
class FuzzResult:
    """The result of a run."""

    requests: int = 0
    violations: list[str] = field(default_factory=list)


def fuzz(*, seconds: float) -> FuzzResult:
    """Send batches of random requests for this long, or until one breaks something."""
    result, deadline = FuzzResult(), now() + seconds
    devnull = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lasts
    for handler in logging.getLogger(SERVICE).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(devnull)  # a log line for each request would bury everything else

    def count_and_send(requests: list[Any]) -> None:
        result.requests += len(requests)
        test_bad_input.nothing_breaks(requests)

    while now() < deadline and not result.violations:
        number = random.getrandbits(32)  # reported if something breaks
        try:
            _run_examples(number, count_and_send)
        except Exception:  # noqa: BLE001 - every failure is reported
            result.violations.append(f"fuzz, seed {number}: {traceback.format_exc(limit=-6)}")
    return result


def _run_examples(number: int, send: Callable[[list[Any]], None]) -> None:
    def example(requests: list[Any]) -> None:
        send(requests)

    bounds = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    seed(number)(bounds(given(requests=test_bad_input.SOME)(example)))()
