"""Check the tools, the account, its organization and its quotas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import package

from operating import parameters, slack_secrets
from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, note, ok, stop
from operating.stacks import Stack

# The oldest release of each version that has deployed Daypass completely.
TRIED = {1: (1, 46), 2: (2, 23)}
# "Lambda quotas" (AWS Lambda Developer Guide): concurrency that functions cannot reserve.
UNRESERVED = 100
# The app's parameter, and how many functions reserve that much each: Anonymous, ClientCheck, Slack
# and Static.
RESERVED, RESERVING = "AnonymousConcurrency", 4
GATEWAY_LOGS = "daypass-gateway-logs"
PROBER_NEEDS = 100
"""The prober's requests in five minutes, from one address, with a margin."""
RATE_LIMIT = "RateLimit"
# "AWS WAF Pricing": 5 USD for the web ACL and 1 USD for the rule, wherever AWS WAF is.
WAF_PRICE = "6 USD a month, and 0.60 USD for each million requests"


def command_line(aws: Aws) -> Iterator[Finding]:
    version = aws.version()
    numbers = re.match(r"aws-cli/(\d+)\.(\d+)", version)
    if numbers is None:
        yield note(f"{aws.command} --version does not print a version of the AWS CLI.")
        return
    oldest = TRIED.get(int(numbers[1]))
    if oldest and (int(numbers[1]), int(numbers[2])) >= oldest:
        yield ok(f"The AWS CLI is {version}.")
    else:
        yield note(
            f"The AWS CLI is {version}. Daypass was tested with 1.46 and 2.23. Without AWS_CLI, the"
            " commands use the project's own AWS CLI."
        )


def organization(aws: Aws, account: str) -> Iterator[Finding]:
    try:
        organization = aws("organizations", "describe-organization")["Organization"]
    except Refused as refusal:
        if refusal.code != "AWSOrganizationsNotInUseException":
            raise
        yield ok("This account is in no organization.")
        return
    if organization["MasterAccountId"] == account:
        yield note(
            "This is the management account of the organization"
            f" {organization['Id']}. Service control policies do not restrict it: deploy Daypass"
            " to another account."
        )
    else:
        yield ok(
            f"This account is in the organization {organization['Id']}. If no client is in it,"
            f" deploy with ORG_ID={organization['Id']}, and Daypass assumes no role in its"
            " accounts."
        )


def concurrency(aws: Aws, current: dict[str, str], new: dict[str, str]) -> Iterator[Finding]:
    """Yield whether the concurrency quota covers what is reserved, and leaves enough for the
    rest."""
    limit = aws("lambda", "get-account-settings")["AccountLimit"]
    before, reserved = (RESERVING * int(values.get(RESERVED, 0)) for values in (current, new))
    free = limit["UnreservedConcurrentExecutions"] + before - reserved
    if reserved and free < UNRESERVED:
        yield stop(
            f"{parameters.setting(RESERVED)} would reserve {reserved} concurrent executions and"
            f" leave {max(free, 0)} for all other functions. AWS Lambda requires {UNRESERVED}. Set"
            " it to 0, or ask Service Quotas for more (Concurrent executions)."
        )
    elif free < UNRESERVED:
        yield note(
            f"AWS Lambda allows {free} concurrent executions here, for all functions together."
            f" Ask Service Quotas for {UNRESERVED} or more (Concurrent executions), or requests"
            " will be throttled."
        )
    else:
        yield ok(f"AWS Lambda allows {free} concurrent executions here.")


def rate_limit(aws: Aws, current: dict[str, str], new: dict[str, str]) -> Iterator[Finding]:
    """Yield the effect and the price of AWS WAF's rate limit, before it is created."""
    limit, before = new[RATE_LIMIT], current.get(RATE_LIMIT, "0")
    name = parameters.setting(RATE_LIMIT)
    if limit == "0":
        yield note(
            f"{name} is 0, so AWS WAF blocks no address: one machine can use up a route's rate"
            " limit for everyone (docs/costs-and-limits.md)."
        )
        return
    if limit.isdigit() and int(limit) < PROBER_NEEDS:
        yield note(
            f"{name} is {limit}, but the prober sends some 70 requests in five minutes: AWS WAF"
            f" would block it and cause an alarm. Set at least {PROBER_NEEDS}."
        )
    if before != "0":
        yield ok(f"AWS WAF blocks an address after {limit} requests in five minutes ({name}).")
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
        f"This deployment adds AWS WAF, which blocks an address after {limit} requests in five"
        f" minutes. It costs {WAF_PRICE}. {name}=0 leaves it out."
    )


def gateway_logs(aws: Aws, account: str, foundation: Stack | None) -> Iterator[Finding]:
    """Yield a note if the deployment changes the role that writes the logs of all APIs."""
    if foundation and foundation.is_there:
        return
    role = aws("apigateway", "get-account").get("cloudwatchRoleArn", "")
    if role and not role.endswith(f"::{account}:role/{GATEWAY_LOGS}"):
        yield note(
            f"API Gateway writes the logs of all APIs here as {role}. This deployment changes that"
            f" to {GATEWAY_LOGS}, which may do nothing else."
        )


def trail(aws: Aws, account: str, partition: str, foundation: Stack | None) -> Iterator[Finding]:
    """Yield a note if the trail's table has no resource policy. CloudFormation does not detect
    that."""
    if not (foundation and foundation.is_there):
        return
    arn = f"arn:{partition}:dynamodb:{aws.region}:{account}:table/daypass-trail"
    try:
        aws("dynamodb", "get-resource-policy", resource_arn=arn)
    except Refused as refusal:
        if refusal.code != "PolicyNotFoundException":
            raise
        yield note(
            "The table daypass-trail has no resource policy, so administrators can change and"
            " delete entries. An upgrade from a version without it adds it. Otherwise add it as in"
            ' docs/recovery.md, "The trail\'s own policy".'
        )


def slack(aws: Aws, new: dict[str, str]) -> Iterator[Finding]:
    """Yield whether the Slack app's secrets are stored, if Slack is on."""
    if new["WithSlack"] != "1":
        return
    secrets, former = slack_secrets.read(aws), slack_secrets.read_former(aws)
    if secrets is None and former is not None:
        yield note(
            f"The Slack app's secrets are in {slack_secrets.FORMER}, where an earlier version read"
            " them. Run `make slack-secrets` before you deploy, and press Enter at each question"
            " to keep the values."
        )
    elif secrets is None:
        yield note(
            "The Slack app's secrets are not stored yet, so Daypass refuses every request from"
            " Slack. Run `make slack-secrets` (docs/slack-setup.md)."
        )
    else:
        yield ok(f"Daypass answers in the Slack workspace {secrets['team']}.")
        if former is not None:
            yield note(
                f"The parameter {slack_secrets.FORMER} belongs to an earlier version. After this"
                f" one is deployed, delete it: {slack_secrets.DELETING}"
            )


def compiling() -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield stop(
            "git is not installed. Packaging needs it: the package holds the files that git tracks."
        )
    if package.interpreter(package.RUNTIME) is None:
        yield note(
            f"python{package.RUNTIME} is not installed, so the package is not compiled. Each cold"
            " start takes more than twice as long."
        )
    else:
        yield ok(f"Python {package.RUNTIME} is installed, to compile the package.")
