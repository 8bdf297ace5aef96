"""Steps that fail, writes whose answer is lost, processes that are killed, and the job that
finishes what they began."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.domain.errors import DaypassError, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.usecases.people.unfinished_stops import finish_stops
from tests.builders import Scene
from tests.fakes import Killed

DOWN = Unavailable(Reason.RECORDS_UNAVAILABLE)
LOST: list[tuple[DaypassError, bool]] = [(DOWN, False), (DOWN, True), (FactsChanged(), True)]
"""Throttled before the effect, no answer after it, and the SDK that meets its own item."""


@contextmanager
def failing(scene: Scene, step: str, error: BaseException = DOWN) -> Iterator[None]:
    """Let each step of this name fail until the block ends."""
    scene.fails_at(step, error)
    yield
    scene.world.before = None


@contextmanager
def killed(scene: Scene, at: str | int) -> Iterator[None]:
    """Kill what the block does at the step of this name, or after so many steps."""
    if isinstance(at, int):
        scene.world.killed_after(at)
    else:
        scene.fails_at(at, Killed())
    with pytest.raises(Killed):
        yield
    scene.world.before = None


def repeated_if_killed(
    scene: Scene,
    steps: int,
    act: Callable[[Scene], Any],
    again: Callable[[Scene], Any] | None = None,
) -> None:
    """Kill the act after so many steps, and do it again, or something else, if it was killed."""
    scene.world.killed_after(steps)
    try:
        act(scene)
    except Killed:
        scene.world.before = None
        (again or act)(scene)
    scene.world.before = None


def none_fails(error: Exception) -> None:
    raise AssertionError(error)


def finish_stops_later(scene: Scene) -> None:
    """Run the job that finishes stops as soon as it does not leave them alone any more."""
    scene.later(minutes=4)
    finish_stops(scene.ports, none_fails)


def are_stops_finished(scene: Scene) -> bool:
    return all(stop.is_finished for stop in scene.find(Stop))


@contextmanager
def loses_answer(
    scene: Scene,
    write: str,
    error: DaypassError = DOWN,
    *,
    has_effect: bool,
    nth: int = 1,
    times: int = 1,
    port: str = "state",
) -> Iterator[None]:
    """Let the nth write of this name, and those after it, raise the error, before or after their
    effect. `times` is how many fail."""
    written, count = getattr(scene.ports, port), 0
    real = getattr(written, write)

    def lossy(*arguments: Any, **keywords: Any) -> Any:
        nonlocal count
        count += 1
        is_lost = nth <= count < nth + times
        answer = real(*arguments, **keywords) if has_effect or not is_lost else None
        if is_lost:
            raise error
        return answer

    setattr(written, write, lossy)
    yield
    setattr(written, write, real)
