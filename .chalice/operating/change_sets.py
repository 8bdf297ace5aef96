"""A change to a stack: proposed, shown, asked about, made, and waited for.

The change set is AWS's own word for what will change. Nothing is changed without one.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from operating import stacks
from operating.aws_cli import Aws
from operating.stacks import Stack
from operating.telling import Stop, agreed, say

_NOTHING = ("didn't contain changes", "No updates are to be performed")
_REPLACED = {"True": "made anew", "Conditional": "made anew, maybe", "False": "in place"}


@dataclass(frozen=True, slots=True)
class Template:
    """A template, and how the CLI is told of it: its body, or its URL."""

    option: dict[str, str]
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    id: str
    stack: Stack
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Deployed:
    stack: Stack
    is_new: bool


def deploy(
    aws: Aws, name: str, template: Template, told: dict[str, str], *, is_permanent: bool
) -> Deployed:
    """Bring the stack to this template, and give it as it is then. Stop if it did not get there.

    Parameters that are not told keep the value that they have.
    """
    stack = stacks.read(aws, name)
    if stack and stack.is_moving:
        stack = stacks.at_rest(aws, stack)
    if stack and not is_permanent and stack.status in stacks.NEVER_MADE:
        _clear_away(aws, stack)
        stack = None
    proposed = _propose(aws, name, stack, template, told)
    if proposed is None:
        say(f"  Nothing is to be changed in {name}.")
        return Deployed(stack or stacks.known(aws, name), is_new=False)
    for line in lines(proposed.changes):
        say(f"  {line}")
    if is_permanent:
        _refuse_to_lose(aws, proposed)
    if not agreed(f"Change the stack {name} in {aws.region} like this?"):
        _withdraw(aws, proposed)
        raise Stop(f"Nothing was changed in {name}.")
    made = _make(aws, proposed, is_permanent=is_permanent)
    return Deployed(made, is_new=not proposed.stack.is_there)


def _clear_away(aws: Aws, stack: Stack) -> None:
    say(f"  {stack.name} could not be made the last time ({stack.status}): nothing in it works.")
    if not agreed(f"Delete what is left of {stack.name}, to make it anew?"):
        raise Stop(f"Nothing was changed in {stack.name}.")
    stacks.delete(aws, stack)


def _propose(
    aws: Aws,
    name: str,
    stack: Stack | None,
    template: Template,
    told: dict[str, str],
) -> ChangeSet | None:
    """None if there is nothing to change."""
    is_new = stack is None or not stack.is_there
    made = aws(
        "cloudformation",
        "create-change-set",
        stack_name=name,
        change_set_name=f"deploy-{time.time_ns()}-{os.getpid()}",
        change_set_type="CREATE" if is_new else "UPDATE",
        capabilities="CAPABILITY_NAMED_IAM",
        parameters=_as_asked(told, stack, template),
        **template.option,
    )
    described = _described(aws, made["Id"])
    if stack is None or is_new:
        stack = stacks.known(aws, made["StackId"])
    proposed = ChangeSet(made["Id"], stack, described.get("Changes", []))
    if described["Status"] == "CREATE_COMPLETE":
        return proposed
    reason = described.get("StatusReason", "")
    _withdraw(aws, proposed)
    if any(words in reason for words in _NOTHING):
        return None
    raise Stop(f"AWS CloudFormation cannot change {name} like this: {reason}")


def _as_asked(
    told: dict[str, str], stack: Stack | None, template: Template
) -> list[dict[str, Any]]:
    """Those that are told; of the others, those that the stack has, as they are."""
    asked: list[dict[str, Any]] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in told.items()
    ]
    had = stack.parameters if stack and stack.is_there else {}
    kept = [key for key in template.parameters if key in had and key not in told]
    return asked + [{"ParameterKey": key, "UsePreviousValue": True} for key in kept]


def _described(aws: Aws, change_set: str) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = aws(
            "cloudformation", "describe-change-set", change_set_name=change_set
        )
        if told["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return told
        time.sleep(2)


def lines(changes: list[dict[str, Any]]) -> list[str]:
    """A line for each resource: what is done to it, its name in the template, its type, and how."""
    told = [one["ResourceChange"] for one in changes]
    if not told:
        return ["Only outputs, or the like, are changed: no resource is."]
    rows = [
        (one["Action"].lower(), one["LogicalResourceId"], one["ResourceType"], _how(one))
        for one in told
    ]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{word:{width}}" for word, width in zip(row, wide, strict=True)).rstrip()
        for row in rows
    ]


def _how(change: dict[str, Any]) -> str:
    if change["Action"] != "Modify":
        return ""
    targets = [detail["Target"] for detail in change["Details"]]
    names = sorted({target.get("Name", target["Attribute"]) for target in targets})
    return f"{_REPLACED[change.get('Replacement', 'False')]}: {', '.join(names)}"


def _refuse_to_lose(aws: Aws, proposed: ChangeSet) -> None:
    told = [one["ResourceChange"] for one in proposed.changes]
    left = [one["LogicalResourceId"] for one in told if leaves(one)]
    kept = stacks.retained(aws, proposed.stack) if left else []
    lost = [logical_id for logical_id in left if logical_id in kept]
    if lost:
        _withdraw(aws, proposed)
        raise Stop(
            f"This would remove {', '.join(lost)} from {proposed.stack.name}, or make it anew."
            " Clients' access and the firm's records hang on what outlives that stack, so no"
            " deployment does."
        )


def leaves(change: dict[str, Any]) -> bool:
    """Whether the stack would not have that resource any more, or another one in its place."""
    return change["Action"] == "Remove" or change.get("Replacement") == "True"


def _withdraw(aws: Aws, proposed: ChangeSet) -> None:
    """Leave nothing behind of what was not wanted."""
    aws("cloudformation", "delete-change-set", change_set_name=proposed.id)
    if not proposed.stack.is_there:
        stacks.delete(aws, proposed.stack)


def _make(aws: Aws, proposed: ChangeSet, *, is_permanent: bool) -> Stack:
    keeps = _keeps_what_it_makes(proposed.stack, is_permanent=is_permanent)
    # Either is said: of the two, the API's documentation and its users' reports differ on which is
    # the default.
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
    """Return whether AWS is to leave a stack as it is when this change of it fails.

    If AWS took back the first try of a permanent stack, it would leave what is to be retained:
    tables that are no stack's, and in the way of the next try. A stack that is half made is
    changed like this, or not at all.
    """
    return stack.status in stacks.HALF_MADE or (is_permanent and not stack.is_there)
