"""What becomes of an invocation whose function is updated, or deleted, while it runs."""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core import lambda_runtime

_LONGEST = 900
"""In seconds, that a function runs: "Lambda quotas" (AWS Lambda Developer Guide)."""


def apply() -> None:
    """Let it come to its end, as AWS does. Unmended its process is killed, and it fails."""
    kill = lambda_runtime.kill_workers

    def kill_when_done(workers: Any) -> None:
        busy = [worker for worker in workers if worker.in_use]
        kill([worker for worker in workers if not worker.in_use])
        for worker in busy:
            threading.Thread(target=_kill, args=(kill, worker), daemon=True).start()

    lambda_runtime.kill_workers = kill_when_done


def _kill(kill: Any, worker: Any) -> None:
    deadline = time.monotonic() + _LONGEST
    while worker.in_use and time.monotonic() < deadline:
        time.sleep(0.05)
    kill([worker])
