"""Writes that are throttled, or whose answer is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.domain.errors import DaypassError, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import Scene

DOWN = Unavailable(Reason.RECORDS_UNAVAILABLE)
LOST: list[tuple[DaypassError, bool]] = [(DOWN, False), (DOWN, True), (FactsChanged(), True)]
"""Throttled before the effect, no answer after it, and the SDK that meets its own item."""


@contextmanager
def loses_answer(
    scene: Scene,
    write: str,
    error: DaypassError = DOWN,
    *,
    has_effect: bool,
    nth: int = 1,
    times: int = 1,
) -> Iterator[None]:
    """Let the nth write of this name, and those after it, raise the error, before or after their
    effect. `times` is how many fail."""
    state, count = scene.ports.state, 0
    real = getattr(state, write)

    def lossy(*arguments: Any, **keywords: Any) -> None:
        nonlocal count
        count += 1
        is_lost = nth <= count < nth + times
        if has_effect or not is_lost:
            real(*arguments, **keywords)
        if is_lost:
            raise error

    setattr(state, write, lossy)
    yield
    setattr(state, write, real)
