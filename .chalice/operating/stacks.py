"""Read, watch and delete the two CloudFormation stacks."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from operating.aws_cli import Aws, Refused
from operating.console import Stop, say

FOUNDATION = "daypass-foundation"
APP = "daypass"

# CloudFormation created the stack for a change set. It has no resources yet.
_ONLY_PLANNED = "REVIEW_IN_PROGRESS"
# A change set without rollback can continue with such a stack ("Stack failure options", AWS
# CloudFormation User Guide).
HALF_CREATED = ("CREATE_FAILED", "UPDATE_FAILED")
# After these, a deployment deletes the app's stack and creates it again.
CREATION_FAILED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
# `continue-update-rollback` accepts only this state.
STUCK = ("UPDATE_ROLLBACK_FAILED",)
KEEP_SETTINGS_TEXT = (
    "Keep the settings of the first try until a deployment succeeds: AWS CloudFormation cannot"
    " replace a resource of a stack that is half created."
)
_DELETION_ENDED = ("DELETE_COMPLETE", "DELETE_FAILED")
_OPERATION_BEGUN = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


@dataclass(frozen=True, slots=True)
class Stack:
    """A CloudFormation stack, as it was when it was read."""

    id: str
    name: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    is_protected: bool
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Return the ID of the AWS account that the stack is in."""
        return self.id.split(":")[4]

    @property
    def is_changing(self) -> bool:
        """Return whether CloudFormation is changing the stack."""
        return self.status.endswith("_IN_PROGRESS") and self.status != _ONLY_PLANNED

    @property
    def exists(self) -> bool:
        """Return whether the stack was created, and not only planned by a change set."""
        return self.status != _ONLY_PLANNED


def find_stack(aws: Aws, name: str) -> Stack | None:
    """Return the stack with this name or ID, or None if there is none."""
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
        parameters=map_values_by_key(stack.get("Parameters", []), "Parameter"),
        outputs=map_values_by_key(stack.get("Outputs", []), "Output"),
        is_protected=stack.get("EnableTerminationProtection", False),
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
    )


def get_stack(aws: Aws, name: str) -> Stack:
    """Return a stack that existed a moment ago, by its name or ID. Raise Stop if it is deleted."""
    stack = find_stack(aws, name)
    if stack is None:
        raise Stop(f"Someone else has deleted the stack {name}. Run the command again.")
    return stack


def require_stack(aws: Aws, name: str) -> Stack:
    """Return the stack with this name. Raise Stop if it does not exist."""
    stack = find_stack(aws, name)
    if stack is None or not stack.exists:
        raise Stop(f"There is no stack {name} in {aws.region}. `make deploy` creates it.")
    return stack


def map_values_by_key(pairs: list[dict[str, str]], prefix: str) -> dict[str, str]:
    """Return the values by key of CloudFormation's pairs, such as ParameterKey and
    ParameterValue."""
    return {pair[f"{prefix}Key"]: pair.get(f"{prefix}Value", "") for pair in pairs}


def list_resources(aws: Aws, stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the stack's resources by their logical IDs."""
    response = aws("cloudformation", "list-stack-resources", stack_name=stack.id)
    return {
        resource["LogicalResourceId"]: resource
        for resource in response["StackResourceSummaries"]
        if resource["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    }


def list_retained_ids(aws: Aws, stack: Stack) -> list[str]:
    """Return the logical IDs of the resources that the stack's template retains at a deletion."""
    return [
        logical_id
        for logical_id, resource in read_template(aws, "Processed", stack_name=stack.id)[
            "Resources"
        ].items()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    ]


def list_by_type(resources: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Yield a line for each type of these resources, with their number and their names."""

    def by_type(resource: Mapping[str, str]) -> tuple[str, str]:
        return resource["ResourceType"], resource["PhysicalResourceId"]

    for kind, group in groupby(sorted(resources, key=by_type), key=itemgetter("ResourceType")):
        names = [resource["PhysicalResourceId"] for resource in group]
        yield f"  {kind} ({len(names)}): {', '.join(names)}"


def read_template(aws: Aws, stage: str, **source: str) -> dict[str, Any]:
    """Return the template of a stack or of a change set. `stage` is "Original" for the template as
    submitted, and "Processed" for the template after its transforms."""
    body = aws("cloudformation", "get-template", template_stage=stage, **source)["TemplateBody"]
    parsed: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return parsed


def wait_until_settled(aws: Aws, stack: Stack) -> Stack:
    """Wait until the stack is no longer changing, and return it. This can take half an hour."""
    return next(current for current in _poll_stack(aws, stack) if not current.is_changing)


def _poll_stack(aws: Aws, stack: Stack) -> Iterator[Stack]:
    """Yield the stack's current state every few seconds, and print each new status."""
    printed_status = ""
    for pause in itertools.chain((0.2, 0.5, 1, 2, 3), itertools.repeat(5)):
        if stack.status != printed_status:
            printed_status = stack.status
            say(f"  {stack.name}: {printed_status}")
        yield stack
        time.sleep(pause)
        stack = get_stack(aws, stack.id)


def find_failure_reason(aws: Aws, stack: Stack) -> str:
    """Return AWS's reason for the first failure in the stack's last operation."""
    resource_failure = stack_reason = ""
    events = aws("cloudformation", "describe-stack-events", stack_name=stack.id)["StackEvents"]
    for event in events:  # newest first
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if event["PhysicalResourceId"] != event["StackId"]:
            if status.endswith("_FAILED"):
                resource_failure = f"{event['LogicalResourceId']}: {reason}"
        elif status in _OPERATION_BEGUN:
            break
        else:
            stack_reason = reason or stack_reason
    return resource_failure or stack_reason or "AWS CloudFormation gives no reason"


def delete_stack(aws: Aws, stack: Stack) -> None:
    """Delete the stack, and wait. Raise Stop if AWS could not delete every resource.

    The ID names this stack only. Another operator may have created a new stack with the name.
    """
    aws("cloudformation", "delete-stack", stack_name=stack.id)
    deleting = get_stack(aws, stack.id)
    deleted = next(
        current for current in _poll_stack(aws, deleting) if current.status in _DELETION_ENDED
    )
    if deleted.status == "DELETE_FAILED":
        raise Stop(
            f"The stack {stack.name} could not be deleted completely"
            f" ({find_failure_reason(aws, deleted)}). Fix this cause, and run the command again."
        )
