"""Invocations whose function is updated or deleted meanwhile."""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import cloudwatch_logs, lambda_svc

_LONGEST = 900
"""The longest timeout of a function, in seconds: "Lambda quotas" (AWS Lambda Developer Guide)."""


def apply() -> None:
    """Let the invocation end, as AWS does, and let it bring back no log group.

    Without the fix, its process is killed and it fails.
    """
    _log_only_into_groups()
    kill = lambda_runtime.kill_workers

    def kill_when_done(workers: Any) -> None:
        in_use = [worker for worker in workers if worker.in_use]
        kill([worker for worker in workers if not worker.in_use])
        for worker in in_use:
            threading.Thread(target=_kill, args=(kill, worker), daemon=True).start()

    lambda_runtime.kill_workers = kill_when_done


def _log_only_into_groups() -> None:
    """Drop what a deleted function logs, if its log group is deleted, too.

    AWS drops it unless the function's role may create log groups, which no role of Daypass's may.
    """
    log = lambda_svc._emit_lambda_logs

    def log_unless_deleted(function: dict[str, Any], *arguments: Any, **options: Any) -> None:
        name = (function.get("config") or function)["FunctionName"]
        if name in lambda_svc._functions or f"/aws/lambda/{name}" in cloudwatch_logs._log_groups:
            log(function, *arguments, **options)

    lambda_svc._emit_lambda_logs = log_unless_deleted


def _kill(kill: Any, worker: Any) -> None:
    deadline = time.monotonic() + _LONGEST
    while worker.in_use and time.monotonic() < deadline:
        time.sleep(0.05)
    kill([worker])
