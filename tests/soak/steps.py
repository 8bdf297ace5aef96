"""Ports whose every call is a step, before and after which something may befall the process."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from chalicelib.usecases.ports import Ports

Befalls = Callable[[str], None]
"""Called with `before` or `after` and the name of the call, as in `before settle`."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """A port that tells of its calls."""

    port: Any
    befalls: Befalls

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.port, name)
        if not callable(attribute):
            return attribute

        def step(*given: Any, **named: Any) -> Any:
            self.befalls(f"before {name}")
            response = attribute(*given, **named)
            self.befalls(f"after {name}")
            return response

        return step


def in_steps(ports: Ports, befalls: Befalls) -> Ports:
    return replace(
        ports,
        state=Stepping(ports.state, befalls),  # type: ignore[arg-type]
        trail=Stepping(ports.trail, befalls),  # type: ignore[arg-type]
        sts=Stepping(ports.sts, befalls),  # type: ignore[arg-type]
    )


def dawdling(how_often: float, seconds: float) -> Befalls:
    """Now and then the process stands still for up to so many seconds, wherever it is."""

    def befalls(_: str) -> None:
        if random.random() < how_often:  # noqa: S311 - nothing is kept secret by it
            time.sleep(random.uniform(0, seconds))  # noqa: S311

    return befalls


def dying(step: int) -> Befalls:
    """The process is killed at the step of this number, counted from 0."""
    left = [step]

    def befalls(_: str) -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return befalls
