"""The actions on AWS that a deployment needs: of the commands, and for each type of resource."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deeds:
    """Actions of one service on one kind of resource. In the ARN are the partition, the region, the
    account, and the name that the template gives it."""

    service: str
    arn: str
    names: str

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(f"{self.service}:{name}" for name in self.names.split())


BY_THE_COMMANDS = (
    Deeds(
        "cloudformation",
        "arn:{0}:cloudformation:{1}:{2}:stack/daypass/1",
        "CreateChangeSet DeleteChangeSet DescribeChangeSet DescribeStackEvents ExecuteChangeSet "
        "GetTemplate GetTemplateSummary ListStackResources UpdateTerminationProtection",
    ),
    # The app's template names it, and a change set of such a template is one of the transform's too
    # ("Transform section", AWS CloudFormation User Guide).
    Deeds(
        "cloudformation",
        "arn:{0}:cloudformation:{1}:aws:transform/Serverless-2016-10-31",
        "CreateChangeSet",
    ),
    Deeds("s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}", "ListBucket"),
    Deeds("s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}/1", "GetObject GetObjectVersion PutObject"),
)

# By AWS CloudFormation, in the caller's name, for each type of resource: to make one, and to read
# what it has made.
BY_TYPE = {
    "AWS::DynamoDB::Table": Deeds(
        "dynamodb",
        "arn:{0}:dynamodb:{1}:{2}:table/{3}",
        "CreateTable DescribeContinuousBackups DescribeContributorInsights "
        "DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive "
        "GetResourcePolicy ListTagsOfResource PutResourcePolicy UpdateContinuousBackups "
        "UpdateTable UpdateTimeToLive",
    ),
    "AWS::IAM::Role": Deeds(
        "iam",
        "arn:{0}:iam::{2}:role/{3}",
        "AttachRolePolicy CreateRole GetRole PassRole PutRolePolicy",
    ),
    "AWS::S3::Bucket": Deeds(
        "s3",
        "arn:{0}:s3:::{3}",
        "CreateBucket PutBucketOwnershipControls PutBucketPublicAccessBlock "
        "PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration",
    ),
    "AWS::S3::BucketPolicy": Deeds(
        "s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}", "PutBucketPolicy"
    ),
    "AWS::Serverless::Function": Deeds(
        "lambda",
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1",
        "AddPermission CreateFunction GetFunction TagResource UpdateFunctionCode "
        "UpdateFunctionConfiguration",
    ),
    "AWS::Serverless::Api": Deeds(
        "apigateway", "arn:{0}:apigateway:{1}::/restapis", "GET PATCH POST PUT"
    ),
    "AWS::Logs::LogGroup": Deeds(
        "logs",
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-APIHandler-1",
        "CreateLogGroup PutRetentionPolicy",
    ),
    "AWS::Logs::MetricFilter": Deeds(
        "logs",
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-RecoverLead-1",
        "PutMetricFilter",
    ),
    "AWS::CloudWatch::Alarm": Deeds(
        "cloudwatch",
        "arn:{0}:cloudwatch:{1}:{2}:alarm:daypass-bugs",
        "DescribeAlarms PutMetricAlarm",
    ),
    "AWS::CloudWatch::Dashboard": Deeds(
        "cloudwatch", "arn:{0}:cloudwatch::{2}:dashboard/daypass-{1}", "GetDashboard PutDashboard"
    ),
    "AWS::KMS::Key": Deeds("kms", "*", "CreateKey"),
    "AWS::SNS::Topic": Deeds(
        "sns", "arn:{0}:sns:{1}:{2}:{3}", "CreateTopic GetTopicAttributes SetTopicAttributes"
    ),
    "AWS::SNS::TopicPolicy": Deeds(
        "sns", "arn:{0}:sns:{1}:{2}:daypass-alarms", "SetTopicAttributes"
    ),
    "AWS::SNS::Subscription": Deeds("sns", "arn:{0}:sns:{1}:{2}:daypass-alarms", "Subscribe"),
    "AWS::Lambda::Permission": Deeds(
        "lambda", "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1", "AddPermission"
    ),
    "AWS::ApiGateway::Account": Deeds(
        "apigateway", "arn:{0}:apigateway:{1}::/account", "GET PATCH"
    ),
    "AWS::ApiGateway::ApiKey": Deeds("apigateway", "arn:{0}:apigateway:{1}::/apikeys", "GET POST"),
    # Those of the functions that run by the clock.
    "Schedule": Deeds(
        "events", "arn:{0}:events:{1}:{2}:rule/daypass-Sweep-1", "DescribeRule PutRule PutTargets"
    ),
}
# And those that are only made where the operator wants them.
FOR_A_RATE_LIMIT = {
    "AWS::WAFv2::WebACL": Deeds(
        "wafv2",
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        "CreateWebACL GetWebACL UpdateWebACL",
    ),
    "AWS::WAFv2::WebACLAssociation": Deeds(
        "wafv2",
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        "AssociateWebACL GetWebACLForResource",
    ),
}
# On something else than what is made: a key's ARN is not known before; AWS WAF asks API Gateway.
BESIDE = (Deeds("kms", "arn:{0}:kms:{1}:{2}:key/1", "DescribeKey EnableKeyRotation"),)
BESIDE_A_RATE_LIMIT = (
    Deeds("apigateway", "arn:{0}:apigateway:{1}::/restapis/1/stages/api", "SetWebACL"),
)
FOR_RESERVED_CONCURRENCY = (
    Deeds(
        "lambda", "arn:{0}:lambda:{1}:{2}:function:daypass-ClientCheck-1", "PutFunctionConcurrency"
    ),
)
