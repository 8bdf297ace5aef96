"""The fuzzer of tests/entrypoints/http/test_fuzz.py, with other requests each time."""

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
from tests.entrypoints.http import test_fuzz
from tests.soak.here import now

EXAMPLES = 200


@dataclass(slots=True)
class Fuzzed:
    """What came of it all."""

    requests: int = 0
    wrong: list[str] = field(default_factory=list)


def fuzz(*, seconds: float) -> Fuzzed:
    """Some requests after the other, for so long. The first that breaks something is the last."""
    fuzzed, until = Fuzzed(), now() + seconds
    nowhere = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lasts
    for handler in logging.getLogger(SERVICE).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(nowhere)  # a line for each request would bury all else

    def counted(asked: list[Any]) -> None:
        fuzzed.requests += len(asked)
        test_fuzz.nothing_breaks(asked)

    while now() < until and not fuzzed.wrong:
        number = random.getrandbits(32)  # told if something breaks
        try:
            _examples(number, counted)
        except Exception:  # noqa: BLE001 - whatever it is, it is to be told
            fuzzed.wrong.append(f"fuzzing, seed {number}: {traceback.format_exc(limit=-6)}")
    return fuzzed


def _examples(number: int, act: Callable[[list[Any]], None]) -> None:
    def one(asked: list[Any]) -> None:
        act(asked)

    bounds = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    seed(number)(bounds(given(asked=test_fuzz.SOME)(one)))()
