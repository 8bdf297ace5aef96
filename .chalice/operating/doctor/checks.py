"""Run all checks of `make doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

from package import app, foundation

from operating import parameters, stacks
from operating.aws_cli import Aws, Refused, here, suggested_region
from operating.console import say
from operating.doctor import account, name_conflicts, permissions
from operating.doctor.findings import Finding, if_allowed, note, ok, report, stop
from operating.doctor.permissions import Deployer
from operating.stacks import APP, FOUNDATION, Stack


def run_checks() -> tuple[Aws, str]:
    """Print the findings. Return the CLI and the account's ID. Raise Stop if one blocks."""
    report(stop(problem) for problem in parameters.problems())
    aws = here()
    say(f"Checking {aws.region} with {aws.command}")
    report(account.command_line(aws))
    try:
        identity = aws("sts", "get-caller-identity")
    except Refused as refusal:
        report([stop(_no_credentials(aws, refusal))])
        raise
    account_id, caller = identity["Account"], identity["Arn"]
    partition = caller.split(":")[1]
    report([_caller(account_id, caller)])
    with ThreadPoolExecutor() as threads:  # most of a call's time is the start of the CLI
        try:
            deployed = list(threads.map(partial(stacks.read, aws), (FOUNDATION, APP)))
        except Refused as refusal:
            report([stop(str(refusal))])
            raise
        resources = name_conflicts.names(foundation(), account_id, aws.region)
        invalid = [
            *_invalid_as_deployed(foundation(), deployed[0]),
            *_invalid_as_deployed(app(), deployed[1]),
        ]
        report(dict.fromkeys(invalid))
        current = deployed[1].parameters if deployed[1] else {}
        new = parameters.merged(app(), current)
        optional = (new["RateLimit"] != "0", new["AnonymousConcurrency"] != "0")
        deployer = Deployer(caller, account_id, partition, resources, *optional)
        checks = (
            stack_states(*deployed),
            name_conflicts.check(aws, account_id, partition, resources, deployed[0]),
            if_allowed("your permissions", permissions.check(aws, deployer)),
            if_allowed(
                "whether this is an organization's management account",
                account.organization(aws, account_id),
            ),
            if_allowed(
                "AWS Lambda's concurrency quota",
                account.concurrency(aws, current, new),
            ),
            account.rate_limit(aws, current, new),
            if_allowed(
                "which role writes API Gateway's logs",
                account.gateway_logs(aws, account_id, deployed[0]),
            ),
            if_allowed(
                "the trail's resource policy",
                account.trail(aws, account_id, partition, deployed[0]),
            ),
            if_allowed("the Slack app's secrets", account.slack(aws, new)),
            account.compiling(),
        )
        report(chain.from_iterable(threads.map(list[Finding], checks)))
    return aws, account_id


def stack_states(foundation: Stack | None, app: Stack | None) -> Iterator[Finding]:
    """Yield whether each stack can be created or updated from its current state."""
    for name, stack in ((FOUNDATION, foundation), (APP, app)):
        if stack is None or not stack.is_there:
            yield ok(f"The stack {name} does not exist yet. A deployment creates it.")
        elif stack.is_moving:
            yield note(
                f"The stack {name} is changing ({stack.status}): a deployment was interrupted, or"
                " someone else is deploying. The next deployment waits for it."
            )
        elif stack.status in stacks.STUCK:
            yield stop(
                f"The stack {name} is stuck ({stack.status}). Continue its rollback: aws"
                f" cloudformation continue-update-rollback --stack-name {name}"
            )
        elif stack.status in (*stacks.HALF_MADE, *stacks.NEVER_MADE):
            yield _incomplete(stack)
        else:
            yield ok(f"The stack {name} can be updated.")


def _incomplete(stack: Stack) -> Finding:
    failed = f"The last deployment of the stack {stack.name} failed ({stack.status})"
    if stack.name == APP and stack.status in stacks.NEVER_MADE:
        return note(f"{failed}. The next one deletes the rest of it, and creates it again.")
    if stack.status in stacks.HALF_MADE:
        return note(f"{failed}. The next one continues with it. {stacks.KEEP_THE_SETTINGS}")
    return stop(
        f"{failed}. Check which resources are left, and delete the stack: aws cloudformation"
        f" delete-stack --stack-name {stack.name}"
    )


def _invalid_as_deployed(template: dict[str, Any], stack: Stack | None) -> Iterator[Finding]:
    """Yield a finding for each deployed value that is invalid and would stay."""
    settings = parameters.settings(template)
    deployed = stack.parameters if stack else {}
    names = template["Parameters"].keys() & deployed.keys() - settings.keys()
    kept = {name: deployed[name] for name in names}
    for problem in parameters.invalid_values(template, kept):
        yield stop(f"{problem} This value is deployed now: set another one, or empty text.")


def _no_credentials(aws: Aws, refusal: Refused) -> str:
    if refusal.is_unreachable:
        return f"AWS does not answer in {aws.region}. {suggested_region(aws.region)}"
    if refusal.code in ("InvalidClientTokenId", "UnrecognizedClientException"):
        return (
            f"AWS does not accept these credentials in {aws.region}: they are no longer valid, or"
            " the region is not enabled in the account."
        )
    return f"No AWS credentials work. {refusal}"


def _caller(account_id: str, caller: str) -> Finding:
    here = f"You are {caller} in the AWS account {account_id}."
    if caller.endswith(":root"):
        return note(f"{here} Deploy as an IAM user or role with limited permissions instead.")
    return ok(here)
