"""Turn a session into a link that signs a browser in to the AWS console.

AWS's federation endpoint does it ("Enable custom identity broker access to the AWS console", IAM
User Guide). The link is a secret: for 15 minutes, anyone who has it can sign in.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from daypass.broker import check_address
from daypass.connection import LOOPBACK, exchange
from daypass.errors import LocalProblem, Refused, Unreachable, UsageProblem


class Partition(NamedTuple):
    """The hosts of an AWS partition."""

    sign_in: str
    console: str


PARTITIONS = {
    "aws": Partition("signin.aws.amazon.com", "console.aws.amazon.com"),
    "aws-cn": Partition("signin.amazonaws.cn", "console.amazonaws.cn"),
    "aws-us-gov": Partition("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    "aws-eusc": Partition("signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
}
"""By the partition of the role's ARN ("AWS Sign-In endpoints and quotas", AWS General
Reference)."""

SERVICES = {
    "athena": "athena/home",
    "cloudformation": "cloudformation/home",
    "cloudfront": "cloudfront/v4/home",
    "cloudtrail": "cloudtrailv2/home",
    "cloudwatch": "cloudwatch/home",
    "cost": "cost-management/home",
    "dynamodb": "dynamodbv2/home",
    "ec2": "ec2/home",
    "ecr": "ecr/home",
    "ecs": "ecs/v2/home",
    "eks": "eks/home",
    "iam": "iam/home",
    "kms": "kms/home",
    "lambda": "lambda/home",
    "rds": "rds/home",
    "route53": "route53/v2/home",
    "s3": "s3/home",
    "secretsmanager": "secretsmanager/home",
    "sns": "sns/v3/home",
    "sqs": "sqs/v3/home",
    "ssm": "systems-manager/home",
    "vpc": "vpcconsole/home",
}
"""Pages of the console. A destination never comes from elsewhere: a link to another site would
open in a browser that trusts the console."""

TIMEOUT = 15.0
ISSUER = "daypass"


def console_link(entry: dict[str, Any], service: str, region: str) -> str:
    """Return a link that signs in to the console with the session, on the service's page.

    No duration is sent: AWS refuses one for a chained role's session, and the console's session
    then ends with the credentials. Raise Refused if AWS gives no sign-in token.
    """
    partition = PARTITIONS.get(entry["partition"])
    if partition is None:
        raise LocalProblem(
            f"Daypass cannot open the console of the AWS partition {entry['partition']}."
        )
    credentials = entry["credentials"]
    session = {
        "sessionId": credentials["AccessKeyId"],
        "sessionKey": credentials["SecretAccessKey"],
        "sessionToken": credentials["SessionToken"],
    }
    endpoint = sign_in_endpoint(partition)
    fields = {"Action": "getSigninToken", "Session": json.dumps(session)}
    token = _sign_in_token(endpoint, urlencode(fields))
    query = {
        "Action": "login",
        "Issuer": ISSUER,
        "Destination": destination(partition, service, region),
        "SigninToken": token,
    }
    return f"{endpoint}?{urlencode(query)}"


def sign_in_endpoint(partition: Partition) -> str:
    """Return the federation endpoint. DAYPASS_SIGNIN_ENDPOINT replaces it on this machine only."""
    address = os.environ.get("DAYPASS_SIGNIN_ENDPOINT", "")
    if not address:
        return f"https://{partition.sign_in}/federation"
    if urlsplit(address).hostname not in LOOPBACK:
        raise UsageProblem("DAYPASS_SIGNIN_ENDPOINT must be on this machine. Unset it.")
    return check_address(address)


def destination(partition: Partition, service: str, region: str) -> str:
    """Return the address of the service's page in the console."""
    page = SERVICES[service] if service else "console/home"
    query = f"?{urlencode({'region': region})}" if region else ""
    return f"https://{partition.console}/{page}{query}"


def _sign_in_token(endpoint: str, form: str) -> str:
    """Exchange the credentials for a sign-in token. They are in the body, which no log has."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer, content = exchange("POST", endpoint, form, headers, TIMEOUT)
    if answer.status in (400, 401, 403):
        raise Refused(
            f"AWS returned no sign-in link (HTTP {answer.status}). The account may restrict console"
            " sign-in. Ask the client, or use the AWS CLI."
        )
    try:
        token = json.loads(content)["SigninToken"]
    except (ValueError, KeyError, TypeError):
        token = None
    if answer.status != 200 or not isinstance(token, str):
        raise Unreachable(f"AWS sign-in returned an unexpected response (HTTP {answer.status}).")
    return token
