"""Writes of a block whose answer is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.domain.errors import DaypassError, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import JobState
from tests.builders import Scene

LOST = {
    "throttled before the effect": (Unavailable(Reason.RECORDS_UNAVAILABLE), False),
    "no answer after the effect": (Unavailable(Reason.RECORDS_UNAVAILABLE), True),
    "the SDK meets its own item": (FactsChanged(), True),
}
every_lost_answer = pytest.mark.parametrize(("error", "has_effect"), LOST.values(), ids=LOST)


@contextmanager
def loses_answer(
    scene: Scene, nth: int, error: DaypassError, *, has_effect: bool
) -> Iterator[None]:
    """Let the nth write of the block raise the error in the block, before or after its effect."""
    state, saves = scene.ports.state, 0
    put = state.save

    def put_and_lose_the_answer(item: JobState) -> None:
        nonlocal saves
        saves += 1
        if saves != nth or has_effect:
            put(item)
        if saves == nth:
            raise error

    state.save = put_and_lose_the_answer  # type: ignore[method-assign]
    yield
    state.save = put  # type: ignore[method-assign]
