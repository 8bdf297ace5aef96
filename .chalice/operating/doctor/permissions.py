"""What whoever deploys has to be permitted to do, and what IAM's simulator says of it.

Half a deployment is worse than none: what is missing is found before the first change. The
simulator knows the policies of users and roles, their boundaries, and service control policies; it
does not know the policy of the session that asks. Where it lacks a condition's key it says so, and
then nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, Kind


@dataclass(frozen=True, slots=True)
class Deeds:
    """Actions on one kind of resource. In its ARN are the partition, the region and the account."""

    arn: str
    actions: tuple[str, ...]


BY_THE_COMMANDS = (
    Deeds(
        "arn:{0}:cloudformation:{1}:{2}:stack/daypass/1",
        (
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:ListStackResources",
            "cloudformation:UpdateTerminationProtection",
        ),
    ),
    Deeds("arn:{0}:s3:::daypass-artefacts-{2}-{1}", ("s3:ListBucket",)),
    Deeds(
        "arn:{0}:s3:::daypass-artefacts-{2}-{1}/1",
        ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    ),
)

# By AWS CloudFormation, in the caller's name, for each type of resource: to make one.
BY_TYPE = {
    "AWS::DynamoDB::Table": Deeds(
        "arn:{0}:dynamodb:{1}:{2}:table/daypass-state",
        (
            "dynamodb:CreateTable",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTable",
        ),
    ),
    "AWS::IAM::Role": Deeds(
        "arn:{0}:iam::{2}:role/daypass-broker",
        ("iam:CreateRole", "iam:GetRole", "iam:PassRole", "iam:PutRolePolicy"),
    ),
    "AWS::S3::Bucket": Deeds(
        "arn:{0}:s3:::daypass-artefacts-{2}-{1}",
        (
            "s3:CreateBucket",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ),
    ),
    "AWS::S3::BucketPolicy": Deeds(
        "arn:{0}:s3:::daypass-artefacts-{2}-{1}", ("s3:PutBucketPolicy",)
    ),
    "AWS::Serverless::Function": Deeds(
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1",
        (
            "lambda:AddPermission",
            "lambda:CreateFunction",
            "lambda:GetFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ),
    ),
    "AWS::Serverless::Api": Deeds(
        "arn:{0}:apigateway:{1}::/restapis",
        ("apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"),
    ),
    "AWS::Logs::LogGroup": Deeds(
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-APIHandler-1",
        ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    ),
    "AWS::Logs::MetricFilter": Deeds(
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-RecoverLead-1",
        ("logs:PutMetricFilter",),
    ),
    "AWS::CloudWatch::Alarm": Deeds(
        "arn:{0}:cloudwatch:{1}:{2}:alarm:daypass-bugs",
        ("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"),
    ),
    "AWS::CloudWatch::Dashboard": Deeds(
        "arn:{0}:cloudwatch::{2}:dashboard/daypass-{1}",
        ("cloudwatch:GetDashboard", "cloudwatch:PutDashboard"),
    ),
    "AWS::KMS::Key": Deeds("*", ("kms:CreateKey",)),
    "AWS::SNS::Topic": Deeds(
        "arn:{0}:sns:{1}:{2}:daypass-alarms",
        ("sns:CreateTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes"),
    ),
    "AWS::SNS::TopicPolicy": Deeds(
        "arn:{0}:sns:{1}:{2}:daypass-alarms", ("sns:SetTopicAttributes",)
    ),
    "AWS::SNS::Subscription": Deeds("arn:{0}:sns:{1}:{2}:daypass-alarms", ("sns:Subscribe",)),
    "AWS::Lambda::Permission": Deeds(
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1", ("lambda:AddPermission",)
    ),
    # Those of the functions that run by the clock.
    "Schedule": Deeds(
        "arn:{0}:events:{1}:{2}:rule/daypass-Sweep-1",
        ("events:DescribeRule", "events:PutRule", "events:PutTargets"),
    ),
}


def look(aws: Aws, caller: str, account: str, partition: str) -> Iterator[Finding]:
    """Whether IAM would let the caller do what a deployment does."""
    try:
        refused = _refused(aws, caller, account, partition)
    except Refused as refusal:
        yield Finding(
            Kind.NOTE,
            "Not known, since IAM's simulator does not say (iam:SimulatePrincipalPolicy): whether"
            f" you may do all that it takes. {refusal}",
        )
        return
    if refused:
        what = ", ".join(refused)
        yield Finding(Kind.STOP, f"By IAM's simulator, you may not do all that it takes: {what}.")
    else:
        yield Finding(Kind.OK, "By IAM's simulator, you may do all that it takes.")


def _refused(aws: Aws, caller: str, account: str, partition: str) -> list[str]:
    """The actions that the caller may not do. Refused, if the caller may not ask."""
    principal = _principal(aws, caller)
    if principal is None:
        return []
    found: list[str] = []
    for deeds in (*BY_THE_COMMANDS, *BY_TYPE.values()):
        told = aws(
            "iam",
            "simulate-principal-policy",
            *("--action-names", *deeds.actions),
            policy_source_arn=principal,
            resource_arns=deeds.arn.format(partition, aws.region, account),
        )
        found += [
            one["EvalActionName"]
            for one in told["EvaluationResults"]
            if one["EvalDecision"] != "allowed" and not one.get("MissingContextValues")
        ]
    return sorted(set(found))


def _principal(aws: Aws, caller: str) -> str | None:
    """Whose policies those are; None for the account's root user, whom no policy restricts."""
    resource = caller.partition("::")[2].partition(":")[2]
    if resource == "root":
        return None
    if resource.startswith("assumed-role/"):
        name = resource.split("/")[1]
        return str(aws("iam", "get-role", role_name=name)["Role"]["Arn"])
    return caller
