"""Run all checks of `make doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

from package import app, foundation

from operating import parameters, stacks
from operating.aws_cli import Aws, Refused, configured_aws, suggest_region
from operating.console import say
from operating.doctor import account, client_mail, costs, name_conflicts, permissions
from operating.doctor.findings import Finding, if_allowed, note, ok, print_findings, stop
from operating.doctor.permissions import Deployer
from operating.stacks import APP, FOUNDATION, Stack


def run_checks() -> tuple[Aws, str]:
    """Run the checks, and print their findings. Return the AWS CLI and the account's ID.

    Raise Stop if a finding blocks a deployment.
    """
    print_findings(stop(problem) for problem in parameters.find_setting_problems())
    aws = configured_aws()
    say(f"Checking {aws.region} with {aws.command}")
    print_findings(account.check_command_line(aws))
    try:
        identity = aws("sts", "get-caller-identity")
    except Refused as refusal:
        print_findings([stop(_credentials_problem(aws, refusal))])
        raise
    account_id, caller = identity["Account"], identity["Arn"]
    partition = caller.split(":")[1]
    print_findings([_caller_finding(account_id, caller)])
    with ThreadPoolExecutor() as threads:  # most of a call's time is the start of the CLI
        try:
            deployed = list(threads.map(partial(stacks.find_stack, aws), (FOUNDATION, APP)))
        except Refused as refusal:
            print_findings([stop(str(refusal))])
            raise
        resources = name_conflicts.list_fixed_names(foundation(), account_id, aws.region)
        invalid = [
            *_check_deployed_values(foundation(), deployed[0]),
            *_check_deployed_values(app(), deployed[1]),
        ]
        print_findings(dict.fromkeys(invalid))
        current = deployed[1].parameters if deployed[1] else {}
        new = parameters.find_values_after_deployment(app(), current)
        current_foundation, current_tags = (
            (deployed[0].parameters, deployed[0].tags) if deployed[0] else ({}, {})
        )
        new_foundation = parameters.find_values_after_deployment(foundation(), current_foundation)
        tags = parameters.read_tags()
        optional = (
            new["RateLimit"] != "0",
            new["AnonymousConcurrency"] != "0",
            bool(current_tags if tags is None else tags),
            new_foundation["PermissionsBoundary"] != "",
            new["ClientMailFrom"] != "",
            new["EventBus"] != "",
        )
        of_app = name_conflicts.list_fixed_names(app(), account_id, aws.region)
        created = resources + (of_app if new["EventBus"] else [])
        deployer = Deployer(caller, account_id, partition, created, *optional)
        checks = (
            check_stack_states(*deployed),
            name_conflicts.check_names(aws, account_id, partition, resources, deployed[0]),
            if_allowed("your permissions", permissions.check_permissions(aws, deployer)),
            if_allowed(
                "whether this is an organization's management account",
                account.check_organization(aws, account_id),
            ),
            if_allowed(
                "AWS Lambda's concurrency quota",
                account.check_concurrency(aws, current, new),
            ),
            account.check_rate_limit(aws, current, new),
            () if deployed[1] else costs.check_idle_costs(app(), has_rate_limit=optional[0]),
            if_allowed(
                "which role writes API Gateway's logs",
                account.check_gateway_logs_role(aws, account_id, deployed[0]),
            ),
            if_allowed(
                "the trail's resource policy",
                account.check_trail_policy(aws, account_id, partition, deployed[0]),
            ),
            if_allowed("the event bus", account.check_event_bus(aws, account_id, new)),
            if_allowed("the Slack app's secrets", account.check_slack_secrets(aws, new)),
            if_allowed("mail to clients", client_mail.check_client_mail(aws, new)),
            account.check_packaging_tools(),
        )
        print_findings(chain.from_iterable(threads.map(list[Finding], checks)))
    return aws, account_id


def check_stack_states(foundation: Stack | None, app: Stack | None) -> Iterator[Finding]:
    """Yield a finding for each stack on whether it can be created or updated now."""
    for name, stack in ((FOUNDATION, foundation), (APP, app)):
        if stack is None or not stack.exists:
            yield ok(f"The stack {name} does not exist yet. A deployment creates it.")
        elif stack.is_changing:
            yield note(
                f"The stack {name} is changing ({stack.status}): a deployment was interrupted, or"
                " someone else is deploying. The next deployment waits until the stack is ready."
            )
        elif stack.status in stacks.STUCK:
            yield stop(
                f"The stack {name} is stuck ({stack.status}). Continue its rollback: aws"
                f" cloudformation continue-update-rollback --stack-name {name}"
            )
        elif stack.status in (*stacks.HALF_CREATED, *stacks.CREATION_FAILED):
            yield _incomplete_stack_finding(stack)
        else:
            yield ok(f"The stack {name} can be updated.")


def _incomplete_stack_finding(stack: Stack) -> Finding:
    """Return a finding that says what to do about a stack whose last deployment failed."""
    failure = f"The last deployment of the stack {stack.name} failed ({stack.status})"
    if stack.name == APP and stack.status in stacks.CREATION_FAILED:
        return note(
            f"{failure}. The next deployment deletes the incomplete stack, and creates it again."
        )
    if stack.status in stacks.HALF_CREATED:
        return note(
            f"{failure}. The next deployment continues with this stack. {stacks.KEEP_SETTINGS_TEXT}"
        )
    return stop(
        f"{failure}. Check which resources are left, and delete the stack: aws cloudformation"
        f" delete-stack --stack-name {stack.name}"
    )


def _check_deployed_values(template: dict[str, Any], stack: Stack | None) -> Iterator[Finding]:
    """Yield a finding for each deployed value that is invalid and that no setting replaces."""
    settings = parameters.read_settings_for(template)
    deployed = stack.parameters if stack else {}
    names = template["Parameters"].keys() & deployed.keys() - settings.keys()
    kept_values = {name: deployed[name] for name in names}
    for problem in parameters.find_invalid_values(template, kept_values):
        yield stop(
            f"{problem} The deployed stack has this value now. Deploy with another value, or an"
            " empty one."
        )


def _credentials_problem(aws: Aws, refusal: Refused) -> str:
    """Return a sentence on why AWS did not identify the caller."""
    if refusal.is_unreachable:
        return f"Cannot reach AWS in {aws.region}. {suggest_region(aws.region)}"
    if refusal.code in ("InvalidClientTokenId", "UnrecognizedClientException"):
        return (
            f"AWS does not accept these credentials in {aws.region}: they are no longer valid, or"
            " the region is not enabled in the account."
        )
    return f"Your AWS credentials do not work. {refusal}"


def _caller_finding(account_id: str, caller: str) -> Finding:
    """Return a finding that names the caller and the account. It is a note for the root user."""
    identity = f"You are {caller} in the AWS account {account_id}."
    if caller.endswith(":root"):
        return note(f"{identity} This is the root user. Deploy as an IAM role or user instead.")
    return ok(identity)
