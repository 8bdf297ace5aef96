"""All that is looked at, one thing after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

from package import app, foundation

from operating import parameters, stacks
from operating.aws_cli import Aws, Refused, here, suggested_region
from operating.doctor import clashes, permissions, surroundings
from operating.doctor.findings import Finding, if_allowed, note, ok, stop, tell
from operating.doctor.permissions import Deployer
from operating.stacks import APP, FOUNDATION, Stack
from operating.telling import say


def examine() -> tuple[Aws, str]:
    """Say what is found. Return the CLI and the account's ID; Stop if something is in the way."""
    tell(stop(fault) for fault in parameters.faults())
    aws = here()
    say(f"Looking at {aws.region}, with {aws.command}")
    tell(surroundings.command_line(aws))
    try:
        told = aws("sts", "get-caller-identity")
    except Refused as refusal:
        tell([stop(_nobody(aws, refusal))])
        raise
    account, caller = told["Account"], told["Arn"]
    partition = caller.split(":")[1]
    tell([_whose(account, caller)])
    with ThreadPoolExecutor() as threads:  # most of a call's time is the start of the CLI
        try:
            made = list(threads.map(partial(stacks.read, aws), (FOUNDATION, APP)))
        except Refused as refusal:
            tell([stop(str(refusal))])
            raise
        named = clashes.names(foundation(), account, aws.region)
        kept = [*_invalid_as_deployed(foundation(), made[0]), *_invalid_as_deployed(app(), made[1])]
        tell(dict.fromkeys(kept))
        has = made[1].parameters if made[1] else {}
        wanted = parameters.wanted(app(), has)
        optional = (wanted["RateLimit"] != "0", wanted["AnonymousConcurrency"] != "0")
        deployer = Deployer(caller, account, partition, named, *optional)
        looks = (
            stack_states(*made),
            clashes.look(aws, account, partition, named, made[0]),
            if_allowed("you may do all that it takes", permissions.look(aws, deployer)),
            if_allowed(
                "this is an organization's management account, where Daypass does not belong",
                surroundings.organization(aws, account),
            ),
            if_allowed(
                "AWS Lambda runs enough requests at once here",
                surroundings.concurrency(aws, has, wanted),
            ),
            surroundings.rate_limit(aws, has, wanted),
            if_allowed(
                "another role writes the logs of APIs here",
                surroundings.gateway_logs(aws, account, made[0]),
            ),
            if_allowed(
                "the trail has its own policy",
                surroundings.trail(aws, account, partition, made[0]),
            ),
            if_allowed("the secrets of Slack's app are there", surroundings.slack(aws, wanted)),
            surroundings.compiling(),
        )
        tell(chain.from_iterable(threads.map(list[Finding], looks)))
    return aws, account


def stack_states(foundation: Stack | None, app: Stack | None) -> Iterator[Finding]:
    """Yield whether the stacks are in a state that they can be made or updated from."""
    for name, stack in ((FOUNDATION, foundation), (APP, app)):
        if stack is None or not stack.is_there:
            yield ok(f"There is no stack {name} yet: it will be made.")
        elif stack.is_moving:
            yield note(
                f"The stack {name} is being changed ({stack.status}), by a deployment that was"
                " interrupted or by somebody else's. The next one waits for it."
            )
        elif stack.status in stacks.STUCK:
            yield stop(
                f"The stack {name} is stuck ({stack.status}). Have AWS take the change back: aws"
                f" cloudformation continue-update-rollback --stack-name {name}"
            )
        elif stack.status in (*stacks.HALF_MADE, *stacks.NEVER_MADE):
            yield _not_whole(stack)
        else:
            yield ok(f"The stack {name} is there, and can be updated.")


def _not_whole(stack: Stack) -> Finding:
    half = f"The stack {stack.name} could not be made ({stack.status})"
    if stack.name == APP and stack.status in stacks.NEVER_MADE:
        return note(f"{half}. What is left of it is deleted, and it is made anew.")
    if stack.status in stacks.HALF_MADE:
        return note(
            f"{half}, or not whole. The next deployment goes on with it. {stacks.KEEP_THE_SETTINGS}"
        )
    return stop(
        f"{half}. See what it has left behind, and delete the stack: aws cloudformation"
        f" delete-stack --stack-name {stack.name}"
    )


def _invalid_as_deployed(template: dict[str, Any], stack: Stack | None) -> Iterator[Finding]:
    """Yield a finding for each deployed value that stays and that no function can use."""
    told, has = parameters.told(template), stack.parameters if stack else {}
    kept = {name: has[name] for name in template["Parameters"].keys() & has if name not in told}
    for fault in parameters.invalid_values(template, kept):
        yield stop(f"{fault} That is the deployed value: set another, or none.")


def _nobody(aws: Aws, refusal: Refused) -> str:
    if refusal.is_unreachable:
        return f"AWS does not answer in {aws.region}. {suggested_region(aws.region)}"
    if refusal.code in ("InvalidClientTokenId", "UnrecognizedClientException"):
        return (
            f"AWS does not know these credentials in {aws.region}: they are not valid any more, or"
            " this region is not turned on in the account."
        )
    return f"There are no credentials that work. {refusal}"


def _whose(account: str, caller: str) -> Finding:
    here = f"This is the AWS account {account}, and you are {caller}."
    if caller.endswith(":root"):
        return note(f"{here} Better deploy as somebody whom policies restrict.")
    return ok(here)
