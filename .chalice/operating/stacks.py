"""The two stacks, as AWS CloudFormation has them."""

from __future__ import annotations

import itertools
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
# A change set goes on with such a stack, if it takes nothing back ("Stack failure options", AWS
# CloudFormation User Guide).
HALF_MADE = ("CREATE_FAILED", "UPDATE_FAILED")
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
# `continue-update-rollback` takes this state and no other.
STUCK = ("UPDATE_ROLLBACK_FAILED",)
KEEP_THE_SETTINGS = (
    "Keep the settings of the first try until then: AWS CloudFormation cannot replace a resource of"
    " a stack that is half made."
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


def required(aws: Aws, name: str) -> Stack:
    """Return the stack of this name. Stop if there is none."""
    stack = read(aws, name)
    if stack is None or not stack.is_there:
        raise Stop(f"There is no stack {name} in {aws.region}: `make deploy` makes it.")
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
    """Return the logical IDs of the resources that outlive the stack, by its present template."""
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
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return found


def at_rest(aws: Aws, stack: Stack) -> Stack:
    """Return the same stack once nothing changes it any more: after seconds, or half an hour."""
    return next(now for now in _watched(aws, stack) if not now.is_moving)


def _watched(aws: Aws, stack: Stack) -> Iterator[Stack]:
    """Yield the stack again and again, and print its status whenever that is another."""
    printed = ""
    for pause in itertools.chain((0.2, 0.5, 1, 2, 3), itertools.repeat(5)):
        if stack.status != printed:
            printed = stack.status
            say(f"  {stack.name}: {printed}")
        yield stack
        time.sleep(pause)
        stack = known(aws, stack.id)


def why_it_failed(aws: Aws, stack: Stack) -> str:
    """Return the first thing that failed in the stack's last change, in AWS's words."""
    of_a_resource = of_the_stack = ""
    events = aws("cloudformation", "describe-stack-events", stack_name=stack.id)["StackEvents"]
    for event in events:  # newest first
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if event["PhysicalResourceId"] != event["StackId"]:
            if status.endswith("_FAILED"):
                of_a_resource = f"{event['LogicalResourceId']}: {reason}"
        elif status in _BEGUN:
            break
        else:
            of_the_stack = reason or of_the_stack
    return of_a_resource or of_the_stack or "AWS CloudFormation does not say why"


def delete(aws: Aws, stack: Stack) -> None:
    """Delete the stack, and wait until it is gone. Stop if a resource of it remains."""
    aws("cloudformation", "delete-stack", stack_name=stack.name)
    left = known(aws, stack.id)
    end = next(now for now in _watched(aws, left) if now.status in _DELETED)
    if end.status == "DELETE_FAILED":
        raise Stop(
            f"The stack {stack.name} could not be deleted whole ({why_it_failed(aws, end)})."
            " Mend that, and do the same again."
        )
