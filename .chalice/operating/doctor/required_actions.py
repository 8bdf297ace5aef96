"""List the AWS actions that a deployment needs: for the commands, and for each resource type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequiredActions:
    """Actions of one service on one kind of resource. `arn` is a format string of the partition,
    the region, the account and the name in the template."""

    service: str
    arn: str
    names: str

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the actions with the service's prefix, such as "s3:PutObject"."""
        return tuple(f"{self.service}:{name}" for name in self.names.split())


# The commands in `operating` call these themselves.
ACTIONS_OF_COMMANDS = (
    RequiredActions(
        "cloudformation",
        "arn:{0}:cloudformation:{1}:{2}:stack/daypass/1",
        "CreateChangeSet DeleteChangeSet DescribeChangeSet DescribeStackEvents ExecuteChangeSet "
        "GetTemplate GetTemplateSummary ListStackResources UpdateTerminationProtection",
    ),
    # A change set of a template with a transform is also one of the transform
    # ("Transform section", AWS CloudFormation User Guide).
    RequiredActions(
        "cloudformation",
        "arn:{0}:cloudformation:{1}:aws:transform/Serverless-2016-10-31",
        "CreateChangeSet",
    ),
    RequiredActions("s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}", "ListBucket"),
    RequiredActions(
        "s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}/1", "GetObject GetObjectVersion PutObject"
    ),
    RequiredActions("lambda", "arn:{0}:lambda:{1}:{2}:function:daypass-Sweep-1", "InvokeFunction"),
)

# AWS CloudFormation calls these with the caller's permissions, to create and read the resources of
# each type. tests/operating/test_permissions_asked.py compares them with the types' schemas.
ACTIONS_BY_TYPE = {
    "AWS::DynamoDB::Table": RequiredActions(
        "dynamodb",
        "arn:{0}:dynamodb:{1}:{2}:table/{3}",
        "CreateTable DescribeContinuousBackups DescribeContributorInsights "
        "DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive "
        "GetResourcePolicy ListTagsOfResource PutResourcePolicy UpdateContinuousBackups "
        "UpdateTable UpdateTimeToLive",
    ),
    "AWS::IAM::Role": RequiredActions(
        "iam",
        "arn:{0}:iam::{2}:role/{3}",
        "AttachRolePolicy CreateRole GetRole GetRolePolicy ListAttachedRolePolicies "
        "ListRolePolicies PassRole PutRolePolicy",
    ),
    "AWS::S3::Bucket": RequiredActions(
        "s3",
        "arn:{0}:s3:::{3}",
        "CreateBucket GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac "
        "GetBucketCORS GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification "
        "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPublicAccessBlock "
        "GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration "
        "GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration "
        "GetMetricsConfiguration GetReplicationConfiguration ListBucket ListTagsForResource "
        "PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPublicAccessBlock "
        "PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration",
    ),
    "AWS::S3::BucketPolicy": RequiredActions(
        "s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}", "GetBucketPolicy PutBucketPolicy"
    ),
    "AWS::Serverless::Function": RequiredActions(
        "lambda",
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1",
        "AddPermission CreateFunction GetFunction GetFunctionCodeSigningConfig "
        "GetFunctionRecursionConfig GetFunctionScalingConfig GetRuntimeManagementConfig "
        "TagResource UpdateFunctionCode UpdateFunctionConfiguration",
    ),
    "AWS::Serverless::Api": RequiredActions(
        "apigateway", "arn:{0}:apigateway:{1}::/restapis", "GET PATCH POST PUT"
    ),
    "AWS::Logs::LogGroup": RequiredActions(
        "logs",
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-APIHandler-1",
        "CreateLogGroup DescribeIndexPolicies DescribeResourcePolicies GetDataProtectionPolicy "
        "ListTagsForResource PutRetentionPolicy",
    ),
    "AWS::Logs::MetricFilter": RequiredActions(
        "logs",
        "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-RecoverLead-1",
        "DescribeMetricFilters PutMetricFilter",
    ),
    "AWS::CloudWatch::Alarm": RequiredActions(
        "cloudwatch",
        "arn:{0}:cloudwatch:{1}:{2}:alarm:daypass-bugs",
        "DescribeAlarms ListTagsForResource PutMetricAlarm",
    ),
    "AWS::CloudWatch::Dashboard": RequiredActions(
        "cloudwatch",
        "arn:{0}:cloudwatch::{2}:dashboard/daypass-{1}",
        "GetDashboard ListTagsForResource PutDashboard",
    ),
    "AWS::KMS::Key": RequiredActions("kms", "*", "CreateKey ListAliases"),
    "AWS::KMS::Alias": RequiredActions("kms", "arn:{0}:kms:{1}:{2}:{3}", "CreateAlias"),
    "AWS::SNS::Topic": RequiredActions(
        "sns",
        "arn:{0}:sns:{1}:{2}:{3}",
        "CreateTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic "
        "ListTagsForResource SetTopicAttributes",
    ),
    "AWS::SNS::TopicPolicy": RequiredActions(
        "sns", "arn:{0}:sns:{1}:{2}:daypass-alarms", "SetTopicAttributes"
    ),
    "AWS::SNS::Subscription": RequiredActions(
        "sns", "arn:{0}:sns:{1}:{2}:daypass-alarms", "GetSubscriptionAttributes Subscribe"
    ),
    "AWS::Lambda::Permission": RequiredActions(
        "lambda",
        "arn:{0}:lambda:{1}:{2}:function:daypass-APIHandler-1",
        "AddPermission GetPolicy",
    ),
    "AWS::ApiGateway::Account": RequiredActions(
        "apigateway", "arn:{0}:apigateway:{1}::/account", "GET PATCH"
    ),
    "AWS::ApiGateway::ApiKey": RequiredActions(
        "apigateway", "arn:{0}:apigateway:{1}::/apikeys", "GET POST"
    ),
    # The functions that a schedule starts.
    "Schedule": RequiredActions(
        "events",
        "arn:{0}:events:{1}:{2}:rule/daypass-Sweep-1",
        "DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets",
    ),
}
# Resources that a deployment creates only if the operator sets a rate limit.
ACTIONS_BY_TYPE_FOR_RATE_LIMIT = {
    "AWS::WAFv2::WebACL": RequiredActions(
        "wafv2",
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        "CreateWebACL GetWebACL ListTagsForResource UpdateWebACL",
    ),
    "AWS::WAFv2::WebACLAssociation": RequiredActions(
        "wafv2",
        "arn:{0}:wafv2:{1}:{2}:regional/webacl/daypass-1/1",
        "AssociateWebACL GetWebACLForResource",
    ),
}
# Resources that a deployment creates only if the operator names a sender of mail to clients.
_CONFIGURATION_SET = "arn:{0}:ses:{1}:{2}:configuration-set/daypass-client-mails"
ACTIONS_BY_TYPE_FOR_CLIENT_MAIL = {
    "AWS::SES::ConfigurationSet": RequiredActions(
        "ses", _CONFIGURATION_SET, "CreateConfigurationSet GetConfigurationSet"
    ),
    "AWS::SES::ConfigurationSetEventDestination": RequiredActions(
        "ses",
        _CONFIGURATION_SET,
        "CreateConfigurationSetEventDestination GetConfigurationSetEventDestinations",
    ),
}
# Resources that a deployment creates only with an event bus.
ACTIONS_BY_TYPE_FOR_EVENT_BUS = {
    "AWS::Lambda::EventSourceMapping": RequiredActions(
        "lambda",
        "arn:{0}:lambda:{1}:{2}:event-source-mapping:1",
        "CreateEventSourceMapping GetEventSourceMapping ListTags TagResource",
    ),
}
# Actions on resources whose ARNs do not follow from a name: a KMS key, all log groups, and API
# Gateway's stage, which AWS WAF changes.
OTHER_ACTIONS = (
    RequiredActions(
        "kms",
        "arn:{0}:kms:{1}:{2}:key/1",
        "CreateAlias DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus "
        "ListResourceTags",
    ),
    # AWS names this ARN when it refuses the action.
    RequiredActions("logs", "arn:{0}:logs:{1}:{2}:log-group::log-stream:", "DescribeLogGroups"),
)
OTHER_ACTIONS_FOR_RATE_LIMIT = (
    RequiredActions("apigateway", "arn:{0}:apigateway:{1}::/restapis/1/stages/api", "SetWebACL"),
)
ACTIONS_FOR_BOUNDARY = (
    RequiredActions("iam", "arn:{0}:iam::{2}:role/daypass-broker", "PutRolePermissionsBoundary"),
)
ACTIONS_FOR_TAGS = (
    RequiredActions("apigateway", "arn:{0}:apigateway:{1}::/tags/1", "POST PUT"),
    RequiredActions("cloudwatch", "arn:{0}:cloudwatch:{1}:{2}:alarm:daypass-bugs", "TagResource"),
    RequiredActions("dynamodb", "arn:{0}:dynamodb:{1}:{2}:table/daypass-state", "TagResource"),
    RequiredActions("events", "arn:{0}:events:{1}:{2}:rule/daypass-Sweep-1", "TagResource"),
    RequiredActions("iam", "arn:{0}:iam::{2}:role/daypass-broker", "TagRole"),
    RequiredActions("kms", "arn:{0}:kms:{1}:{2}:key/1", "TagResource"),
    RequiredActions(
        "logs", "arn:{0}:logs:{1}:{2}:log-group:/aws/lambda/daypass-Sweep-1", "TagResource"
    ),
    RequiredActions("s3", "arn:{0}:s3:::daypass-artefacts-{2}-{1}", "PutBucketTagging TagResource"),
    RequiredActions("sns", "arn:{0}:sns:{1}:{2}:daypass-alarms", "TagResource"),
)
ACTIONS_FOR_RESERVED_CONCURRENCY = (
    RequiredActions(
        "lambda", "arn:{0}:lambda:{1}:{2}:function:daypass-ClientCheck-1", "PutFunctionConcurrency"
    ),
)
