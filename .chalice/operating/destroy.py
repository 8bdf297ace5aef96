"""`make destroy`: delete the app's stack, and keep the records and the roles that clients trust."""

from __future__ import annotations

import shlex
import sys

from operating import parameters, stacks
from operating.aws_cli import Aws, configured_aws
from operating.console import Stop, exit_status, is_confirmed, say
from operating.stacks import APP, FOUNDATION, Stack


def main() -> None:
    parameters.refuse_unknown()
    aws = configured_aws()
    stack = stacks.require_stack(aws, APP)
    if stack.is_changing:
        stack = stacks.wait_until_settled(aws, stack)
    _destroy(aws, stack)


def _destroy(aws: Aws, stack: Stack) -> None:
    """Print what will be deleted and what stays, ask, and delete the app's stack."""
    retained = stacks.retained_ids(aws, stack)
    resources = stacks.list_resources(aws, stack)
    say(f"This deletes the stack {APP} in {aws.region}, and with it the API:")
    for logical_id, resource in resources.items():
        if logical_id not in retained:
            say(f"  {resource['ResourceType']}  {resource['PhysicalResourceId']}")
    say(
        f"The stack {FOUNDATION} stays, with the records, the trail and the role that clients"
        " trust."
    )
    say("Sessions that AWS has issued stay valid until they expire.")
    for logical_id in retained:
        if logical_id in resources:
            kept = resources[logical_id]
            say(f"  {kept['ResourceType']}  {kept['PhysicalResourceId']}")
    if not is_confirmed(f"Delete the stack {APP}?"):
        raise Stop("Nothing was changed.")
    stacks.delete_stack(aws, stack)
    say(f"The stack {APP} is deleted. To deploy it again, with a new address of the API:")
    say()
    say(f"  {deploy_command(stack.parameters)}")


def deploy_command(values: dict[str, str]) -> str:
    """Return the `make deploy` command that deploys the app again with these parameters."""
    settings = [
        shlex.quote(f"{parameters.setting_name(name)}={value.replace('$', '$$')}")
        for name, value in values.items()
        if value
    ]
    return " ".join(["make deploy", *settings])


if __name__ == "__main__":
    sys.exit(exit_status(main))
