"""CloudFormation stacks after a failed change set."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import changesets, handlers
from ministack.services.cloudformation.helpers import _error

FAILED = ("CREATE_FAILED", "UPDATE_FAILED")


def apply() -> None:
    """Keep the resources of a failed change set by default, and require the same of a retry.

    "ExecuteChangeSet" (AWS CloudFormation API Reference): the default of `DisableRollback` is true.
    "Stack failure options" (User Guide): only an update without rollback is possible after a
    failure.
    """
    execute = handlers._ACTION_HANDLERS["ExecuteChangeSet"]

    def execute_change_set(params: dict[str, Any]) -> Any:
        _, change_set = changesets._find_change_set(
            handlers._p(params, "ChangeSetName"), handlers._p(params, "StackName")
        )
        settings = change_set or {}
        if not settings.get("OnStackFailure"):
            params = {"DisableRollback": "true"} | params
        name = settings.get("StackName", "")
        stack = handlers._resolve_stack(name) or {}
        keeps_resources = handlers._p(params, "DisableRollback").lower() == "true"
        if stack.get("StackStatus") in FAILED and not keeps_resources:
            status = stack["StackStatus"]
            message = f"Stack [{name}] is in {status} state. A retry requires DisableRollback."
            return _error("ValidationError", message)
        return execute(params)

    handlers._ACTION_HANDLERS["ExecuteChangeSet"] = execute_change_set
