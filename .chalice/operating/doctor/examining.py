"""All that is looked at, one thing after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from package import app, foundation

from operating import parameters, stacks
from operating.aws_cli import Aws, Refused, here, suggested_region
from operating.doctor import clashes, permissions, stack_states, surroundings
from operating.doctor.findings import Finding, Kind, if_allowed, tell
from operating.doctor.permissions import Deployer
from operating.stacks import APP, FOUNDATION, Stack
from operating.telling import say


@dataclass(frozen=True, slots=True)
class Account:
    """Where Daypass is to live."""

    aws: Aws
    id: str
    partition: str


def examine() -> Account | None:
    """Say what is found. The account, unless something is found that a deployment stops at."""
    if tell(Finding(Kind.STOP, fault) for fault in parameters.faults()):
        return None
    aws = here()
    say(f"Looking at {aws.region}, with {aws.command}")
    tell(surroundings.command_line(aws))
    try:
        told = aws("sts", "get-caller-identity")
    except Refused as refusal:
        tell([Finding(Kind.STOP, _nobody(aws, refusal))])
        return None
    account, caller = Account(aws, told["Account"], told["Arn"].split(":")[1]), told["Arn"]
    tell([_whose(account, caller)])
    with ThreadPoolExecutor() as threads:  # most of a call's time is the start of the CLI
        try:
            made = list(threads.map(partial(stacks.read, aws), (FOUNDATION, APP)))
        except Refused as refusal:
            tell([Finding(Kind.STOP, str(refusal))])
            return None
        named = clashes.names(foundation(), account.id, aws.region)
        kept = [*_invalid_as_deployed(foundation(), made[0]), *_invalid_as_deployed(app(), made[1])]
        if tell(dict.fromkeys(kept)):
            return None
        has = made[1].parameters if made[1] else {}
        wanted = parameters.wanted(app(), has)
        optional = (wanted["RateLimit"] != "0", wanted["AnonymousConcurrency"] != "0")
        deployer = Deployer(caller, account.id, account.partition, named, *optional)
        looks = (
            stack_states.look(*made),
            clashes.look(aws, account.id, account.partition, named, made[0]),
            if_allowed("you may do all that it takes", permissions.look(aws, deployer)),
            if_allowed(
                "this is an organization's management account, where Daypass does not belong",
                surroundings.organization(aws, account.id),
            ),
            if_allowed(
                "AWS Lambda runs enough requests at once here",
                surroundings.concurrency(aws, has, wanted),
            ),
            surroundings.rate_limit(aws, has, wanted),
            if_allowed(
                "another role writes the logs of APIs here",
                surroundings.gateway_logs(aws, account.id, made[0]),
            ),
            if_allowed(
                "the trail has its own policy",
                surroundings.trail(aws, account.id, account.partition, made[0]),
            ),
            if_allowed("the secrets of Slack's app are there", surroundings.slack(aws, wanted)),
            surroundings.compiling(),
        )
        stopped = [tell(findings) for findings in threads.map(list[Finding], looks)]
    return None if any(stopped) else account


def _invalid_as_deployed(template: dict[str, Any], stack: Stack | None) -> Iterator[Finding]:
    """Yield a finding for each deployed value that stays and that no function can use."""
    told, has = parameters.told(template), stack.parameters if stack else {}
    kept = {name: has[name] for name in template["Parameters"].keys() & has if name not in told}
    for fault in parameters.invalid_values(template, kept):
        yield Finding(Kind.STOP, f"{fault} That is the deployed value: set another, or none.")


def _nobody(aws: Aws, refusal: Refused) -> str:
    if refusal.is_unreachable:
        return f"AWS does not answer in {aws.region}. {suggested_region(aws.region)}"
    if refusal.code in ("InvalidClientTokenId", "UnrecognizedClientException"):
        return (
            f"AWS does not know these credentials in {aws.region}: they are not valid any more, or"
            " this region is not turned on in the account."
        )
    return f"There are no credentials that work. {refusal}"


def _whose(account: Account, caller: str) -> Finding:
    here = f"This is the AWS account {account.id}, and you are {caller}."
    if caller.endswith(":root"):
        return Finding(Kind.NOTE, f"{here} Better deploy as somebody whom policies restrict.")
    return Finding(Kind.OK, here)
