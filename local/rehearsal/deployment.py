"""What was deployed to the local AWS: where its API answers there, and who plays Slack for it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local.endpoint import Endpoint

APP = "daypass"


def stack(aws: Endpoint, account: str, name: str = APP) -> dict[str, Any] | None:
    """Return the stack as AWS CloudFormation describes it; None if there is none."""
    try:
        found = aws.as_root(account, "cloudformation").describe_stacks(StackName=name)
    except ClientError:
        return None
    described: dict[str, Any] = found["Stacks"][0]
    return described


def api_url(aws: Endpoint, described: dict[str, Any]) -> str:
    """Return the API's address at the local AWS: the stack's own address is in AWS's domain."""
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
    return f"{aws.url}/_aws/execute-api/{outputs['RestAPIId']}/api"


def resources(aws: Endpoint, account: str, kind: str) -> dict[str, str]:
    """Return the app's resources of this type: physical by logical ID."""
    cloudformation = aws.as_root(account, "cloudformation")
    found = cloudformation.describe_stack_resources(StackName=APP)["StackResources"]
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in found
        if one["ResourceType"] == kind
    }


def take_for_slack(aws: Endpoint, account: str, url: str) -> None:
    """Have the functions that answer Slack take this address for Slack's."""
    aws_lambda = aws.as_root(account, "lambda")
    for name, function in resources(aws, account, "AWS::Lambda::Function").items():
        if name in ("Slack", "SlackWork"):
            found = aws_lambda.get_function_configuration(FunctionName=function)
            variables = found["Environment"]["Variables"] | {"DAYPASS_SLACK_HOOKS": url}
            aws_lambda.update_function_configuration(
                FunctionName=function, Environment={"Variables": variables}
            )
