"""Run the app's scheduled functions, in place of Amazon EventBridge."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial

from local.functions import Functions

EVERY_SECONDS = {
    "CutOff": 60,
    "Notify": 60,
    "Watch": 300,
    "Overview": 600,
    "Digest": 600,
    "Sweep": 3600,
}
"""How often each function runs without new work. As on AWS, except that Overview and Digest run
there every hour, but here a person may wait. The prober has nothing to probe here."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each scheduled function runs next."""

    functions: Functions
    _next_runs: dict[str, float] = field(default_factory=dict)
    """Times of the machine's monotonic clock, by function."""

    def start(self) -> None:
        """Run Sweep and Watch once. Without engagements, both take a moment."""
        for function in ("Sweep", "Watch"):
            self.functions.run_scheduled(function)
            self._next_runs[function] = time.monotonic() + EVERY_SECONDS[function]
        for function in ("Overview", "Digest"):
            self._next_runs[function] = time.monotonic() + EVERY_SECONDS[function]

    def run_due(self) -> None:
        """Start each function whose time has come, in a thread of this process."""
        now = time.monotonic()
        for function, seconds in EVERY_SECONDS.items():
            if now < self._next_runs.get(function, now):
                continue
            self._next_runs[function] = now + seconds
            self._start(function)

    def _start(self, function: str) -> None:
        match function:
            case "CutOff":
                self.functions.kick_cut_off()
            case "Notify":
                self.functions.kick_notify()
            case "Overview":
                self.functions.kick_overview()
            case _:
                run = partial(self.functions.run_scheduled, function)
                threading.Thread(target=run, daemon=True).start()
