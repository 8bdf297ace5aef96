"""`make destroy`: delete the app's stack, and keep the records and the roles that clients trust."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from operating import parameters, stacks
from operating.aws_cli import Aws, configured_aws
from operating.console import Stop, exit_status, is_confirmed, say
from operating.stacks import APP, FOUNDATION, Stack


def main() -> None:
    """Find the app's stack, wait until it no longer changes, and delete it."""
    parameters.refuse_unknown_settings()
    aws = configured_aws()
    stack = stacks.require_stack(aws, APP)
    if stack.is_changing:
        stack = stacks.wait_until_settled(aws, stack)
    _destroy(aws, stack)


def _destroy(aws: Aws, stack: Stack) -> None:
    """Print what will be deleted and what stays, ask, and delete the app's stack."""
    retained_ids = stacks.list_retained_ids(aws, stack)
    resources = stacks.list_resources(aws, stack)
    deleted = [resource for name, resource in resources.items() if name not in retained_ids]
    say(f"This deletes the stack {APP} in {aws.region}, and with it the API:")
    _list(deleted)
    say(
        f"The stack {FOUNDATION} stays, with the records, the trail and the role that clients"
        " trust."
    )
    kept = [resource for name, resource in resources.items() if name in retained_ids]
    if kept:
        say("These resources of the deleted stack stay, too:")
        _list(kept)
    say("Sessions that AWS has issued stay valid until they expire.")
    if not is_confirmed(f"Delete the stack {APP}?"):
        raise Stop("Nothing was changed.")
    stacks.delete_stack(aws, stack)
    say(f"The stack {APP} was deleted. To deploy it again, which gives the API a new address:")
    say()
    say(f"  {build_deploy_command(stack.parameters)}")


def _list(resources: Sequence[Mapping[str, str]]) -> None:
    """Print the resources by type, with how many there are of each."""
    for kind, group in groupby(sorted(resources, key=_by_type), key=itemgetter("ResourceType")):
        names = [resource["PhysicalResourceId"] for resource in group]
        say(f"  {kind} ({len(names)}): {', '.join(names)}")


def _by_type(resource: Mapping[str, str]) -> tuple[str, str]:
    return resource["ResourceType"], resource["PhysicalResourceId"]


def build_deploy_command(values: dict[str, str]) -> str:
    """Return the `make deploy` command that deploys the app again with these parameters."""
    settings = [
        shlex.quote(f"{parameters.setting_name(name)}={value.replace('$', '$$')}")
        for name, value in values.items()
        if value
    ]
    return " ".join(["make deploy", *settings])


if __name__ == "__main__":
    sys.exit(exit_status(main))
