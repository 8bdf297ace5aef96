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
    """Return the first thing that failed in the stack's last change, in AWS's words."""
    of_a_resource = of_the_stack = ""
    for event in _events(aws, stack):
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if event["PhysicalResourceId"] != event["StackId"]:
            if status.endswith("_FAILED"):
                of_a_resource = f"{event['LogicalResourceId']}: {reason}"
        elif status in _BEGUN:
            break
        else:
            of_the_stack = reason or of_the_stack
    return of_a_resource or of_the_stack or "AWS CloudFormation does not say why"


def _events(aws: Aws, stack: Stack) -> Iterator[dict[str, Any]]:
    """Yield the stack's events, newest first, for as long as the caller goes on."""
    more: dict[str, str] = {}
    while True:
        told = aws(
            "cloudformation", "describe-stack-events", stack_name=stack.id, max_items=200, **more
        )
        yield from told["StackEvents"]
        if "NextToken" not in told:
            return
        more = {"starting_token": told["NextToken"]}


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
