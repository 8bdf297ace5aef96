"""Roles, functions and users for the tests, created through the AWS API."""

from __future__ import annotations

import io
import itertools
import json
import secrets
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from local.endpoint import Endpoint

FIRM = "123456789012"
CLIENT = "987654321098"
FIRM_ROOT = {"AWS": f"arn:aws:iam::{FIRM}:root"}
ALL_THREE = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_ALL = ALLOW_ALL | {"Effect": "Deny"}
BY_LAMBDA = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials for the local AWS."""

    aws: Endpoint
    access_key_id: str
    secret_access_key: str
    session_token: str

    def client(self, service: str) -> Any:
        """Return a client that does not validate parameters itself."""
        return self.aws.client(
            service,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            session_token=self.session_token,
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )

    def assume(self, role_arn: str, **parameters: Any) -> dict[str, Any]:
        request = {"RoleArn": role_arn, "RoleSessionName": "ana", **parameters}
        response: dict[str, Any] = self.client("sts").assume_role(**request)
        return response

    def session_of(self, role_arn: str, **parameters: Any) -> Credentials:
        """Assume the role, and return the session's credentials."""
        issued = self.assume(role_arn, **parameters)["Credentials"]
        return Credentials(
            self.aws, issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"]
        )

    def may(self, role_arn: str, **parameters: Any) -> bool:
        """Return whether AWS allows it. An error other than AccessDenied fails the test."""
        error = refusal(self.assume, role_arn, **parameters)
        assert error is None or (error.code, error.status) == ("AccessDenied", 403)
        return error is None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error response of AWS."""

    code: str
    message: str
    status: int


def refusal(call: Any, *args: Any, **parameters: Any) -> Refusal | None:
    """Make the call, and return its error or None."""
    try:
        call(*args, **parameters)
    except ClientError as error:
        return Refusal(
            code=error.response["Error"]["Code"],
            message=error.response["Error"]["Message"],
            status=error.response["ResponseMetadata"]["HTTPStatusCode"],
        )
    return None


def new_role(
    aws: Endpoint,
    account: str,
    *,
    trust: Iterable[dict[str, Any]],
    permissions: Iterable[dict[str, Any]] = (ALLOW_ALL,),
    **parameters: Any,
) -> str:
    """Create a role with a new name, and return its ARN."""
    iam = aws.as_root(account, "iam")
    name = f"role-{next(_numbers)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **parameters)
    statements = list(permissions)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="it", PolicyDocument=policy(statements))
    return str(role["Role"]["Arn"])


def set_trust(aws: Endpoint, role_arn: str, trust: Iterable[dict[str, Any]]) -> None:
    aws.as_root(role_arn.split(":")[4], "iam").update_assume_role_policy(
        RoleName=role_arn.rsplit("/", 1)[-1], PolicyDocument=policy(trust)
    )


def policy(statements: Iterable[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | Sequence[str], resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def trusting(principal: Any, *actions: str, **condition: Any) -> dict[str, Any]:
    """Return a statement that allows the principal the actions; by default, sts:AssumeRole."""
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions) or ["sts:AssumeRole"],
        **({"Condition": condition} if condition else {}),
    }


def function(
    aws: Endpoint,
    *,
    account: str = FIRM,
    permissions: Iterable[dict[str, Any]] = (ALLOW_ALL,),
    **parameters: Any,
) -> tuple[str, Credentials]:
    """Create a Lambda function's role in the account. Return its ARN and credentials."""
    role_arn = new_role(aws, account, trust=[BY_LAMBDA], permissions=permissions, **parameters)
    return role_arn, run_as(aws, role_arn)


def run_as(aws: Endpoint, role_arn: str, function: str = "a-function") -> Credentials:
    """Return the role's credentials in a function of this name."""
    with urllib.request.urlopen(aws.function_credentials_url(role_arn, function)) as response:
        issued = json.load(response)
    return Credentials(aws, issued["AccessKeyId"], issued["SecretAccessKey"], issued["Token"])


def table_with(*keys: str, others: Iterable[str] = ()) -> dict[str, Any]:
    """Return the properties of a table with these keys, and other attributes for its indexes."""
    schema = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in (*keys, *others)
        ],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in schema],
    }


def create_stack(aws: Endpoint, account: str, name: str, **template: Any) -> Any:
    """Create a stack of this template. Return the client for the account's stacks."""
    stacks = aws.as_root(account, "cloudformation")
    text = json.dumps(template, separators=(",", ":"))
    stacks.create_stack(StackName=name, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    wait = {"Delay": 0.05, "MaxAttempts": 200}
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=wait)
    return stacks


def deploy_function(
    aws: Endpoint, files: dict[str, str | bytes], runtime: str = "python3.13"
) -> Any:
    """Deploy a function of the firm whose `it.run` is in these files. Return AWS's description."""
    role_arn, _ = function(aws)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return aws.as_root(FIRM, "lambda").create_function(
        FunctionName=f"function-{next(_numbers)}-{secrets.token_hex(4)}",
        Role=role_arn,
        Runtime=runtime,
        Handler="it.run",
        Code={"ZipFile": packed.getvalue()},
    )


def status_of(request: str | urllib.request.Request) -> int:
    """Return the status of the response, also of a refusal."""
    try:
        with urllib.request.urlopen(request) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def user(aws: Endpoint) -> Any:
    """Create an IAM user of the firm with all permissions. Return its STS client."""
    iam = aws.as_root(FIRM, "iam")
    name = f"user-{next(_numbers)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="it", PolicyDocument=policy([ALLOW_ALL]))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return aws.client(
        "sts", access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"]
    )


def expire(credentials: Credentials) -> None:
    """Let the credentials expire now."""
    url = f"{credentials.aws.url}/_local/sessions/{credentials.access_key_id}/expire"
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")):
        pass


def keep_expired_items(aws: Endpoint, table: str) -> None:
    """Let DynamoDB delete no item of the table. The tests' noon is in the past, so DynamoDB would
    delete short-lived items in the middle of a test."""
    aws.as_root(FIRM, "dynamodb").update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"AttributeName": "gone_after", "Enabled": False},
    )
