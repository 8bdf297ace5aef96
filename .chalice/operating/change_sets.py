"""A change to a stack: proposed, shown, confirmed, made, and waited for.

`aws cloudformation deploy` makes the change set: it uploads a large template, keeps the values of
settings that are not given, and knows whether the stack is new. It does not execute it here: it
would not show the changes first, report its progress or the reason of a failure, or look more often
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
from operating.stacks import Stack
from operating.telling import Stop, agreed, say

_REPLACED = {"True": "made anew", "Conditional": "made anew, maybe", "False": "in place"}


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
    """Bring the stack to this template. Return it, and whether it is new; Stop if that failed.
    Settings are its parameters; others keep their values. Above 51,200 bytes it needs a bucket."""
    stack = stacks.read(aws, name)
    if stack and stack.is_moving:
        stack = stacks.at_rest(aws, stack)
    if stack and not is_permanent and stack.status in stacks.NEVER_MADE:
        _clear_away(aws, stack)
    proposed = _propose(aws, name, template, settings, bucket)
    if proposed is None:
        say(f"  Nothing is to be changed in {name}.")
        return stacks.known(aws, name), False
    _refuse_another_template(aws, proposed, template)
    for line in lines(proposed.changes):
        say(f"  {line}")
    if is_permanent:
        _refuse_to_lose(aws, proposed)
    if not agreed(f"Change the stack {name} in {aws.region} like this?"):
        _withdraw(aws, proposed)
        raise Stop(f"Nothing was changed in {name}.")
    made = _make(aws, proposed, is_permanent=is_permanent)
    return made, not proposed.stack.is_there


def _clear_away(aws: Aws, stack: Stack) -> None:
    say(f"  {stack.name} could not be made the last time ({stack.status}): nothing in it works.")
    if not agreed(f"Delete what is left of {stack.name}, to make it anew?"):
        raise Stop(f"Nothing was changed in {stack.name}.")
    stacks.delete(aws, stack)


def _propose(
    aws: Aws, name: str, template: dict[str, Any], settings: dict[str, str], bucket: str
) -> ChangeSet | None:
    """Return a change set that is ready to execute, or None if there is nothing to change."""
    words = ["--no-execute-changeset", "--no-fail-on-empty-changeset"]
    if settings:
        words += ["--parameter-overrides", *(f"{key}={value}" for key, value in settings.items())]
    if bucket:
        words += ["--s3-bucket", bucket, "--force-upload"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        # ASCII, which is all that AWS CloudFormation gives back as it was.
        file.write_text(json.dumps(template), encoding="ascii")
        output = aws.output(
            "cloudformation",
            "deploy",
            *words,
            stack_name=name,
            template_file=file,
            capabilities="CAPABILITY_NAMED_IAM",
        )
    change_set = re.search(r"arn:\S+:changeSet/[\w/-]+", output)
    if change_set is None:
        return None
    response = aws("cloudformation", "describe-change-set", change_set_name=change_set[0])
    stack = stacks.known(aws, response["StackId"])
    return ChangeSet(change_set[0], stack, response.get("Changes", []))


def _refuse_another_template(aws: Aws, proposed: ChangeSet, template: dict[str, Any]) -> None:
    """Stop if anyone who can write to the bucket has replaced the template after its upload."""
    if stacks.template(aws, "Original", change_set_name=proposed.id) != template:
        _withdraw(aws, proposed)
        raise Stop(
            f"AWS CloudFormation has another template for {proposed.stack.name} than this folder's:"
            " someone else has written to the bucket. Nothing was changed."
        )


def lines(changes: list[dict[str, Any]]) -> list[str]:
    """Return a line for each resource: the action, the logical ID, the type, and how it changes."""
    if not changes:
        return ["Only outputs, or the like, are changed: no resource is."]
    rows = [
        (one["Action"].lower(), one["LogicalResourceId"], one["ResourceType"], _how(one))
        for one in (change["ResourceChange"] for change in changes)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{word:{width}}" for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _how(change: dict[str, Any]) -> str:
    if change["Action"] != "Modify":
        return ""
    targets = [detail["Target"] for detail in change["Details"]]
    names = sorted({target.get("Name", target["Attribute"]) for target in targets})
    return f"{_REPLACED[change.get('Replacement', 'False')]}: {', '.join(names)}"


def _refuse_to_lose(aws: Aws, proposed: ChangeSet) -> None:
    """Stop if a resource that outlives its stack would leave it, or be replaced."""
    changes = [change["ResourceChange"] for change in proposed.changes]
    leaving = [change["LogicalResourceId"] for change in changes if leaves(change)]
    kept = stacks.retained(aws, proposed.stack) if leaving else []
    lost = [logical_id for logical_id in leaving if logical_id in kept]
    if lost:
        _withdraw(aws, proposed)
        raise Stop(
            f"This would remove {', '.join(lost)} from {proposed.stack.name}, or make it anew."
            " Clients' access and the firm's records hang on what outlives that stack, so no"
            " deployment does."
        )


def leaves(change: dict[str, Any]) -> bool:
    """Return whether the stack would no longer have the resource, or another one in its place."""
    return change["Action"] == "Remove" or change.get("Replacement") == "True"


def _withdraw(aws: Aws, proposed: ChangeSet) -> None:
    """Delete a change set that is not wanted, and the empty stack that was made for it."""
    aws("cloudformation", "delete-change-set", change_set_name=proposed.id)
    if not proposed.stack.is_there:
        stacks.delete(aws, proposed.stack)


def _make(aws: Aws, proposed: ChangeSet, *, is_permanent: bool) -> Stack:
    keeps = _keeps_what_it_makes(proposed.stack, is_permanent=is_permanent)
    # Always given: the API's documentation and its users' reports differ on the default.
    rollback = {"disable_rollback" if keeps else "no_disable_rollback": True}
    aws("cloudformation", "execute-change-set", change_set_name=proposed.id, **rollback)
    made = stacks.at_rest(aws, stacks.known(aws, proposed.stack.id))
    if made.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return made
    go_on = "Mend that, and do the same again: it goes on from what there is."
    if made.status in stacks.HALF_MADE:
        go_on += f" {stacks.KEEP_THE_SETTINGS}"
    raise Stop(f"{made.name} could not be changed: {stacks.why_it_failed(aws, made)}. {go_on}")


def _keeps_what_it_makes(stack: Stack, *, is_permanent: bool) -> bool:
    """Return whether a failure leaves the stack as it is. Taken back, the first try of a permanent
    stack would leave tables that are no stack's, in the way of the next try; and a stack that is
    half made is changed like this, or not at all."""
    return stack.status in stacks.HALF_MADE or (is_permanent and not stack.is_there)
