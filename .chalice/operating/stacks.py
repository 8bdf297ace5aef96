"""Read, watch and delete the two CloudFormation stacks."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operating.aws_cli import Aws, Refused
from operating.console import Stop, say

FOUNDATION = "daypass-foundation"
APP = "daypass"

# A change set was created for it, and it has no resources yet.
_NOT_YET = "REVIEW_IN_PROGRESS"
# A change set without rollback can continue with such a stack ("Stack failure options", AWS
# CloudFormation User Guide).
HALF_MADE = ("CREATE_FAILED", "UPDATE_FAILED")
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
# `continue-update-rollback` accepts only this state.
STUCK = ("UPDATE_ROLLBACK_FAILED",)
KEEP_THE_SETTINGS = (
    "Keep the settings of the first try until it succeeds: AWS CloudFormation cannot replace a"
    " resource of a stack that is half created."
)
_DELETED = ("DELETE_COMPLETE", "DELETE_FAILED")
_BEGUN = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


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
    """Return the stack with this name or ID, or None."""
    try:
        (stack,) = aws("cloudformation", "describe-stacks", stack_name=name)["Stacks"]
    except Refused as refusal:
        if refusal.code == "ValidationError" and "does not exist" in refusal.message:
            return None
        raise
    return Stack(
        id=stack["StackId"],
        name=stack["StackName"],
        status=stack["StackStatus"],
        parameters=by_key(stack.get("Parameters", []), "Parameter"),
        outputs=by_key(stack.get("Outputs", []), "Output"),
        is_protected=stack.get("EnableTerminationProtection", False),
    )


def existing(aws: Aws, name: str) -> Stack:
    """Return the stack with this name or ID. Raise Stop if someone has deleted it meanwhile."""
    stack = read(aws, name)
    if stack is None:
        raise Stop(f"The stack {name} is gone: someone else has deleted it meanwhile.")
    return stack


def required(aws: Aws, name: str) -> Stack:
    """Return the stack with this name. Raise Stop if it does not exist."""
    stack = read(aws, name)
    if stack is None or not stack.is_there:
        raise Stop(f"There is no stack {name} in {aws.region}. `make deploy` creates it.")
    return stack


def by_key(pairs: list[dict[str, str]], prefix: str) -> dict[str, str]:
    return {pair[f"{prefix}Key"]: pair.get(f"{prefix}Value", "") for pair in pairs}


def resources(aws: Aws, stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the stack's resources by their logical IDs."""
    response = aws("cloudformation", "list-stack-resources", stack_name=stack.id)
    return {
        resource["LogicalResourceId"]: resource
        for resource in response["StackResourceSummaries"]
        if resource["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    }


def retained(aws: Aws, stack: Stack) -> list[str]:
    """Return the logical IDs of the resources that CloudFormation retains, by the current
    template."""
    return [
        logical_id
        for logical_id, resource in template(aws, "Processed", stack_name=stack.id)[
            "Resources"
        ].items()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    ]


def template(aws: Aws, stage: str, **of: str) -> dict[str, Any]:
    """Return the template of a stack or of a change set, as submitted or as transformed."""
    body = aws("cloudformation", "get-template", template_stage=stage, **of)["TemplateBody"]
    parsed: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return parsed


def at_rest(aws: Aws, stack: Stack) -> Stack:
    """Return the stack after its change has ended: after seconds, or half an hour."""
    return next(now for now in _watched(aws, stack) if not now.is_moving)


def _watched(aws: Aws, stack: Stack) -> Iterator[Stack]:
    """Yield the stack repeatedly, and print its status whenever it changes."""
    printed = ""
    for pause in itertools.chain((0.2, 0.5, 1, 2, 3), itertools.repeat(5)):
        if stack.status != printed:
            printed = stack.status
            say(f"  {stack.name}: {printed}")
        yield stack
        time.sleep(pause)
        stack = existing(aws, stack.id)


def failure(aws: Aws, stack: Stack) -> str:
    """Return AWS's reason for the first failure in the stack's last change."""
    resource_failure = stack_reason = ""
    events = aws("cloudformation", "describe-stack-events", stack_name=stack.id)["StackEvents"]
    for event in events:  # newest first
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if event["PhysicalResourceId"] != event["StackId"]:
            if status.endswith("_FAILED"):
                resource_failure = f"{event['LogicalResourceId']}: {reason}"
        elif status in _BEGUN:
            break
        else:
            stack_reason = reason or stack_reason
    return resource_failure or stack_reason or "AWS CloudFormation gives no reason"


def delete(aws: Aws, stack: Stack) -> None:
    """Delete the stack, and wait until it is gone. Raise Stop if a resource remains."""
    aws("cloudformation", "delete-stack", stack_name=stack.name)
    deleting = existing(aws, stack.id)
    end = next(now for now in _watched(aws, deleting) if now.status in _DELETED)
    if end.status == "DELETE_FAILED":
        raise Stop(
            f"The stack {stack.name} could not be deleted completely ({failure(aws, end)})."
            " Fix that, and run the command again."
        )
