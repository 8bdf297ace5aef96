"""A change set of AWS CloudFormation: what becomes of a stack when it fails."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import changesets, handlers
from ministack.services.cloudformation.helpers import _error

HALF_MADE = ("CREATE_FAILED", "UPDATE_FAILED")


def apply() -> None:
    """Keep what a failed change set has made unless told otherwise, and demand it of a second try.

    "ExecuteChangeSet" (AWS CloudFormation API Reference): the default of `DisableRollback` is true.
    "Stack failure options" (User Guide): a stack that is half made is updated with it alone.
    """
    execute = handlers._ACTION_HANDLERS["ExecuteChangeSet"]

    def execute_change_set(params: dict[str, Any]) -> Any:
        _, change_set = changesets._find_change_set(
            handlers._p(params, "ChangeSetName"), handlers._p(params, "StackName")
        )
        told = change_set or {}
        if not told.get("OnStackFailure"):
            params = {"DisableRollback": "true"} | params
        stack = handlers._resolve_stack(told.get("StackName", "")) or {}
        is_kept = handlers._p(params, "DisableRollback").lower() == "true"
        if stack.get("StackStatus") in HALF_MADE and not is_kept:
            said = (
                f"Stack [{told['StackName']}] is in {stack['StackStatus']} state: disable rollback."
            )
            return _error("ValidationError", said)
        return execute(params)

    handlers._ACTION_HANDLERS["ExecuteChangeSet"] = execute_change_set
