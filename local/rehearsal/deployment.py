"""Read a deployment on the local AWS: its stack, its API's URL and its resources."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local.endpoint import Endpoint

APP = "daypass"


def stack(aws: Endpoint, account: str, name: str = APP) -> dict[str, Any] | None:
    """Return the stack as AWS CloudFormation describes it, or None if it does not exist."""
    try:
        response = aws.as_root(account, "cloudformation").describe_stacks(StackName=name)
    except ClientError:
        return None
    described: dict[str, Any] = response["Stacks"][0]
    return described


def api_url(aws: Endpoint, described: dict[str, Any]) -> str:
    """Return the API's URL on the local AWS. The stack's output has one in AWS's domain."""
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return f"{aws.url}/_aws/execute-api/{outputs['RestAPIId']}/api"


def resources(aws: Endpoint, account: str, kind: str) -> dict[str, str]:
    """Return the physical IDs of the app's resources of this type, by logical ID."""
    cloudformation = aws.as_root(account, "cloudformation")
    response = cloudformation.describe_stack_resources(StackName=APP)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in response["StackResources"]
        if resource["ResourceType"] == kind
    }


def set_slack_url(aws: Endpoint, account: str, url: str) -> None:
    """Let the functions that answer Slack accept response URLs at this address as Slack's."""
    aws_lambda = aws.as_root(account, "lambda")
    for name, function in resources(aws, account, "AWS::Lambda::Function").items():
        if name in ("Slack", "SlackWork"):
            configuration = aws_lambda.get_function_configuration(FunctionName=function)
            variables = configuration["Environment"]["Variables"] | {"DAYPASS_SLACK_HOOKS": url}
            aws_lambda.update_function_configuration(
                FunctionName=function, Environment={"Variables": variables}
            )
