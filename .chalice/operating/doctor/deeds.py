"""What a deployment asks of AWS: by the commands themselves, and for each type of resource."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deeds:
    """Actions on one kind of resource. In its ARN are the partition, the region, the account, and
    the name that the template gives it."""

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
            "cloudformation:GetTemplate",
            "cloudformation:ListStackResources",
            "cloudformation:UpdateTerminationProtection",
        ),
    ),
    # The app's template names it, and a change set of such a template is one of the transform's too
    # ("Transform section", AWS CloudFormation User Guide).
    Deeds(
        "arn:{0}:cloudformation:{1}:aws:transform/Serverless-2016-10-31",
        ("cloudformation:CreateChangeSet",),
    ),
    Deeds("arn:{0}:s3:::daypass-artefacts-{2}-{1}", ("s3:ListBucket",)),
    Deeds(
        "arn:{0}:s3:::daypass-artefacts-{2}-{1}/1",
        ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    ),
)

# By AWS CloudFormation, in the caller's name, for each type of resource: to make one, and to read
# what it has made.
BY_TYPE = {
    "AWS::DynamoDB::Table": Deeds(
        "arn:{0}:dynamodb:{1}:{2}:table/{3}",
        (
            "dynamodb:CreateTable",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeContributorInsights",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:GetResourcePolicy",
            "dynamodb:ListTagsOfResource",
            "dynamodb:PutResourcePolicy",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTable",
            "dynamodb:UpdateTimeToLive",
        ),
    ),
    "AWS::IAM::Role": Deeds(
        "arn:{0}:iam::{2}:role/{3}",
        (
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:GetRole",
            "iam:PassRole",
            "iam:PutRolePolicy",
        ),
    ),
    "AWS::S3::Bucket": Deeds(
        "arn:{0}:s3:::{3}",
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
            "lambda:TagResource",  # SAM gives each function a tag
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
        "arn:{0}:sns:{1}:{2}:{3}",
        ("sns:CreateTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes"),
    ),
    "AWS::SNS::TopicPolicy": Deeds(
        "arn:{0}:sns:{1}:{2}:daypass-alarms", ("sns:SetTopicAttributes",)
    ),
    "AWS::SNS::Subscription": Deeds("arn:{0}:sns:{1}:{2}:daypass-alarms", ("sns:Subscribe",)),
    "AWS::Lambda::Permission": Deeds(
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1", ("lambda:AddPermission",)
    ),
    "AWS::ApiGateway::Account": Deeds(
        "arn:{0}:apigateway:{1}::/account", ("apigateway:GET", "apigateway:PATCH")
    ),
    "AWS::ApiGateway::ApiKey": Deeds(
        "arn:{0}:apigateway:{1}::/apikeys", ("apigateway:GET", "apigateway:POST")
    ),
    # Those of the functions that run by the clock.
    "Schedule": Deeds(
        "arn:{0}:events:{1}:{2}:rule/daypass-Sweep-1",
        ("events:DescribeRule", "events:PutRule", "events:PutTargets"),
    ),
}
# And those that are only made where the operator wants them.
FOR_A_RATE_LIMIT = {
    "AWS::WAFv2::WebACL": Deeds(
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        ("wafv2:CreateWebACL", "wafv2:GetWebACL", "wafv2:UpdateWebACL"),
    ),
    "AWS::WAFv2::WebACLAssociation": Deeds(
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        ("wafv2:AssociateWebACL", "wafv2:GetWebACLForResource"),
    ),
}
# On something else than what is made: a key's ARN is not known before; AWS WAF asks API Gateway.
BESIDE = (Deeds("arn:{0}:kms:{1}:{2}:key/1", ("kms:DescribeKey", "kms:EnableKeyRotation")),)
BESIDE_A_RATE_LIMIT = (
    Deeds("arn:{0}:apigateway:{1}::/restapis/1/stages/api", ("apigateway:SetWebACL",)),
)
FOR_RESERVED_CONCURRENCY = (
    Deeds(
        "arn:{0}:lambda:{1}:{2}:function:daypass-ClientCheck-1",
        ("lambda:PutFunctionConcurrency",),
    ),
)
