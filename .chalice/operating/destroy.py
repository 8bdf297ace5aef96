"""`make destroy`: the app's stack alone. What clients' access and the records hang on stays."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any

from operating import parameters, stacks
from operating.aws_cli import Aws, here
from operating.stacks import APP, FOUNDATION, Stack
from operating.telling import Stop, agreed, exit_status, say


def main() -> None:
    aws = here()
    stack = stacks.read(aws, APP)
    if stack is None or not stack.is_there:
        raise Stop(f"There is no stack {APP} in {aws.region}. Nothing was changed.")
    if stack.is_moving:
        stack = stacks.at_rest(aws, stack)
    _destroy(aws, stack)


def _destroy(aws: Aws, stack: Stack) -> None:
    retained = _retained(aws, stack)
    held = stacks.resources(aws, stack)
    say(f"This deletes the stack {APP} in {aws.region}, and then the API answers nobody:")
    for logical_id, one in held.items():
        if logical_id not in retained:
            say(f"  {one['ResourceType']}  {one['PhysicalResourceId']}")
    say(f"What stays is the stack {FOUNDATION}, with the records, the trail, and what clients")
    say("trust. Sessions that are out run until they expire.")
    for logical_id in retained:
        if logical_id in held:
            say(f"  {held[logical_id]['ResourceType']}  {held[logical_id]['PhysicalResourceId']}")
    if not agreed(f"Delete the stack {APP}?"):
        raise Stop("Nothing was changed.")
    stacks.delete(aws, stack)
    say(f"The stack {APP} is deleted. To have it again, at another address:")
    say()
    say(f"  {again(stack.parameters)}")


def _retained(aws: Aws, stack: Stack) -> list[str]:
    """What the template says that outlives the stack."""
    told = aws("cloudformation", "get-template", stack_name=stack.id, template_stage="Processed")
    body = told["TemplateBody"]
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return [
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    ]


def again(told: dict[str, str]) -> str:
    """The command that deploys it as it was."""
    settings = [
        shlex.quote(f"{parameters.setting(name)}={value.replace('$', '$$')}")
        for name, value in told.items()
        if value
    ]
    return " ".join(["make deploy", *settings])


if __name__ == "__main__":
    sys.exit(exit_status(main))
