"""The two stacks, as AWS CloudFormation has them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operating.aws_cli import Aws, Refused
from operating.telling import Stop, say

FOUNDATION = "daypass-foundation"
APP = "daypass"

# A change set has been made for it, and it holds nothing yet.
_NOT_YET = "REVIEW_IN_PROGRESS"
HALF_MADE = ("CREATE_FAILED",)
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
STUCK = ("UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED")


@dataclass(frozen=True, slots=True)
class Stack:
    id: str
    name: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    is_protected: bool

    @property
    def is_moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != _NOT_YET

    @property
    def is_there(self) -> bool:
        return self.status != _NOT_YET


def read(aws: Aws, name: str) -> Stack | None:
    """The stack of this name, or with this ID; None if there is none."""
    try:
        (told,) = aws("cloudformation", "describe-stacks", stack_name=name)["Stacks"]
    except Refused as refusal:
        if refusal.code == "ValidationError" and "does not exist" in refusal.message:
            return None
        raise
    return Stack(
        id=told["StackId"],
        name=told["StackName"],
        status=told["StackStatus"],
        parameters=by_key(told.get("Parameters", []), "Parameter"),
        outputs=by_key(told.get("Outputs", []), "Output"),
        is_protected=told.get("EnableTerminationProtection", False),
    )


def known(aws: Aws, name: str) -> Stack:
    """The stack of this name, or with this ID, which was there a moment ago."""
    stack = read(aws, name)
    if stack is None:
        raise Stop(f"The stack {name} is gone: somebody else has deleted it meanwhile.")
    return stack


def by_key(told: list[dict[str, str]], what: str) -> dict[str, str]:
    return {one[f"{what}Key"]: one.get(f"{what}Value", "") for one in told}


def resources(aws: Aws, stack: Stack) -> dict[str, dict[str, Any]]:
    """What the stack holds, by its logical ID."""
    told = aws("cloudformation", "list-stack-resources", stack_name=stack.id)
    return {
        one["LogicalResourceId"]: one
        for one in told["StackResourceSummaries"]
        if one["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    }


def retained(aws: Aws, stack: Stack) -> list[str]:
    """The logical IDs of what outlives the stack, by the template that it was made from."""
    told = aws("cloudformation", "get-template", stack_name=stack.id, template_stage="Processed")
    body = told["TemplateBody"]
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return [
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    ]


def at_rest(aws: Aws, stack: Stack) -> Stack:
    """The same stack once nothing changes it any more: after seconds, or after half an hour."""
    told, pauses = "", _pauses()
    while True:
        if stack.status != told:
            told = stack.status
            say(f"  {stack.name}: {told}")
        if not stack.is_moving:
            return stack
        time.sleep(next(pauses))
        stack = known(aws, stack.id)


def _pauses() -> Iterator[float]:
    yield from (0.2, 0.5, 1, 2, 3)
    while True:
        yield 5


def why_it_failed(aws: Aws, stack: Stack) -> str:
    """The first thing that failed in the stack's last change, in AWS's words."""
    told = aws("cloudformation", "describe-stack-events", stack_name=stack.id, max_items="200")
    reason = "AWS CloudFormation does not say why"
    for event in told["StackEvents"]:  # newest first
        of_the_stack = event["PhysicalResourceId"] == event["StackId"]
        if of_the_stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            break
        if event["ResourceStatus"].endswith("_FAILED") and not of_the_stack:
            reason = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
    return reason


def delete(aws: Aws, stack: Stack) -> None:
    """Delete it, and wait until it is gone. Stop if anything in it is still there."""
    aws("cloudformation", "delete-stack", stack_name=stack.name)
    for pause in _pauses():
        now = read(aws, stack.id)
        if now is None or now.status == "DELETE_COMPLETE":
            return
        if now.status == "DELETE_FAILED":
            raise Stop(
                f"The stack {stack.name} could not be deleted whole"
                f" ({why_it_failed(aws, now)}). Mend that, and do the same again."
            )
        time.sleep(pause)
