"""What a deployment comes upon that is not Daypass's: tools, the organization, quotas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import package

from operating import parameters, slack_secrets
from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, note, ok, stop
from operating.stacks import Stack

# Of each version, the oldest that a whole deployment has been made with.
TRIED = {1: (1, 46), 2: (2, 23)}
# "Lambda quotas" (AWS Lambda Developer Guide): what no function can reserve for itself.
UNRESERVED = 100
# The parameter of the app's stack that reserves so many for each of these functions: Anonymous,
# ClientCheck, Slack and Static.
RESERVED, RESERVING = "AnonymousConcurrency", 4
GATEWAY_LOGS = "daypass-gateway-logs"
PROBER_NEEDS = 100
"""Requests in five minutes from one address."""
RATE_LIMIT = "RateLimit"
# "AWS WAF Pricing": 5 USD for the web ACL and 1 USD for the rule, wherever AWS WAF is.
WAF_PRICE = "6 USD a month, and 0.60 USD for each million requests"


def command_line(aws: Aws) -> Iterator[Finding]:
    version = aws.version()
    numbers = re.match(r"aws-cli/(\d+)\.(\d+)", version)
    if numbers is None:
        yield note(f"{aws.command} does not say which version of the AWS CLI it is.")
        return
    oldest = TRIED.get(int(numbers[1]))
    if oldest and (int(numbers[1]), int(numbers[2])) >= oldest:
        yield ok(f"The AWS CLI is {version}.")
    else:
        yield note(
            f"The AWS CLI is {version}, which nobody has deployed Daypass with: 1.46 and 2.23 are"
            " known to work. The project's own is used where AWS_CLI is not set."
        )


def organization(aws: Aws, account: str) -> Iterator[Finding]:
    try:
        told = aws("organizations", "describe-organization")["Organization"]
    except Refused as refusal:
        if refusal.code != "AWSOrganizationsNotInUseException":
            raise
        yield ok("This account is in no organization.")
        return
    if told["MasterAccountId"] == account:
        yield note(
            f"This is the management account of the organization {told['Id']}, which no service"
            " control policy restricts. Daypass is safer in an account of its own."
        )
    else:
        yield ok(
            f"This account is in the organization {told['Id']}. If none of your clients is in it,"
            f" deploy with ORG_ID={told['Id']}, and the broker enters none of its accounts."
        )


def concurrency(aws: Aws, had: dict[str, str], wanted: dict[str, str]) -> Iterator[Finding]:
    """Whether AWS Lambda has room for what is reserved, and for everybody else beside it."""
    limit = aws("lambda", "get-account-settings")["AccountLimit"]
    before, reserved = (RESERVING * int(one.get(RESERVED, 0)) for one in (had, wanted))
    free = limit["UnreservedConcurrentExecutions"] + before - reserved
    if reserved and free < UNRESERVED:
        yield stop(
            f"{parameters.setting(RESERVED)} would reserve {reserved} of the requests that AWS"
            f" Lambda runs at once here, and leave {max(free, 0)} for all other functions: it"
            f" leaves {UNRESERVED} at least. Set it to 0, or ask Service Quotas for more"
            " (Concurrent executions)."
        )
    elif free < UNRESERVED:
        yield note(
            f"AWS Lambda runs {free} requests at once here, for all functions together. Ask"
            f" Service Quotas for more (Concurrent executions, {UNRESERVED} at least), or members"
            " will wait."
        )
    else:
        yield ok(f"AWS Lambda runs {free} requests at once here.")


def rate_limit(aws: Aws, had: dict[str, str], wanted: dict[str, str]) -> Iterator[Finding]:
    """Yield the effect and the price of AWS WAF's rule for one address, before it is created."""
    limit, before = wanted[RATE_LIMIT], had.get(RATE_LIMIT, "0")
    name = parameters.setting(RATE_LIMIT)
    if limit == "0":
        yield note(
            f"{name} is 0, so AWS WAF does not block an address that sends too many requests: one"
            " machine can use up what a route lets through (docs/costs-and-limits.md)."
        )
        return
    if limit.isdigit() and int(limit) < PROBER_NEEDS:
        yield note(
            f"{name} is {limit}, but the prober sends some 70 requests in five minutes: AWS WAF"
            f" would block it, and its alarm would be raised. Set {PROBER_NEEDS} at least."
        )
    if before != "0":
        yield ok(f"AWS WAF blocks an address after {limit} requests in five minutes ({name}).")
        return
    try:
        aws("wafv2", "list-web-acls", scope="REGIONAL", limit=1)
    except Refused as refusal:
        if refusal.is_unreachable:
            yield stop(
                f"AWS WAF does not answer in {aws.region}, so it cannot block an address that sends"
                f" too many requests. {name}=0 deploys without that."
            )
            return
    yield note(
        f"This deployment adds a rule of AWS WAF, which blocks an address after {limit} requests in"
        f" five minutes. AWS WAF costs {WAF_PRICE}. {name}=0 leaves it out."
    )


def gateway_logs(aws: Aws, account: str, foundation: Stack | None) -> Iterator[Finding]:
    """Whether other APIs of the account will have their logs written by a role of Daypass's."""
    if foundation and foundation.is_there:
        return
    role = aws("apigateway", "get-account").get("cloudwatchRoleArn", "")
    if role and not role.endswith(f"::{account}:role/{GATEWAY_LOGS}"):
        yield note(
            f"API Gateway writes the logs of all APIs here as {role}. From this deployment on it"
            f" does so as {GATEWAY_LOGS}, which may do that and no more."
        )


def trail(aws: Aws, account: str, partition: str, foundation: Stack | None) -> Iterator[Finding]:
    """Yield a note if the trail has no policy of its own. CloudFormation does not notice that."""
    if not (foundation and foundation.is_there):
        return
    arn = f"arn:{partition}:dynamodb:{aws.region}:{account}:table/daypass-trail"
    try:
        aws("dynamodb", "get-resource-policy", resource_arn=arn)
    except Refused as refusal:
        if refusal.code != "PolicyNotFoundException":
            raise
        yield note(
            "The table daypass-trail has no policy of its own, so administrators can change and"
            " delete entries. An upgrade from a version without it adds it. Otherwise add it as in"
            ' docs/recovery.md, "The trail\'s own policy".'
        )


def slack(aws: Aws, wanted: dict[str, str]) -> Iterator[Finding]:
    """Whether there is what a Daypass that answers in Slack needs."""
    if wanted["WithSlack"] != "1":
        return
    found, before = slack_secrets.read(aws), slack_secrets.read_of_before(aws)
    if found is None and before is not None:
        yield note(
            "The secrets of Slack's app are where an earlier version read them, in"
            f" {slack_secrets.OF_BEFORE}. This version does not: run `make slack-secrets` before"
            " you go on, and press Enter at each question to keep what is there."
        )
    elif found is None:
        yield note(
            "There are no secrets of Slack's app yet, and nothing that comes from Slack is"
            " answered without them: `make slack-secrets` asks for them (docs/slack.md)."
        )
    else:
        yield ok(f"/daypass is answered in the Slack workspace {found['team']}.")
        if before is not None:
            yield note(
                f"The parameter {slack_secrets.OF_BEFORE} is of an earlier version. Once this one"
                f" is deployed, delete it: {slack_secrets.DELETING}"
            )


def compiling() -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield stop("There is no git, which says what belongs into the package.")
    if package.interpreter(package.RUNTIME) is None:
        yield note(
            f"There is no python{package.RUNTIME} here, so nothing in the package is compiled, and"
            " each cold start takes more than twice as long."
        )
    else:
        yield ok(f"There is a Python {package.RUNTIME} to compile the package with.")
