"""Whether the stacks are in a state that they can be made or updated from."""

from __future__ import annotations

from collections.abc import Iterator

from operating import stacks
from operating.doctor.findings import Finding, Kind
from operating.stacks import APP, FOUNDATION, Stack


def look(foundation: Stack | None, app: Stack | None) -> Iterator[Finding]:
    for name, stack in ((FOUNDATION, foundation), (APP, app)):
        if stack is None or not stack.is_there:
            yield Finding(Kind.OK, f"There is no stack {name} yet: it will be made.")
        elif stack.is_moving:
            yield Finding(
                Kind.NOTE,
                f"The stack {name} is being changed ({stack.status}), by a deployment that was"
                " interrupted or by somebody else's. The next one waits for it.",
            )
        elif stack.status in stacks.STUCK:
            yield Finding(
                Kind.STOP,
                f"The stack {name} is stuck ({stack.status}). Have AWS take the change back: aws"
                f" cloudformation continue-update-rollback --stack-name {name}",
            )
        elif stack.status in (*stacks.HALF_MADE, *stacks.NEVER_MADE):
            yield _not_whole(stack)
        else:
            yield Finding(Kind.OK, f"The stack {name} is there, and can be updated.")


def _not_whole(stack: Stack) -> Finding:
    half = f"The stack {stack.name} could not be made ({stack.status})"
    if stack.name == APP and stack.status in stacks.NEVER_MADE:
        return Finding(Kind.NOTE, f"{half}. What is left of it is deleted, and it is made anew.")
    if stack.status in stacks.HALF_MADE:
        return Finding(
            Kind.NOTE,
            f"{half}, or not whole. The next deployment goes on with it."
            f" {stacks.KEEP_THE_SETTINGS}",
        )
    return Finding(
        Kind.STOP,
        f"{half}. See what it has left behind, and delete the stack: aws cloudformation"
        f" delete-stack --stack-name {stack.name}",
    )
