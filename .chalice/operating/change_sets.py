"""Create, show, confirm and execute a change set, and wait for the stack.

`aws cloudformation deploy` creates the change set: it uploads a large template, keeps the values of
settings that are not set, and handles a new stack. It does not execute the change set, because it
would not show the changes first, report progress or the reason of a failure, or poll more often
than every 30 seconds.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operating import stacks
from operating.aws_cli import Aws
from operating.console import Stop, agreed, say
from operating.stacks import Stack

_REPLACED = {"True": "replaced", "Conditional": "maybe replaced", "False": "in place"}


@dataclass(frozen=True, slots=True)
class ChangeSet:
    id: str
    stack: Stack
    changes: list[dict[str, Any]]


def deploy(
    aws: Aws,
    name: str,
    template: dict[str, Any],
    settings: dict[str, str],
    *,
    is_permanent: bool,
    bucket: str = "",
) -> tuple[Stack, bool]:
    """Deploy the template. Return the stack and whether it is new. Raise Stop if that failed.

    Parameters that are not in `settings` keep their values. A template above 51,200 bytes needs a
    bucket.
    """
    stack = stacks.read(aws, name)
    if stack and stack.is_moving:
        stack = stacks.at_rest(aws, stack)
    if stack and not is_permanent and stack.status in stacks.NEVER_MADE:
        _clear_away(aws, stack)
    proposed = _propose(aws, name, template, settings, bucket)
    if proposed is None:
        say(f"  {name} is up to date.")
        return stacks.existing(aws, name), False
    _refuse_another_template(aws, proposed, template)
    for line in lines(proposed.changes):
        say(f"  {line}")
    if is_permanent:
        _refuse_to_lose(aws, proposed)
    if not agreed(f"Make these changes to the stack {name} in {aws.region}?"):
        _withdraw(aws, proposed)
        raise Stop(f"Nothing was changed in {name}.")
    deployed = _execute(aws, proposed, is_permanent=is_permanent)
    return deployed, not proposed.stack.is_there


def _clear_away(aws: Aws, stack: Stack) -> None:
    say(f"  The last try to create {stack.name} failed ({stack.status}). Nothing in it works.")
    if not agreed(f"Delete the rest of {stack.name}, and create it again?"):
        raise Stop(f"Nothing was changed in {stack.name}.")
    stacks.delete(aws, stack)


def _propose(
    aws: Aws, name: str, template: dict[str, Any], settings: dict[str, str], bucket: str
) -> ChangeSet | None:
    """Return a change set that is ready to execute, or None if nothing would change."""
    options = ["--no-execute-changeset", "--no-fail-on-empty-changeset"]
    if settings:
        options += ["--parameter-overrides", *(f"{key}={value}" for key, value in settings.items())]
    if bucket:
        options += ["--s3-bucket", bucket, "--force-upload"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        # AWS CloudFormation returns only ASCII unchanged.
        file.write_text(json.dumps(template), encoding="ascii")
        output = aws.output(
            "cloudformation",
            "deploy",
            *options,
            stack_name=name,
            template_file=file,
            capabilities="CAPABILITY_NAMED_IAM",
        )
    change_set = re.search(r"arn:\S+:changeSet/[\w/-]+", output)
    if change_set is None:
        return None
    response = aws("cloudformation", "describe-change-set", change_set_name=change_set[0])
    stack = stacks.existing(aws, response["StackId"])
    return ChangeSet(change_set[0], stack, response.get("Changes", []))


def _refuse_another_template(aws: Aws, proposed: ChangeSet, template: dict[str, Any]) -> None:
    """Raise Stop if someone who can write to the bucket has replaced the uploaded template."""
    if stacks.template(aws, "Original", change_set_name=proposed.id) != template:
        _withdraw(aws, proposed)
        raise Stop(
            f"AWS CloudFormation received a template for {proposed.stack.name} that is not this"
            " folder's. Someone else has written to the bucket. Nothing was changed."
        )


def lines(changes: list[dict[str, Any]]) -> list[str]:
    """Return a line for each resource: the action, the logical ID, the type, and how it changes."""
    if not changes:
        return ["No resource changes; only outputs or the like do."]
    rows = [
        (
            resource["Action"].lower(),
            resource["LogicalResourceId"],
            resource["ResourceType"],
            _how(resource),
        )
        for resource in (change["ResourceChange"] for change in changes)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _how(change: dict[str, Any]) -> str:
    if change["Action"] != "Modify":
        return ""
    targets = [detail["Target"] for detail in change["Details"]]
    names = sorted({target.get("Name", target["Attribute"]) for target in targets})
    return f"{_REPLACED[change.get('Replacement', 'False')]}: {', '.join(names)}"


def _refuse_to_lose(aws: Aws, proposed: ChangeSet) -> None:
    """Raise Stop if a retained resource would be removed from its stack, or replaced."""
    changes = [change["ResourceChange"] for change in proposed.changes]
    leaving = [change["LogicalResourceId"] for change in changes if leaves(change)]
    kept = stacks.retained(aws, proposed.stack) if leaving else []
    lost = [logical_id for logical_id in leaving if logical_id in kept]
    if lost:
        _withdraw(aws, proposed)
        raise Stop(
            f"This would remove {', '.join(lost)} from {proposed.stack.name}, or replace it."
            " Clients' trust policies and the firm's records depend on it, so Daypass refuses."
        )


def leaves(change: dict[str, Any]) -> bool:
    """Return whether the change removes or replaces the resource."""
    return change["Action"] == "Remove" or change.get("Replacement") == "True"


def _withdraw(aws: Aws, proposed: ChangeSet) -> None:
    """Delete a change set, and the empty stack that was created for it."""
    aws("cloudformation", "delete-change-set", change_set_name=proposed.id)
    if not proposed.stack.is_there:
        stacks.delete(aws, proposed.stack)


def _execute(aws: Aws, proposed: ChangeSet, *, is_permanent: bool) -> Stack:
    keeps = _keeps_what_it_makes(proposed.stack, is_permanent=is_permanent)
    # Always given: the API's documentation and its users' reports differ on the default.
    rollback = {"disable_rollback" if keeps else "no_disable_rollback": True}
    aws("cloudformation", "execute-change-set", change_set_name=proposed.id, **rollback)
    stack = stacks.at_rest(aws, stacks.existing(aws, proposed.stack.id))
    if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return stack
    next_step = "Fix that, and run the command again: it continues from here."
    if stack.status in stacks.HALF_MADE:
        next_step += f" {stacks.KEEP_THE_SETTINGS}"
    raise Stop(f"{stack.name} could not be deployed: {stacks.failure(aws, stack)}. {next_step}")


def _keeps_what_it_makes(stack: Stack, *, is_permanent: bool) -> bool:
    """Return whether a failure leaves the stack as it is, instead of rolling it back.

    Rolling back the first try of a permanent stack would leave tables that belong to no stack and
    block the next try. A stack that is half created can only be changed without rollback.
    """
    return stack.status in stacks.HALF_MADE or (is_permanent and not stack.is_there)
