"""Ports that run a hook before and after each call, to delay or kill the process there."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from chalicelib.usecases.ports import Ports

StepHook = Callable[[str], None]
"""Called with `before` or `after` and the name of the port's call, as in `before put_outcome`."""


@dataclass(frozen=True, slots=True)
class HookedPort:
    """A port that runs the hook around each of its calls."""

    port: Any
    hook: StepHook

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.port, name)
        if not callable(attribute):
            return attribute

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.hook(f"before {name}")
            result = attribute(*arguments, **keywords)
            self.hook(f"after {name}")
            return result

        return call


def with_hook(ports: Ports, hook: StepHook) -> Ports:
    """Return the ports with the hook around each call of DynamoDB and STS."""
    return replace(
        ports,
        state=HookedPort(ports.state, hook),  # type: ignore[arg-type]
        trail=HookedPort(ports.trail, hook),  # type: ignore[arg-type]
        sts=HookedPort(ports.sts, hook),  # type: ignore[arg-type]
    )


def delayed(probability: float, seconds: float) -> StepHook:
    """Return a hook that now and then pauses the process, for `seconds` at most."""

    def hook(_: str) -> None:
        if random.random() < probability:  # noqa: S311 - no secret depends on it
            time.sleep(random.uniform(0, seconds))  # noqa: S311

    return hook


def killed_at(step: int) -> StepHook:
    """Return a hook that kills the process at this step, counted from 0."""
    remaining = [step]

    def hook(_: str) -> None:
        if not remaining[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        remaining[0] -= 1

    return hook
