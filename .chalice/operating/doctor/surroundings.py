"""What a deployment comes upon that is not Daypass's: tools, the organization, quotas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import package

from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, Kind

# Of each version, the oldest that a whole deployment has been made with.
TRIED = {1: (1, 46), 2: (2, 23)}
# "Lambda quotas" (AWS Lambda Developer Guide): what no function can reserve for itself.
UNRESERVED = 100


def command_line(aws: Aws) -> Iterator[Finding]:
    version = aws.version()
    numbers = re.match(r"aws-cli/(\d+)\.(\d+)", version)
    if numbers is None:
        yield Finding(Kind.NOTE, f"{aws.command} does not say which version of the AWS CLI it is.")
        return
    oldest = TRIED.get(int(numbers[1]))
    if oldest and (int(numbers[1]), int(numbers[2])) >= oldest:
        yield Finding(Kind.OK, f"The AWS CLI is {version}.")
    else:
        yield Finding(
            Kind.NOTE,
            f"The AWS CLI is {version}, which nobody has deployed Daypass with: 1.46 and 2.23 are"
            " known to work. The project's own is used where AWS_CLI is not set.",
        )


def organization(aws: Aws, account: str) -> Iterator[Finding]:
    try:
        told = aws("organizations", "describe-organization")["Organization"]
    except Refused as refusal:
        if refusal.code == "AWSOrganizationsNotInUseException":
            yield Finding(Kind.OK, "This account is in no organization.")
        else:
            yield Finding(
                Kind.NOTE,
                "Not known, since you may not ask (organizations:DescribeOrganization): whether"
                " this is an organization's management account, where Daypass does not belong.",
            )
        return
    if told["MasterAccountId"] == account:
        yield Finding(
            Kind.NOTE,
            f"This is the management account of the organization {told['Id']}, which no service"
            " control policy restricts. Daypass is safer in an account of its own.",
        )
    else:
        yield Finding(
            Kind.OK,
            f"This account is in the organization {told['Id']}. If none of your clients is in it,"
            f" deploy with ORG_ID={told['Id']}, and the broker enters none of its accounts.",
        )


def concurrency(aws: Aws) -> Iterator[Finding]:
    try:
        limit = aws("lambda", "get-account-settings")["AccountLimit"]
    except Refused:
        yield Finding(
            Kind.NOTE,
            "Not known, since you may not ask (lambda:GetAccountSettings): how many requests AWS"
            " Lambda runs at once here.",
        )
        return
    free = limit["UnreservedConcurrentExecutions"]
    if free < UNRESERVED:
        yield Finding(
            Kind.NOTE,
            f"AWS Lambda runs {free} requests at once here, for all functions together. Ask"
            f" Service Quotas for more (Concurrent executions, {UNRESERVED} at least), or members"
            " will wait.",
        )
    else:
        yield Finding(Kind.OK, f"AWS Lambda runs {free} requests at once here.")


def compiling() -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield Finding(Kind.STOP, "There is no git, which says what belongs into the package.")
    if package.interpreter(package.RUNTIME) is None:
        yield Finding(
            Kind.NOTE,
            f"There is no python{package.RUNTIME} here, so nothing in the package is compiled, and"
            " each cold start takes more than twice as long.",
        )
    else:
        yield Finding(Kind.OK, f"There is a Python {package.RUNTIME} to compile the package with.")
