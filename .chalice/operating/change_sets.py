"""Deploy a CloudFormation template: create a change set, show its changes, ask, and execute it.

`aws cloudformation deploy` creates the change set, because it uploads a large template, keeps the
values of parameters that are not set, and can create a stack. It does not execute the change set:
it would not show the changes first, nor report progress or the reason for a failure.
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
from operating.console import Stop, is_confirmed, say
from operating.stacks import Stack

_REPLACEMENT_TEXTS = {"True": "replaced", "Conditional": "maybe replaced", "False": "in place"}


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The changes that CloudFormation proposes for a stack."""

    id: str
    stack: Stack
    changes: list[dict[str, Any]]


def deploy_template(
    aws: Aws,
    name: str,
    template: dict[str, Any],
    settings: dict[str, str],
    *,
    is_permanent: bool,
    bucket: str = "",
    tags: dict[str, str] | None = None,
) -> tuple[Stack, bool]:
    """Deploy the template as a stack. Return the stack, and whether it is new.

    Ask the operator before each change. Parameters that are not in `settings` keep their values.
    CloudFormation gives the tags to each resource; None keeps the stack's tags.
    If `is_permanent`, refuse changes that remove a resource with a retention policy. A template of
    more than 51,200 bytes needs a bucket. Raise Stop if the operator declines or the deployment
    fails.
    """
    stack = stacks.find_stack(aws, name)
    if stack and stack.is_changing:
        stack = stacks.wait_until_settled(aws, stack)
    if stack and not is_permanent and stack.status in stacks.CREATION_FAILED:
        _delete_failed_stack(aws, stack)
    if tags is None:
        tags = stack.tags if stack else {}
    proposed = _create_change_set(aws, name, template, settings, tags, bucket)
    if proposed is None:
        say(f"  {name} is up to date.")
        return stacks.get_stack(aws, name), False
    _refuse_replaced_template(aws, proposed, template)
    for line in describe_changes(proposed.changes):
        say(f"  {line}")
    if is_permanent:
        _refuse_loss_of_retained(aws, proposed)
    if not is_confirmed(f"Make these changes to the stack {name} in {aws.region}?"):
        _delete_change_set(aws, proposed)
        raise Stop(f"Nothing was changed in {name}.")
    deployed = _execute_change_set(aws, proposed, is_permanent=is_permanent)
    return deployed, not proposed.stack.exists


def _delete_failed_stack(aws: Aws, stack: Stack) -> None:
    """Delete the stack that a failed creation left, so that it can be created again. Raise Stop if
    the operator declines."""
    say(f"  The stack {stack.name} is incomplete, because its creation failed ({stack.status}).")
    if not is_confirmed(f"Delete the incomplete stack {stack.name}, and create it again?"):
        raise Stop(f"Nothing was changed in {stack.name}.")
    stacks.delete_stack(aws, stack)


def _create_change_set(
    aws: Aws,
    name: str,
    template: dict[str, Any],
    settings: dict[str, str],
    tags: dict[str, str],
    bucket: str,
) -> ChangeSet | None:
    """Create a change set, and return it. Return None if nothing would change."""
    options = ["--no-execute-changeset", "--no-fail-on-empty-changeset"]
    if settings:
        options += ["--parameter-overrides", *(f"{key}={value}" for key, value in settings.items())]
    if tags:
        options += ["--tags", *(f"{key}={value}" for key, value in tags.items())]
    if bucket:
        options += ["--s3-bucket", bucket, "--force-upload"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        file.write_text(encode_template(template), encoding="ascii")
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
    stack = stacks.get_stack(aws, response["StackId"])
    return ChangeSet(change_set[0], stack, response.get("Changes", []))


def encode_template(template: dict[str, Any]) -> str:
    """Return the template as compact JSON, without the descriptions of its parameters.

    AWS CloudFormation returns only ASCII unchanged. Its limit counts blanks and descriptions; the
    operator reads the descriptions in docs/reference/settings.md.
    """
    declared = {
        name: {key: value for key, value in parameter.items() if key != "Description"}
        for name, parameter in template.get("Parameters", {}).items()
    }
    short = template | ({"Parameters": declared} if declared else {})
    return json.dumps(short, separators=(",", ":"))


def _refuse_replaced_template(aws: Aws, proposed: ChangeSet, template: dict[str, Any]) -> None:
    """Raise Stop if the change set's template is not this template.

    Someone who can write to the bucket may have replaced the uploaded template.
    """
    received = stacks.read_template(aws, "Original", change_set_name=proposed.id)
    if received != json.loads(encode_template(template)):
        _delete_change_set(aws, proposed)
        raise Stop(
            f"AWS CloudFormation received a template for {proposed.stack.name} that differs from"
            " the one in this folder. Someone may have replaced it in the bucket. Nothing was"
            " changed. Find out who can write to the bucket before you deploy again."
        )


def describe_changes(changes: list[dict[str, Any]]) -> list[str]:
    """Return a line for each changed resource: action, logical ID, type, and how it changes."""
    if not changes:
        return ["No resources change, only the stack's outputs or similar settings."]
    rows = [
        (
            resource["Action"].lower(),
            resource["LogicalResourceId"],
            resource["ResourceType"],
            _describe_modification(resource),
        )
        for resource in (change["ResourceChange"] for change in changes)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _describe_modification(change: dict[str, Any]) -> str:
    """Return whether a modified resource is replaced, and which of its properties change."""
    if change["Action"] != "Modify":
        return ""
    targets = [detail["Target"] for detail in change["Details"]]
    names = sorted({target.get("Name", target["Attribute"]) for target in targets})
    return f"{_REPLACEMENT_TEXTS[change.get('Replacement', 'False')]}: {', '.join(names)}"


def _refuse_loss_of_retained(aws: Aws, proposed: ChangeSet) -> None:
    """Raise Stop if the change set removes or replaces a resource with a retention policy."""
    changes = [change["ResourceChange"] for change in proposed.changes]
    removed_ids = [change["LogicalResourceId"] for change in changes if removes_resource(change)]
    retained_ids = stacks.list_retained_ids(aws, proposed.stack) if removed_ids else []
    lost_ids = [logical_id for logical_id in removed_ids if logical_id in retained_ids]
    if lost_ids:
        _delete_change_set(aws, proposed)
        raise Stop(
            f"This deployment would remove or replace {', '.join(lost_ids)} of"
            f" {proposed.stack.name}. Clients' trust policies and the firm's records depend on"
            " these resources, so Daypass refuses. Nothing was changed. Undo the change to the"
            " template or to a setting that causes the loss, and deploy again."
        )


def removes_resource(change: dict[str, Any]) -> bool:
    """Return whether the change removes or replaces the resource."""
    return change["Action"] == "Remove" or change.get("Replacement") == "True"


def _delete_change_set(aws: Aws, proposed: ChangeSet) -> None:
    """Delete the change set, and the empty stack if CloudFormation created one for it.

    Read the stack again: another operator may have created its resources in the meantime.
    """
    aws("cloudformation", "delete-change-set", change_set_name=proposed.id)
    stack = stacks.find_stack(aws, proposed.stack.id)
    if stack and not stack.exists:
        stacks.delete_stack(aws, stack)


def _execute_change_set(aws: Aws, proposed: ChangeSet, *, is_permanent: bool) -> Stack:
    """Execute the change set, and return the stack afterwards. Raise Stop if it fails."""
    must_stay = _must_stay_after_failure(proposed.stack, is_permanent=is_permanent)
    # Always set this option: AWS's documentation and users' reports differ on its default.
    rollback_option = {"disable_rollback" if must_stay else "no_disable_rollback": True}
    aws("cloudformation", "execute-change-set", change_set_name=proposed.id, **rollback_option)
    stack = stacks.wait_until_settled(aws, stacks.get_stack(aws, proposed.stack.id))
    if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return stack
    next_step = "Fix this cause, and run the command again: it continues from here."
    if stack.status in stacks.HALF_CREATED:
        next_step += f" {stacks.KEEP_SETTINGS_TEXT}"
    raise Stop(
        f"{stack.name} could not be deployed: {stacks.find_failure_reason(aws, stack)}. {next_step}"
    )


def _must_stay_after_failure(stack: Stack, *, is_permanent: bool) -> bool:
    """Return whether CloudFormation must not roll the stack back after a failure.

    A rollback of the first creation of a permanent stack would leave retained tables that belong to
    no stack, and they would block the next try. A stack that is half created can only be changed
    without rollback.
    """
    return stack.status in stacks.HALF_CREATED or (is_permanent and not stack.exists)
