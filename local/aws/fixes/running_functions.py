"""Invocations whose function is updated or deleted meanwhile."""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core import lambda_runtime

_LONGEST = 900
"""The longest timeout of a function, in seconds: "Lambda quotas" (AWS Lambda Developer Guide)."""


def apply() -> None:
    """Let the invocation end, as AWS does. Without the fix, its process is killed and it fails."""
    kill = lambda_runtime.kill_workers

    def kill_when_done(workers: Any) -> None:
        in_use = [worker for worker in workers if worker.in_use]
        kill([worker for worker in workers if not worker.in_use])
        for worker in in_use:
            threading.Thread(target=_kill, args=(kill, worker), daemon=True).start()

    lambda_runtime.kill_workers = kill_when_done


def _kill(kill: Any, worker: Any) -> None:
    deadline = time.monotonic() + _LONGEST
    while worker.in_use and time.monotonic() < deadline:
        time.sleep(0.05)
    kill([worker])
