"""Check the tools, the account, its organization and its quotas."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import package

from operating import parameters, slack_secrets
from operating.aws_cli import Aws, Refused, find_tested_version
from operating.doctor.findings import Finding, note, ok, stop
from operating.stacks import Stack

# "Lambda quotas" (AWS Lambda Developer Guide): the concurrency that an account must leave
# unreserved.
MIN_UNRESERVED = 100
# The app's parameter for reserved concurrency, and the number of functions that each reserve it:
# Anonymous, ClientApproval, ClientCheck, Slack, Static and Web.
CONCURRENCY_PARAMETER, RESERVING_FUNCTIONS = "AnonymousConcurrency", 6
GATEWAY_LOGS_ROLE = "daypass-gateway-logs"
MIN_RATE_LIMIT = 100
"""The requests that the prober sends in five minutes from one address, with a margin."""
RATE_LIMIT_PARAMETER = "RateLimit"
# "AWS WAF Pricing": 5 USD for the web ACL and 1 USD for the rule, wherever AWS WAF is.
WAF_PRICE = "6 USD a month, and 0.60 USD for each million requests"


def check_command_line(aws: Aws) -> Iterator[Finding]:
    """Yield a finding on whether Daypass was tested with this version of the AWS CLI."""
    version = aws.version()
    tested = find_tested_version(version)
    if not version.startswith("aws-cli/"):
        yield note(
            f"{aws.command} --version does not print a version of the AWS CLI. Set AWS_CLI to"
            " the AWS CLI's path, or leave AWS_CLI out."
        )
    elif tested is None:
        yield note(
            f"The AWS CLI is {version}. Daypass was tested with 1.46 and 2.23. Leave AWS_CLI"
            " out to use a version that was tested."
        )
    elif tested == 1:
        yield ok(
            f"The AWS CLI is {version}. Version 1 is in maintenance since July 2026. If version 2"
            " is installed, Daypass uses it."
        )
    else:
        yield ok(f"The AWS CLI is {version}.")


def check_organization(aws: Aws, account: str) -> Iterator[Finding]:
    """Yield a finding that names the account's organization. It is a note if the account is the
    organization's management account."""
    try:
        described = aws("organizations", "describe-organization")["Organization"]
    except Refused as refusal:
        if refusal.code != "AWSOrganizationsNotInUseException":
            raise
        yield ok("This account is not in an organization.")
        return
    if described["MasterAccountId"] == account:
        yield note(
            "This is the management account of the organization"
            f" {described['Id']}. Service control policies do not restrict a management account."
            " Deploy Daypass to another account."
        )
    else:
        yield ok(
            f"This account is in the organization {described['Id']}. If no client's account is in"
            f" this organization, deploy with ORG_ID={described['Id']}: then Daypass assumes no"
            " role in the organization's accounts."
        )


def check_concurrency(aws: Aws, current: dict[str, str], new: dict[str, str]) -> Iterator[Finding]:
    """Yield a finding on whether the account's Lambda concurrency is enough for Daypass.

    `current` has the app's parameters as they are deployed, and `new` as they will be.
    """
    limit = aws("lambda", "get-account-settings")["AccountLimit"]
    reserved_now, reserved = (
        RESERVING_FUNCTIONS * int(values.get(CONCURRENCY_PARAMETER, 0)) for values in (current, new)
    )
    unreserved = limit["UnreservedConcurrentExecutions"] + reserved_now - reserved
    name = parameters.setting_name(CONCURRENCY_PARAMETER)
    if reserved and unreserved < MIN_UNRESERVED:
        yield stop(
            f"{name} would reserve {reserved} concurrent executions"
            f" and leave {max(unreserved, 0)} for all other functions. AWS Lambda requires"
            f" {MIN_UNRESERVED}. Set {name} to 0, or request a higher quota in Service Quotas"
            " (Concurrent executions)."
        )
    elif unreserved < MIN_UNRESERVED:
        yield note(
            f"AWS Lambda allows {unreserved} concurrent executions here, for all functions"
            f" together, and throttles requests above that. Request {MIN_UNRESERVED} or more in"
            " Service Quotas (Concurrent executions)."
        )
    else:
        yield ok(f"AWS Lambda allows {unreserved} concurrent executions here.")


def check_event_bus(aws: Aws, account: str, new: dict[str, str]) -> Iterator[Finding]:
    """Yield a finding on whether the event bus exists. `new` has the app's parameters as they will
    be. Without an event bus there is nothing to check."""
    bus = new["EventBus"]
    if not bus:
        return
    region, owner = bus.split(":")[3:5]
    if (region, owner) != (aws.region, account):
        yield note(
            f"The event bus {bus} is in another account or region, so `make doctor` cannot see it."
            " Amazon EventBridge gives no error for a bus that does not exist. The bus's policy"
            " must allow the role daypass-publish to send events: docs/export.md says how."
        )
        return
    try:
        aws("events", "describe-event-bus", name=bus.partition("event-bus/")[2])
    except Refused as refusal:
        if refusal.code != "ResourceNotFoundException":
            raise
        yield stop(
            f"There is no event bus {bus}. Amazon EventBridge would drop each event for it, without"
            " an error. Create it first, or set EVENT_BUS to another."
        )
    else:
        yield ok(f"The event bus {bus} exists.")


def check_rate_limit(aws: Aws, current: dict[str, str], new: dict[str, str]) -> Iterator[Finding]:
    """Yield findings on AWS WAF's rate limit: whether it is set up, what it costs, and whether it
    would block the prober.

    `current` has the app's parameters as they are deployed, and `new` as they will be.
    """
    limit, current_limit = new[RATE_LIMIT_PARAMETER], current.get(RATE_LIMIT_PARAMETER, "0")
    name = parameters.setting_name(RATE_LIMIT_PARAMETER)
    if limit == "0":
        yield note(
            f"{name} is 0, so no AWS WAF limits the requests of one IP address. One machine can"
            " use up a route's rate limit for everyone (docs/reference/limits.md)."
        )
        return
    if limit.isdigit() and int(limit) < MIN_RATE_LIMIT:
        yield note(
            f"{name} is {limit}, but the prober, which tests the deployed API, sends about 70"
            " requests in five minutes. AWS WAF would block the prober, and an alarm would follow."
            f" Set at least {MIN_RATE_LIMIT}."
        )
    if current_limit != "0":
        yield ok(f"AWS WAF blocks an IP address after {limit} requests in five minutes ({name}).")
        return
    try:
        aws("wafv2", "list-web-acls", scope="REGIONAL", limit=1)
    except Refused as refusal:
        if refusal.is_unreachable:
            yield stop(
                f"AWS WAF does not answer in {aws.region}. To deploy without its rate limit, set"
                f" {name}=0."
            )
            return
    yield note(
        f"This deployment adds AWS WAF, which blocks an IP address after {limit} requests in five"
        f" minutes. AWS WAF costs {WAF_PRICE}. To leave it out, set {name}=0."
    )


def check_gateway_logs_role(aws: Aws, account: str, foundation: Stack | None) -> Iterator[Finding]:
    """Yield a note if the deployment replaces the role with which API Gateway writes logs."""
    if foundation and foundation.exists:
        return
    role = aws("apigateway", "get-account").get("cloudwatchRoleArn", "")
    if role and not role.endswith(f"::{account}:role/{GATEWAY_LOGS_ROLE}"):
        yield note(
            f"API Gateway writes the logs of all APIs in this region with the role {role}. This"
            f" deployment replaces that role with {GATEWAY_LOGS_ROLE}, which can only write logs."
        )


def check_trail_policy(
    aws: Aws, account: str, partition: str, foundation: Stack | None
) -> Iterator[Finding]:
    """Yield a note if the trail's table has lost its resource policy, or never had one.

    CloudFormation does not notice if someone has removed the policy.
    """
    if not (foundation and foundation.exists):
        return
    arn = f"arn:{partition}:dynamodb:{aws.region}:{account}:table/daypass-trail"
    try:
        aws("dynamodb", "get-resource-policy", resource_arn=arn)
    except Refused as refusal:
        if refusal.code != "PolicyNotFoundException":
            raise
        yield note(
            "The table daypass-trail has no resource policy, so administrators can change and"
            " delete entries. If the deployed version never had the policy, this deployment adds"
            ' it. Otherwise add it as docs/recovery.md describes under "The trail\'s own policy".'
        )


def check_slack_secrets(aws: Aws, new: dict[str, str]) -> Iterator[Finding]:
    """Yield findings on whether the Slack app's secrets are stored, if Slack is turned on."""
    if new["WithSlack"] != "1":
        return
    secrets = slack_secrets.read_secrets(aws)
    if secrets is None:
        yield note(
            "The Slack app's secrets are not stored yet, so Daypass refuses every request from"
            " Slack. Run `make slack-secrets` (docs/slack-setup.md)."
        )
    else:
        yield ok(f"Daypass answers in the Slack workspace {secrets['team']}.")


def check_packaging_tools() -> Iterator[Finding]:
    """Yield findings on whether packaging can use git and the Lambda functions' version of
    Python."""
    if shutil.which("git") is None:
        yield stop(
            "git is not installed. Packaging needs it: the package holds the files that git tracks."
        )
    if package.find_interpreter(package.RUNTIME) is None:
        yield note(
            f"Python {package.RUNTIME} is not installed, so the package will not be compiled, and"
            " each cold start will take more than twice as long. Install this version to avoid"
            " that."
        )
    else:
        yield ok(f"Python {package.RUNTIME}, which compiles the package, is installed.")
