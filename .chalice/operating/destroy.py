"""`make destroy`: delete the app's stack, and keep the records and the roles that clients trust."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable

from operating import parameters, stacks
from operating.aws_cli import Aws, configured_aws
from operating.console import Stop, exit_status, is_confirmed, say
from operating.stacks import APP, FOUNDATION, Stack
from operating.uninstalling.everything import destroy_everything, refuse_other_account


def main() -> None:
    """Find the app's stack, wait until it no longer changes, and delete it. EVERYTHING=1 deletes
    all of Daypass in this account."""
    parameters.refuse_unknown_settings()
    everything = os.environ.get("EVERYTHING") or "0"
    if everything not in ("0", "1"):
        raise Stop("EVERYTHING can only be 1, which deletes all of Daypass in this account.")
    if everything == "1":
        destroy_everything(configured_aws())
        return
    aws = configured_aws()
    stack = stacks.require_stack(aws, APP)
    refuse_other_account(stack.account)
    if stack.is_changing:
        stack = stacks.wait_until_settled(aws, stack)
    _destroy(aws, stack)


def _destroy(aws: Aws, stack: Stack) -> None:
    """Print what will be deleted and what stays, ask, and delete the app's stack."""
    retained_ids = stacks.list_retained_ids(aws, stack)
    resources = stacks.list_resources(aws, stack)
    deleted = [resource for name, resource in resources.items() if name not in retained_ids]
    say(
        f"This deletes the stack {APP} in {aws.region} of the account {stack.account}, and with it"
        " the API:"
    )
    _say_lines(stacks.list_by_type(deleted))
    say(
        f"The stack {FOUNDATION} stays, with the records, the trail and the role that clients"
        " trust."
    )
    kept = [resource for name, resource in resources.items() if name in retained_ids]
    if kept:
        say("These resources of the deleted stack also stay:")
        _say_lines(stacks.list_by_type(kept))
    say("Sessions that AWS has issued stay valid until they expire.")
    if not is_confirmed(f"Delete the stack {APP}?"):
        raise Stop("Nothing was changed.")
    stacks.delete_stack(aws, stack)
    say(f"The stack {APP} was deleted. To deploy it again, which gives the API a new address:")
    say()
    say(f"  {build_deploy_command(stack.parameters)}")


def _say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def build_deploy_command(values: dict[str, str]) -> str:
    """Return the `make deploy` command that deploys the app again with these parameters."""
    settings = [
        shlex.quote(f"{parameters.setting_name(name)}={value.replace('$', '$$')}")
        for name, value in values.items()
        if value and name != parameters.STREAM_PARAMETER
    ]
    return " ".join(["make deploy", *settings])


if __name__ == "__main__":
    sys.exit(exit_status(main))
