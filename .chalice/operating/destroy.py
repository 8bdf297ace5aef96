"""`make destroy`: the app's stack alone. What clients' access and the records hang on stays."""

from __future__ import annotations

import shlex
import sys

from operating import parameters, stacks
from operating.aws_cli import Aws, here
from operating.stacks import APP, FOUNDATION, Stack
from operating.telling import Stop, agreed, exit_status, say


def main() -> None:
    parameters.refuse_unknown()
    aws = here()
    stack = stacks.required(aws, APP)
    if stack.is_moving:
        stack = stacks.at_rest(aws, stack)
    _destroy(aws, stack)


def _destroy(aws: Aws, stack: Stack) -> None:
    retained = stacks.retained(aws, stack)
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
